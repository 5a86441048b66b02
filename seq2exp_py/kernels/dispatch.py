"""One entry for every implementation of the scan."""

import importlib
import importlib.util
import os
from collections.abc import Callable

import torch
from torch import Tensor

from seq2exp_py.errors import InputError
from seq2exp_py.kernels.operands import Operands

ENGINES = ("triton", "mamba_ssm", "cpu", "reference")  # modules beside this one; fastest first
BACKENDS = ("auto", *ENGINES)
PACKAGES = {
    "triton": "triton",
    "mamba_ssm": "selective_scan_cuda",
}  # what a backend needs; mamba_ssm without its CUDA part has no scan


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
    """Run the selective scan; arguments as in `Operands`, result as in `reference.scan`, gradients for every tensor.

    Args:
        backend: `reference`, `cpu`, `triton`, `mamba_ssm`, or `auto` (the fastest that runs on the device of `u`).

    Raises:
        InputError: the backend cannot run here; the sentence says why.
    """
    name = choose(u.device) if backend == "auto" else backend
    if reason := unavailable(name, u.device):
        raise InputError(reason)
    return _load(name)(Operands(u, delta, A, B, C, D, z, delta_bias, delta_softplus, reverse))


def choose(device: torch.device) -> str:
    """Return the fastest backend for `device`."""
    return next(name for name in ENGINES if name != "triton" or device.type == "cuda" if not unavailable(name, device))


def unavailable(name: str, device: torch.device) -> str | None:
    """Return why backend `name` cannot run on `device`, in one sentence, or None if it can."""
    if name not in BACKENDS:
        return f"backend {name!r} is not one of {', '.join(BACKENDS)}"
    if name == "cpu" and device.type != "cpu":
        return f"backend 'cpu' runs on the CPU, but the tensors are on {device}: use backend='auto'"
    if name in PACKAGES and device.type != "cuda" and not (name == "triton" and os.environ.get("TRITON_INTERPRET") == "1"):
        return f"backend {name!r} runs on a CUDA device, but the tensors are on {device}: use backend='auto'"
    if name in PACKAGES and importlib.util.find_spec(PACKAGES[name]) is None:
        return f"backend {name!r} needs {PACKAGES[name]}, which is not installed: use backend='auto'"
    return None


def _load(name: str) -> Callable[[Operands], Tensor]:
    scan: Callable[[Operands], Tensor] = importlib.import_module(f"seq2exp_py.kernels.{name}").scan
    return scan
