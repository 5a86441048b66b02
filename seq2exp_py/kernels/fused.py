"""One direction of a Mamba mixer on a CPU, piece by piece, so that everything between its projections stays in the cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from seq2exp_py.kernels.cpu import BLOCK, engine
from seq2exp_py.kernels.operands import LOG2E, SEGMENT, Convolution, Recurrence

PIECE = 4096  # positions at a time over the whole batch: 10 MB at 256 channels


def fits(xz: Tensor) -> bool:
    """Whether the channels fill whole vectors."""
    return xz.shape[-1] % (2 * BLOCK) == 0 and xz.stride(-1) == 1


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one direction as the kernels take them; float32, contiguous."""

    taps: Tensor  # (width, inner)
    conv_bias: Tensor
    project: Tensor  # (rank + 2 state, inner)
    lift: Tensor  # (rank, inner)
    bias: Tensor
    A: Tensor  # (inner, state)
    D: Tensor

    @classmethod
    def of(
        cls, conv_w: Tensor, conv_b: Tensor, x_proj_w: Tensor, dt_w: Tensor, dt_b: Tensor, A_log: Tensor, D: Tensor
    ) -> "Weights":
        """Lay the parameters of `mamba_inner` out for the kernels."""
        plain = (conv_w.T, conv_b, x_proj_w, dt_w.T, dt_b, -torch.exp(A_log.float()), D)
        return cls(*(x.detach().float().contiguous() for x in plain))


