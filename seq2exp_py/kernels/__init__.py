"""The selective scan: a readable reference, an engine per folder or file, one dispatcher; of ours it imports errors and files.

`operands` says what a scan is given. On a GPU it runs through `triton/` or the package `mamba_ssm`; on a CPU through `cpu`, that is
autograd around `c/`, or around `numba/` where no compiler is. `fused` is a mixer on a CPU, everything between its projections.
"""

from seq2exp_py.kernels.dispatch import selective_scan, unavailable
from seq2exp_py.kernels.inner import mamba_inner

__all__ = ["mamba_inner", "selective_scan", "unavailable"]
