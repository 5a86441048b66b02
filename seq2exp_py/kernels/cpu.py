"""The scan on a CPU: autograd around the compiled kernels; of the past only the states between segments are kept."""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from seq2exp_py.kernels import c
from seq2exp_py.kernels.operands import Operands, Recurrence

BLOCK = 16  # channels per vector at most


def engine() -> ModuleType:
    """The compiled kernels: C where it could be built, else numba."""
    if c.library() is not None:
        return c
    from seq2exp_py.kernels import numba

    return numba


def scan(x: Operands) -> Tensor:
    """Run the scan on a CPU in float32; the result is that of `reference.scan`."""
    return x.through(Scan, BLOCK)


class Scan(torch.autograd.Function):
    """The scan and its gradients."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Tensor:
        """Return y; keep the operands and the state that enters each segment."""
        x = Operands(*args)
        r = Recurrence.of(x)
        starts = r.room() if any(ctx.needs_input_grad) else None
        y = torch.empty(r.u.shape)
        engine().forward(r, r.fresh(), starts, y)
        ctx.save_for_backward(*x.tensors, starts)
        ctx.flags = x.flags
        return y.to(x.u.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Recompute each segment from its state, the last one first."""
        *tensors, starts = ctx.saved_tensors
        r = Recurrence.of(Operands(*tensors, *ctx.flags))
        g = engine().backward(r, r.fresh(), starts, grads[0].float())
        flows = (g.u, g.steps, g.A, g.B, g.C, g.D, g.z, g.steps.sum((0, 1)))
        return *(None if x is None else flow.to(x.dtype) for x, flow in zip(tensors, flows, strict=True)), None, None
