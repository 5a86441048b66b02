"""The scan on a CPU: autograd around compiled kernels, with the states of the segments' starts as the only memory of the past."""

from typing import Any

import torch
from torch import Tensor

from seq2exp_py.kernels import jit

LOG2E = 1.4426950408889634


class Scan(torch.autograd.Function):
    """The selective scan of `reference.selective_scan` on float32 tensors, with the initial state as an input and the final one as an output."""

    @staticmethod
    def forward(
        ctx: Any,
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
    ) -> Tensor:
        """Return y; keep the inputs and the state at the start of each segment."""
        zeros = u.new_zeros(u.shape[2])
        none = u.new_zeros(0, 0, 0)
        args = [
            x.detach().contiguous()
            for x in (
                u,
                delta,
                A.T * LOG2E,
                B,
                C,
                zeros if D is None else D,
                none if z is None else z,
                zeros if bias is None else bias,
            )
        ]
        batch, length, channels = u.shape
        needed = any(ctx.needs_input_grad)
        starts = u.new_empty(batch, -(-length // jit.SEGMENT), A.shape[1], channels) if needed else u.new_empty(0, 0, 0, 0)
        state, y = u.new_zeros(batch, A.shape[1], channels), torch.empty_like(args[0])
        groups = _groups(batch, channels)
        jit.forward(*(x.numpy() for x in args), softplus, z is not None, reverse, starts.numpy(), state.numpy(), y.numpy(), groups)
        ctx.save_for_backward(*args, starts)
        ctx.flags = softplus, z is not None, reverse, groups
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Recompute each segment from its start, last segment first."""
        *args, starts = ctx.saved_tensors
        u, delta, rates, B, C, _, z, _ = args
        softplus, gated, reverse, groups = ctx.flags
        batch, length, channels = u.shape
        states = rates.shape[0]
        du, ddelta, dz = torch.empty_like(u), torch.empty_like(u), torch.empty_like(z)
        dB, dC = u.new_empty(batch, groups, length, states), u.new_empty(batch, groups, length, states)
        dA, dD, dstate = u.new_empty(batch, states, channels), u.new_empty(batch, channels), u.new_zeros(batch, states, channels)
        outputs = [grads[0].contiguous(), du, ddelta, dB, dC, dz, dA, dD, dstate]
        jit.backward(*(x.numpy() for x in args), softplus, gated, reverse, starts.numpy(), *(x.numpy() for x in outputs), groups)
        dbias = ddelta.sum((0, 1)) if ctx.needs_input_grad[7] else None
        return (
            du,
            ddelta,
            dA.sum(0).T,
            dB.sum(1),
            dC.sum(1),
            dD.sum(0) if ctx.needs_input_grad[5] else None,
            dz if gated else None,
            dbias,
            None,
            None,
        )


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
    """Run the scan on a CPU; arguments and result as in `reference.selective_scan`."""
    inputs = [None if x is None else x.float() for x in (u, delta, A, B, C, D, z, delta_bias)]
    result: Tensor = Scan.apply(*inputs, delta_softplus, reverse)  # type: ignore[no-untyped-call]
    return result.to(u.dtype)


def _groups(batch: int, channels: int) -> int:
    """Groups of channels that give every thread work."""
    return max(1, min(-(-torch.get_num_threads() // batch), channels // 16))
