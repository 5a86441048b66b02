"""One file per model, its configuration on top."""
