import torch
from torch import Tensor

from benchmarks import operands
from benchmarks.row import Result, Row, SkipError, interleaved, median_ratio
from seq2exp_py.kernels import best_match, c
from seq2exp_py.kernels.match import composed

ROW = Row(
    "first layer forward + backward, 200 kb in tokens of 16 bp, 128 filters of 11 bp, against torch's operations",
    "times faster",
    5,
    10,
    more=True,
)


def measure() -> Result:
    if c.library() is None:
        raise SkipError("no C compiler on this machine")
    codes = operands.batch().sequence
    leaves = [torch.randn(128, 4, 11).mul(0.2).requires_grad_(), torch.zeros(128, requires_grad=True)]

    def run(layer) -> list[Tensor]:  # type: ignore[no-untyped-def]
        return list(torch.autograd.grad(layer(codes, *leaves, 16, True, True).sum(), leaves))

    return median_ratio(interleaved({"ours": lambda: run(best_match), "torch": lambda: run(composed)}, 9), "torch", "ours")
