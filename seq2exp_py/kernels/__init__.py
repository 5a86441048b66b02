"""The selective scan: a readable reference, fast implementations, one dispatcher. Imports nothing else of ours but the error."""

from seq2exp_py.kernels.dispatch import selective_scan, unavailable
from seq2exp_py.kernels.inner import mamba_inner

__all__ = ["mamba_inner", "selective_scan", "unavailable"]