@dataclass(frozen=True, slots=True)
class Piece:
    """Positions [first, last) of a sequence, with the neighbours from `low` to `high` that the convolution reads."""

    xz: Tensor
    first: int
    last: int
    low: int
    high: int
    reverse: bool

    def convolution(self, w: Weights) -> Convolution:
        """The convolution of this piece, whose input has the neighbours, (batch, high - low, inner)."""
        x = self.xz[:, self.low : self.high, : self.xz.shape[2] // 2].float()
        return Convolution(x, w.taps, w.conv_bias, self.first - self.low, self.last - self.low, self.reverse)

    def z(self) -> Tensor:
        """The gate, (batch, last - first, inner)."""
        return self.xz[:, self.first : self.last, self.xz.shape[2] // 2 :].float()

    def recurrence(self, w: Weights) -> tuple[Recurrence, Tensor]:
        """The scan of this piece, and the projection that gave it steps, B and C."""
        u = engine().conv_forward(self.convolution(w))
        projected = u @ w.project.T
        steps, B, C = projected.split([w.lift.shape[0], w.A.shape[1], w.A.shape[1]], -1)
        rates = (w.A.T * LOG2E).contiguous()
        return Recurrence(u, steps, w.lift, rates, B, C, w.D, self.z(), w.bias, True, self.reverse), projected


def pieces(xz: Tensor, reach: int, reverse: bool) -> Iterator[Piece]:
    """Cut the sequence into pieces of whole segments, in the order of the scan."""
    length, step = xz.shape[1], max(1, PIECE // xz.shape[0] // SEGMENT) * SEGMENT
    for start in range(0, length, step):
        stop = min(length, start + step)
        first, last = (length - stop, length - start) if reverse else (start, stop)
        low, high = (first, min(length, last + reach)) if reverse else (max(0, first - reach), last)
        yield Piece(xz, first, last, low, high, reverse)


class Inner(torch.autograd.Function):
    """`mamba_inner` for the last `kept` positions of the scan."""

    @staticmethod
    def forward(ctx: Any, xz: Tensor, *args: Any) -> Tensor:
        """Return the outputs; keep the inputs and the state of every segment."""
        *parameters, reverse, kept = args
        w = Weights.of(*parameters)
        offset = 0 if reverse else xz.shape[1] - kept
        out = xz.new_empty(xz.shape[0], kept, xz.shape[2] // 2)
        states, inner = w.A.shape[1], out.shape[2]
        starts = torch.empty(-(-xz.shape[1] // SEGMENT), xz.shape[0], states, inner) if any(ctx.needs_input_grad) else None
        carry, done = torch.zeros(xz.shape[0], states, inner), 0
        for piece in pieces(xz, w.taps.shape[0] - 1, reverse):
            low, high = max(piece.first - offset, 0), min(piece.last - offset, kept)
            r, _ = piece.recurrence(w)
            whole = high - low == piece.last - piece.first and out.dtype == torch.float32
            y = out[:, low:high] if whole else torch.empty(r.u.shape) if low < high else None
            engine().forward(r, carry, None if starts is None else starts[done:], y)
            if y is not None and not whole:
                out[:, low:high] = y[:, low + offset - piece.first : high + offset - piece.first]
            done += -(-(piece.last - piece.first) // SEGMENT)
        ctx.save_for_backward(xz, *parameters, starts)
        ctx.flags = reverse, offset
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Go back through the pieces, recomputing each."""
        xz, *parameters, starts = ctx.saved_tensors
        reverse, offset = ctx.flags
        w = Weights.of(*parameters)
        flow = Backflow(xz, w)
        cut, done = list(pieces(xz, w.taps.shape[0] - 1, reverse)), starts.shape[0]
        for piece in reversed(cut):
            done -= -(-(piece.last - piece.first) // SEGMENT)
            flow.through(piece, starts[done:], _part(grads[0], piece.first - offset, piece.last - offset))
        return flow.dxz, *(g.to(p.dtype) for g, p in zip(flow.parameters(), parameters, strict=True)), None, None


class Backflow:
    """Gradients that gather while the pieces are gone through backwards."""

    def __init__(self, xz: Tensor, w: Weights) -> None:
        self.w, self.dxz = w, torch.zeros_like(xz)
        self.carry = torch.zeros(xz.shape[0], w.A.shape[1], w.A.shape[0])
        self.sums = Weights(*(torch.zeros_like(getattr(w, name)) for name in Weights.__slots__))

    def through(self, piece: Piece, starts: Tensor, dy: Tensor) -> None:
        """Take the gradient of one piece's outputs back to its inputs."""
        w, sums = self.w, self.sums
        r, projected = piece.recurrence(w)
        g = engine().backward(r, self.carry, starts, dy)
        back = torch.cat([g.steps @ w.lift.T, g.B, g.C], -1)
        du = g.u.flatten(0, 1).addmm_(back.flatten(0, 1), w.project).view_as(g.u)
        sums.project.addmm_(back.flatten(0, 1).T, r.u.flatten(0, 1))
        sums.lift.addmm_(projected[..., : len(w.lift)].flatten(0, 1).T, g.steps.flatten(0, 1))
        sums.bias.add_(g.steps.sum((0, 1)))
        sums.A.add_(g.A)
        sums.D.add_(g.D)
        inner = r.u.shape[2]
        self.dxz[:, piece.first : piece.last, inner:] = g.z
        window = self.dxz[:, piece.low : piece.high, :inner]
        dx = window if window.dtype == torch.float32 else torch.zeros(window.shape)
        engine().conv_backward(piece.convolution(w), du, dx, sums.taps, sums.conv_bias)
        if dx is not window:
            window += dx

    def parameters(self) -> tuple[Tensor, ...]:
        """The gradients in the order and layout of the parameters of `mamba_inner`."""
        s = self.sums
        return s.taps.T, s.conv_bias, s.project, s.lift.T, s.bias, s.A * self.w.A, s.D


def _part(x: Tensor, first: int, last: int) -> Tensor:
    """Positions [first, last) of x as float32, zeros where x has none."""
    low, high = max(first, 0), min(last, x.shape[1])
    if (low, high) == (first, last):
        return x[:, first:last].float()
    part = torch.zeros(x.shape[0], last - first, x.shape[2])
    if low < high:
        part[:, low - first : high - first] = x[:, low:high]
    return part
