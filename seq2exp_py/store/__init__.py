"""The on-disk store, built once per genome and per cell, and the windows and batches that come out of it.

Reading a store needs no torch: that comes with `store.batch`.
"""

from seq2exp_py.store.contents import BASES, FEATURES
from seq2exp_py.store.read import Sample, Store

__all__ = ["BASES", "FEATURES", "Sample", "Store"]
