"""The scan on a CPU: autograd around the compiled kernels; of the past only the states between segments are kept."""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from seq2exp_py.kernels import native
from seq2exp_py.kernels.recurrence import LOG2E, Recurrence, aligned, apply_padded

BLOCK = 16  # channels per vector at most


def engine() -> ModuleType:
    """The compiled kernels: C where it could be built, else numba."""
    if native.library() is not None:
        return native
    from seq2exp_py.kernels import jit

    return jit


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None = None,
    z: Tensor | None = None,
    delta_bias: Tensor | None = None,
    delta_softplus: bool = False,
    reverse: bool = False,
) -> Tensor:
    """Run the scan on a CPU in float32; arguments and result as in `reference.selective_scan`."""
    return apply_padded(Scan, BLOCK, (u, delta, A, B, C, D, z, delta_bias), (delta_softplus, reverse))


class Scan(torch.autograd.Function):
    """The scan and its gradients."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Tensor:
        """Return y; keep the operands and the state that enters each segment."""
        tensors, flags = args[:8], args[8:]
        r = _recurrence(*tensors, *flags)
        starts = r.room() if any(ctx.needs_input_grad) else None
        y = torch.empty(r.u.shape)
        engine().forward(r, r.fresh(), starts, y)
        ctx.save_for_backward(*tensors, starts)
        ctx.flags = flags
        return y.to(args[0].dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Recompute each segment from its state, the last one first."""
        *tensors, starts = ctx.saved_tensors
        r = _recurrence(*tensors, *ctx.flags)
        g = engine().backward(r, r.fresh(), starts, grads[0].float())
        flows = (g.u, g.steps, g.A, g.B, g.C, g.D, g.z, g.steps.sum((0, 1)))
        return *(None if x is None else flow.to(x.dtype) for x, flow in zip(tensors, flows, strict=True)), None, None


def _recurrence(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    bias: Tensor | None,
    softplus: bool,
    reverse: bool,
) -> Recurrence:
    zeros = torch.zeros(u.shape[2])
    D, bias = (zeros if x is None else aligned(x).contiguous() for x in (D, bias))
    B, C = (aligned(x) for x in (B, C))
    if B.stride() != C.stride():
        B, C = B.contiguous(), C.contiguous()
    rates = (aligned(A).T * LOG2E).contiguous()
    return Recurrence(aligned(u), aligned(delta), None, rates, B, C, D, None if z is None else aligned(z), bias, softplus, reverse)
