"""Calls of the loops that numba compiles, and the convolution from torch's operations."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
import torch
from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.kernels.numba import loops
from seq2exp_py.kernels.operands import Convolution, Gradients, Recurrence

LOCK = threading.Lock()  # numba's own thread pool serves one caller at a time


@contextmanager
def threads_of_torch() -> Iterator[None]:
    """Give numba as many threads as torch has, and torch the same after: both share OpenMP, whose number numba's pool sets anew."""
    number = torch.get_num_threads()
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        torch.set_num_threads(number)


def forward(r: Recurrence, carry: Tensor, starts: Tensor | None = None, y: Tensor | None = None) -> None:
    """Move `carry` from the initial to the final state; fill `starts` and `y` (batch, length, channels) where they are given."""
    kept = torch.empty(0, 0, 0, 0) if starts is None else starts
    out = torch.empty(r.u.shape)
    with LOCK, threads_of_torch():
        loops.forward(*_operands(r), kept.numpy(), carry.numpy(), out.numpy(), r.groups(1))
    if y is not None:
        y.copy_(out)


def backward(r: Recurrence, carry: Tensor, starts: Tensor, dy: Tensor) -> Gradients:
    """Return the gradients; move `carry` from the final state's gradient to the initial state's."""
    batch, length, channels, states = r.shape
    groups = r.groups(1)
    du, dsteps, dz = torch.empty(r.u.shape), torch.empty(r.u.shape), torch.empty(r.u.shape if r.z is not None else (0, 0, 0))
    dB, dC = torch.empty(batch, groups, length, states), torch.empty(batch, groups, length, states)
    dA, dD = torch.empty(batch, states, channels), torch.empty(batch, channels)
    arrays = (starts, dy.contiguous(), du, dsteps, dB, dC, dz, dA, dD, carry)
    with LOCK, threads_of_torch():
        loops.backward(*_operands(r), *(x.numpy() for x in arrays), groups)
    return Gradients(du, dsteps, dA.sum(0).T, dB.sum(1), dC.sum(1), dD.sum(0), None if r.z is None else dz)


def _operands(r: Recurrence) -> tuple[Any, ...]:
    r = r.lifted()
    tensors = (r.u, r.steps, r.rates, r.B, r.C, r.D, torch.empty(0, 0, 0) if r.z is None else r.z, r.bias)
    return (*(x.contiguous().numpy() for x in tensors), r.softplus, r.z is not None, r.reverse)


def conv_forward(v: Convolution) -> Tensor:
    """Return the convolution's output (batch, last - first, channels)."""
    return F.silu(_convolve(v))


def conv_backward(v: Convolution, du: Tensor, dx: Tensor, dtaps: Tensor, dbias: Tensor) -> None:
    """Add to `dx`, `dtaps` and `dbias` what flows back from the output's gradient `du`."""
    total = _convolve(v)
    gate = torch.sigmoid(total)
    d = du * gate * (1 + total * (1 - gate))
    dbias += d.sum((0, 1))
    for k, (here, there) in _taps(v):
        dtaps[k] += (d[:, here] * v.x[:, there]).sum((0, 1))
        dx[:, there] += d[:, here] * v.taps[k]


def _convolve(v: Convolution) -> Tensor:
    total = v.bias.repeat(v.x.shape[0], v.last - v.first, 1)
    for k, (here, there) in _taps(v):
        total[:, here].addcmul_(v.x[:, there], v.taps[k])
    return total


def _taps(v: Convolution) -> Iterator[tuple[int, tuple[slice, slice]]]:
    """For each tap, the outputs it reaches (counted from `first`) and the inputs it reads."""
    width, length = v.taps.shape[0], v.x.shape[1]
    for k in range(width):
        shift = (width - 1 - k) * (1 if v.reverse else -1)
        low, high = max(v.first, -shift), min(v.last, length - shift)
        if low < high:
            yield k, (slice(low - v.first, high - v.first), slice(low + shift, high + shift))
