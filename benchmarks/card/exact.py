"""The selective scan and its gradients in float64 by doubling: what kernels are held to, at lengths where a loop takes minutes.

A linear recurrence h_t = a_t h_{t-1} + b_t composes: after the round with distance s, b_t is the state from s steps and a_t their
decay. Rates of decay are at most 1, so nothing overflows. Its gradient is the same recurrence from the other end.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def doubled(a: Tensor, b: Tensor) -> Tensor:
    """h_t = a_t h_{t-1} + b_t along the second axis, h before the first step 0."""
    a, b, step = a.clone(), b.clone(), 1
    while step < b.shape[1]:
        b[:, step:] = b[:, step:] + a[:, step:] * b[:, :-step]
        a[:, step:] = a[:, step:] * a[:, :-step]
        step *= 2
    return b


class Linear(torch.autograd.Function):
    """The recurrence with its gradients."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        h = doubled(a, b)
        ctx.save_for_backward(a, h)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        a, h = ctx.saved_tensors
        following = torch.cat([a[:, 1:], torch.zeros_like(a[:, :1])], 1)
        g = doubled(following.flip(1), grads[0].flip(1)).flip(1)
        before = torch.cat([torch.zeros_like(h[:, :1]), h[:, :-1]], 1)
        return g * before, g


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor,
    z: Tensor,
    delta_bias: Tensor,
    reverse: bool = False,
) -> Tensor:
    """As `kernels.reference.selective_scan` with the softplus, for float64 tensors."""
    if reverse:
        turned = (x.flip(1) for x in (u, delta, B, C, z))
        u, delta, B, C, z = turned
    step = F.softplus(delta + delta_bias)
    a = torch.exp(step[..., None] * A)
    h = Linear.apply(a, (step * u)[..., None] * B[:, :, None])
    y = ((h * C[:, :, None]).sum(-1) + D * u) * F.silu(z)
    return y.flip(1) if reverse else y
