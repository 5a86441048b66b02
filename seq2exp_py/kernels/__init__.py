"""The selective scan: a readable reference, fast implementations, one dispatcher. Imports nothing of ours but errors and files."""

from seq2exp_py.kernels.dispatch import selective_scan, unavailable
from seq2exp_py.kernels.gemm import gemm_dtype
from seq2exp_py.kernels.inner import mamba_inner

__all__ = ["gemm_dtype", "mamba_inner", "selective_scan", "unavailable"]
