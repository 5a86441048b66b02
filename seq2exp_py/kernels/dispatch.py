"""One entry for every implementation of the scan."""

from collections.abc import Callable

import torch
from torch import Tensor

from seq2exp_py.errors import InputError
from seq2exp_py.kernels import reference

BACKENDS = ("auto", "reference", "cpu", "triton", "mamba_ssm")


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
    backend: str = "auto",
) -> Tensor:
    """Run the selective scan; arguments and result as in `reference.selective_scan`, gradients for every tensor.

    Args:
        backend: `reference`, `cpu`, `triton`, `mamba_ssm`, or `auto` (the fastest that runs on the device of `u`).

    Raises:
        InputError: the backend cannot run here; the sentence says why.
    """
    name = choose(u.device) if backend == "auto" else backend
    if reason := unavailable(name, u.device):
        raise InputError(reason)
    return _load(name)(u, delta, A, B, C, D, z, delta_bias, delta_softplus, reverse)


def choose(device: torch.device) -> str:
    """Return the fastest backend for `device`."""
    return next(name for name in ("triton", "mamba_ssm", "cpu", "reference") if not unavailable(name, device))


def unavailable(name: str, device: torch.device) -> str | None:
    """Return why backend `name` cannot run on `device`, in one sentence, or None if it can."""
    if name not in BACKENDS:
        return f"backend {name!r} is not one of {', '.join(BACKENDS)}"
    if name == "cpu" and device.type != "cpu":
        return f"backend 'cpu' runs on the CPU, but the tensors are on {device}: use backend='auto'"
    if name in ("triton", "mamba_ssm"):
        return f"backend {name!r} runs on a CUDA device, but the tensors are on {device}: use backend='auto'"
    return None


def _load(name: str) -> Callable[..., Tensor]:
    if name == "cpu":
        from seq2exp_py.kernels import cpu

        return cpu.selective_scan
    return reference.selective_scan
