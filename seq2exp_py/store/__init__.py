"""The on-disk store, built once per genome and per cell, and the windows and batches that come out of it."""

from seq2exp_py.store.batch import BASES, FEATURES, Batch
from seq2exp_py.store.loader import loader
from seq2exp_py.store.read import Sample, Store

__all__ = ["BASES", "FEATURES", "Batch", "Sample", "Store", "loader"]
