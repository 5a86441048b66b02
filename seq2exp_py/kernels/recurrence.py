"""The operands of one scan, as the compiled implementations take them, and the gradients they return."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

SEGMENT = 64  # steps between two kept states
LOG2E = 1.4426950408889634


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A scan over float32 tensors whose last axis is contiguous.

    Attributes:
        u, z: (batch, length, channels), input and gate (or None).
        steps: (batch, length, rank) with `lift` (rank, channels), or (batch, length, channels) without: a channel's step size is
            `softplus(steps @ lift + bias)`, without the softplus where that is off.
        rates: (state, channels), A log2(e) transposed.
        B, C: (batch, length, state), of equal strides.
        D, bias: (channels,).
    """

    u: Tensor
    steps: Tensor
    lift: Tensor | None
    rates: Tensor
    B: Tensor
    C: Tensor
    D: Tensor
    z: Tensor | None
    bias: Tensor
    softplus: bool
    reverse: bool

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Batch, length, channels, states."""
        return self.u.shape[0], self.u.shape[1], self.u.shape[2], self.rates.shape[0]

    def lifted(self) -> "Recurrence":
        """The same scan with one step per channel."""
        return self if self.lift is None else replace(self, steps=self.steps @ self.lift, lift=None)

    def fresh(self) -> Tensor:
        """A state of zeros, (batch, state, channels)."""
        batch, _, channels, states = self.shape
        return self.u.new_zeros(batch, states, channels)

    def room(self) -> Tensor:
        """Room for the state that enters each segment, (segments, batch, state, channels)."""
        batch, length, channels, states = self.shape
        return self.u.new_empty(-(-length // SEGMENT), batch, states, channels)

    def groups(self, per_thread: int) -> int:
        """Groups of channels that give every thread so many jobs, as far as there are channels."""
        return max(1, min(-(-per_thread * torch.get_num_threads() // self.shape[0]), self.shape[2] // 16))


class Gradients(NamedTuple):
    """What flows back to a recurrence; `steps` (batch, length, channels) is that of the step sizes before bias and softplus."""

    u: Tensor
    steps: Tensor
    A: Tensor
    B: Tensor
    C: Tensor
    D: Tensor
    z: Tensor | None


def apply_padded(
    function: type[torch.autograd.Function], block: int, tensors: tuple[Tensor | None, ...], flags: tuple[bool, bool]
) -> Tensor:
    """Apply a scan that takes whole blocks of channels to any number of channels.

    Args:
        function: the scan with its gradients.
        block: channels of a block.
        tensors: u, delta, A, B, C, D, z, delta_bias of `reference.selective_scan`.
        flags: its delta_softplus and reverse.
    """
    u = tensors[0]
    assert u is not None
    missing = -u.shape[-1] % block
    if missing:
        padding = (0, missing), (0, missing), (0, 0, 0, missing), (0, 0), (0, 0), (0, missing), (0, missing), (0, missing)
        tensors = tuple(None if x is None else F.pad(x, p) for x, p in zip(tensors, padding, strict=True))
    y: Tensor = function.apply(*tensors, *flags)
    return y[..., : u.shape[-1]]


def aligned(x: Tensor) -> Tensor:
    """The tensor as float32 with a contiguous last axis, copied only if need be."""
    x = x.detach().float()
    return x if x.stride(-1) == 1 else x.contiguous()
