"""What a scan and the convolution before it are given: in plain terms for every engine, and laid out for the compiled ones."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

SEGMENT = 64  # steps between two kept states
LOG2E = 1.4426950408889634


@dataclass(frozen=True, slots=True)
class Operands:
    """One selective scan; `reference` has its equations.

    Attributes:
        u: (batch, length, channels), the input.
        delta: (batch, length, channels), step sizes before bias and softplus.
        A: (channels, state), negative decay rates.
        B: (batch, length, state), how the input enters the state.
        C: (batch, length, state), how the state is read.
        D: (channels,), skip connection.
        z: (batch, length, channels), gate.
        delta_bias: (channels,), added to `delta`.
        delta_softplus: whether the step is the softplus of `delta`.
        reverse: start at the last step and go to the first.
    """

    u: Tensor
    delta: Tensor
    A: Tensor
    B: Tensor
    C: Tensor
    D: Tensor | None = None
    z: Tensor | None = None
    delta_bias: Tensor | None = None
    delta_softplus: bool = False
    reverse: bool = False

    @property
    def tensors(self) -> tuple[Tensor | None, ...]:
        """The tensors, in order."""
        return self.u, self.delta, self.A, self.B, self.C, self.D, self.z, self.delta_bias

    @property
    def flags(self) -> tuple[bool, bool]:
        """What follows the tensors."""
        return self.delta_softplus, self.reverse

    def through(self, function: type[torch.autograd.Function], block: int) -> Tensor:
        """Apply a scan with its gradients that takes whole blocks of so many channels; any number of channels will do."""
        tensors, missing = self.tensors, -self.u.shape[-1] % block
        if missing:
            padding = (0, missing), (0, missing), (0, 0, 0, missing), (0, 0), (0, 0), (0, missing), (0, missing), (0, missing)
            tensors = tuple(None if x is None else F.pad(x, p) for x, p in zip(tensors, padding, strict=True))
        y: Tensor = function.apply(*tensors, *self.flags)
        return y[..., : self.u.shape[-1]]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A scan as the compiled engines on a CPU take it: float32 tensors whose last axis is contiguous.

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

    @classmethod
    def of(cls, x: Operands) -> "Recurrence":
        """Lay the operands of a scan out, copying only what has to be."""
        zeros = torch.zeros(x.u.shape[2])
        D, bias = (zeros if v is None else aligned(v).contiguous() for v in (x.D, x.delta_bias))
        B, C = aligned(x.B), aligned(x.C)
        if B.stride() != C.stride():
            B, C = B.contiguous(), C.contiguous()
        rates = (aligned(x.A).T * LOG2E).contiguous()
        z = None if x.z is None else aligned(x.z)
        return cls(aligned(x.u), aligned(x.delta), None, rates, B, C, D, z, bias, x.delta_softplus, x.reverse)

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


@dataclass(frozen=True, slots=True)
class Convolution:
    """The convolution before a scan, SiLU(conv(x) + bias), at positions [first, last) of x; nothing lies beyond the ends of x.

    Attributes:
        x: (batch, length, channels), float32, channels contiguous.
        taps: (width, channels); the last meets the current position, the others those before it, or after it if `reverse`.
        bias: (channels,).
    """

    x: Tensor
    taps: Tensor
    bias: Tensor
    first: int
    last: int
    reverse: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters over a sequence of bases, each position's sum through SiLU if `silu`, and the pools of positions that follow.

    Attributes:
        codes: (batch, length) uint8, 0 to 3 for A C G T; all else, and what lies beyond the ends, matches nothing.
        taps: (width, 5, channels) float32, by base; the fifth are zeros.
        bias: (channels,) float32.
        before: bases of a filter before the position. pool: positions per token. tokens: of each sequence.
    """

    codes: Tensor
    taps: Tensor
    bias: Tensor
    before: int
    pool: int
    tokens: int
    silu: bool


def aligned(x: Tensor) -> Tensor:
    """The tensor as float32 with a contiguous last axis, copied only if need be."""
    x = x.detach().float()
    return x if x.stride(-1) == 1 else x.contiguous()
