from types import ModuleType

import torch
from torch import Tensor

from benchmarks import operands
from benchmarks.row import Result, Row, SkipError, interleaved, median_ratio
from seq2exp_py.kernels import c, cpu, numba, selective_scan

ROW = Row(
    "scan forward + backward, 4,096 × 256 × 16, by numba, where no C compiler is, against the C kernels", "times as long", 3, 1.5
)


def measure() -> Result:
    """The other way without a compiler, the reference, is in the details: it is why numba stays."""
    if c.library() is None:
        raise SkipError("no C compiler on this machine")
    x = operands.scan(operands.LENGTH, requires_grad=True)

    def run(backend: str, engine: ModuleType) -> list[Tensor]:
        cpu.engine = lambda: engine
        return list(torch.autograd.grad(selective_scan(**x, delta_softplus=True, backend=backend).sum(), list(x.values())))

    work = {
        "c": lambda: run("cpu", c),
        "numba": lambda: run("cpu", numba),
        "reference": lambda: run("reference", c),
    }
    return median_ratio(interleaved(work, 3), "numba", "c")
