"""The selective scan and the filters over bases: readable references, an engine per folder or file; of ours, errors and files.

`operands` says what a scan is given. On a GPU it runs through `triton/` or the package `mamba_ssm`; on a CPU through `cpu`, that is
autograd around `c/`, or around `numba/` where no compiler is. `fused` is a mixer on a CPU, everything between its projections.
`match` are the filters that bases meet first, on a CPU in one pass.
"""

from seq2exp_py.kernels.dispatch import selective_scan, unavailable
from seq2exp_py.kernels.inner import mamba_inner
from seq2exp_py.kernels.match import best_match

__all__ = ["best_match", "mamba_inner", "selective_scan", "unavailable"]
