"""The selective scan: a readable reference, fast implementations, one dispatcher. Imports nothing of ours but errors and files."""

import os

# torch asks for huge pages only then; it looks when it first allocates. In small ones a third of a forward pass is page faults:
# what is larger than 32 MB goes back to the kernel each time
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

from seq2exp_py.kernels.dispatch import selective_scan, unavailable
from seq2exp_py.kernels.gemm import gemm_dtype
from seq2exp_py.kernels.inner import mamba_inner

__all__ = ["gemm_dtype", "mamba_inner", "selective_scan", "unavailable"]
