"""Calls of the C kernels."""

import ctypes
from collections.abc import Mapping

import torch
from torch import Tensor

from seq2exp_py.kernels.c.build import library
from seq2exp_py.kernels.c.structs import Arguments, Conv, Match, Scan
from seq2exp_py.kernels.operands import Convolution, Filters, Gradients, Recurrence


def forward(r: Recurrence, carry: Tensor, starts: Tensor | None = None, y: Tensor | None = None) -> None:
    """Move `carry` from the initial to the final state; fill `starts` and `y` (batch, length, channels) where they are given."""
    scan = _scan(r, carry, starts, r.groups(2), {"y": y})
    if y is not None:
        scan.y_batch, scan.y_step = y.stride(0), y.stride(1)
    _call("scan_forward", scan)


def backward(r: Recurrence, carry: Tensor, starts: Tensor, dy: Tensor) -> Gradients:
    """Return the gradients; move `carry` from the final state's gradient to the initial state's."""
    batch, length, channels, states = r.shape
    groups = r.groups(2)
    du, dsteps, dz = torch.empty(r.u.shape), torch.empty(r.u.shape), None if r.z is None else torch.empty(r.u.shape)
    sums = {name: torch.zeros(batch, groups, length, states) for name in ("dB", "dC")}
    sums |= {"dA": torch.zeros(batch, states, channels), "dD": torch.zeros(batch, channels)}
    _call("scan_backward", _scan(r, carry, starts, groups, {"dy": dy.contiguous(), "du": du, "dsteps": dsteps, "dz": dz, **sums}))
    dA, dB, dC, dD = sums["dA"].sum(0).T, sums["dB"].sum(1), sums["dC"].sum(1), sums["dD"].sum(0)
    return Gradients(du, dsteps, dA, dB, dC, dD, dz)


def conv_forward(v: Convolution) -> Tensor:
    """Return the convolution's output (batch, last - first, channels)."""
    u = torch.empty(v.x.shape[0], v.last - v.first, v.x.shape[2])
    _call("conv_forward", _conv(v, {"u": u}))
    return u


def conv_backward(v: Convolution, du: Tensor, dx: Tensor, dtaps: Tensor, dbias: Tensor) -> None:
    """Add to `dx`, `dtaps` and `dbias` what flows back from the output's gradient `du`."""
    conv = _conv(v, {"du": du.contiguous(), "dx": dx, "dtaps": dtaps, "dbias": dbias})
    conv.dx_batch, conv.dx_step = dx.stride(0), dx.stride(1)
    _call("conv_backward", conv)


def match_forward(f: Filters, keep: bool) -> tuple[Tensor, Tensor | None]:
    """Return the best match of each pool (batch, tokens, channels), and where in its pool it lies (int16), if that is kept."""
    best = torch.empty(len(f.codes), f.tokens, f.taps.shape[2])
    at = torch.empty(best.shape, dtype=torch.int16) if keep else None
    _call("match_forward", _match(f, {"best": best, "at": at}))
    return best, at


def match_backward(f: Filters, at: Tensor, dbest: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of the taps and of the bias."""
    dtaps, dbias = torch.zeros(f.taps.shape), torch.zeros(f.bias.shape)
    _call("match_backward", _match(f, {"at": at, "dbest": dbest.contiguous(), "dtaps": dtaps, "dbias": dbias}))
    return dtaps, dbias


def _match(f: Filters, more: Mapping[str, Tensor | None]) -> Match:
    (batch, length), (width, _, channels) = f.codes.shape, f.taps.shape
    match = Match(batch=batch, length=length, channels=channels, width=width, before=f.before, pool=f.pool, tokens=f.tokens)
    match.threads, match.silu = torch.get_num_threads(), f.silu
    match.point({"codes": f.codes, "taps": f.taps, "bias": f.bias} | dict(more))
    return match


def _scan(r: Recurrence, carry: Tensor, starts: Tensor | None, groups: int, more: Mapping[str, Tensor | None]) -> Scan:
    batch, length, channels, states = r.shape
    rank = 0 if r.lift is None else r.lift.shape[0]
    scan = Scan(batch=batch, length=length, channels=channels, state=states, rank=rank, groups=groups)
    scan.threads = torch.get_num_threads()
    for name, x in (("u", r.u), ("z", r.z), ("steps", r.steps), ("bc", r.B)):
        if x is not None:
            setattr(scan, f"{name}_batch", x.stride(0))
            setattr(scan, f"{name}_step", x.stride(1))
    scan.softplus, scan.reverse = r.softplus, r.reverse
    arrays = {name: getattr(r, name) for name in "u steps lift rates B C D z bias".split()}
    scan.point(arrays | {"carry": carry, "starts": starts} | dict(more))
    return scan


def _conv(v: Convolution, more: Mapping[str, Tensor | None]) -> Conv:
    batch, length, channels = v.x.shape
    conv = Conv(batch=batch, length=length, channels=channels, width=v.taps.shape[0], first=v.first, last=v.last)
    conv.x_batch, conv.x_step = v.x.stride(0), v.x.stride(1)
    conv.threads, conv.reverse = torch.get_num_threads(), v.reverse
    conv.point({"x": v.x, "taps": v.taps, "bias": v.bias} | dict(more))
    return conv


def _call(name: str, arguments: Arguments) -> None:
    kernels = library()
    if kernels is None or getattr(kernels, name)(ctypes.byref(arguments)):
        raise MemoryError(f"{name}: no room for what one thread keeps")
