"""Signals, contacts and expression of a cell: readers of the real formats, and what makes cells comparable."""
