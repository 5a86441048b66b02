"""A small genome with a planted regulatory grammar, the measurements a laboratory would make of it, and the truth."""
