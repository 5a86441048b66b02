"""The on-disk store, built once per genome and per cell, and the windows and batches that come out of it."""
