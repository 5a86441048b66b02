"""A bidirectional layer on a card, ours against two mamba_ssm blocks as Caduceus calls them; shared by the rows on it."""

import copy
import importlib.util
import sys
import types
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.row import SkipError
from seq2exp_py.models.parts.backbone import Mixer

WIDTH, STATE, LENGTH, BATCHES = 128, 16, 200_000, (1, 8)
DEVICE = "cuda"  # "cpu" for a rehearsal, in which our own layer stands for the peer's


class Caduceus(nn.Module):
    """BiMamba with tied projections by mamba_ssm's fused block: forward + flip(backward(flip))."""

    def __init__(self) -> None:
        super().__init__()
        Mamba = block()
        self.ahead, self.back = Mamba(WIDTH, d_state=STATE, d_conv=4, expand=2), Mamba(WIDTH, d_state=STATE, d_conv=4, expand=2)
        self.back.in_proj.weight, self.back.out_proj.weight = self.ahead.in_proj.weight, self.ahead.out_proj.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.ahead(x) + self.back(x.flip(1)).flip(1)


def block() -> Callable[..., nn.Module]:
    """mamba_ssm's block, past the package's own `__init__`, which imports models and their dependencies."""
    home = importlib.util.find_spec("mamba_ssm")
    if home is None:
        raise ImportError("No module named 'mamba_ssm'")
    if "mamba_ssm" not in sys.modules:
        sys.modules["mamba_ssm"] = package = types.ModuleType("mamba_ssm")
        package.__path__ = list(home.submodule_search_locations or [])
    made: Callable[..., nn.Module] = importlib.import_module("mamba_ssm.modules.mamba_simple").Mamba
    return made


def layers() -> dict[str, nn.Module]:
    if DEVICE == "cpu":
        return {name: Mixer(WIDTH, STATE, both=True, init_depth=4) for name in ("ours", "peer")}
    if not torch.cuda.is_available():
        raise SkipError("no GPU on this machine")
    try:
        peer = Caduceus()
    except ImportError as error:
        raise SkipError(f"mamba_ssm with its CUDA extension is not installed ({error})") from error
    ours = Mixer(WIDTH, STATE, both=True, init_depth=4)
    return {"ours": copy.deepcopy(ours).cuda(), "peer": peer.cuda()}


def step(layer: nn.Module, x: torch.Tensor) -> None:
    """Forward and backward under bfloat16."""
    with torch.autocast(DEVICE, torch.bfloat16):
        y = layer(x, slice(None), None) if isinstance(layer, Mixer) else layer(x)
    y.float().sum().backward()
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def tokens(batch: int) -> torch.Tensor:
    return torch.randn(batch, LENGTH, WIDTH, device=DEVICE, requires_grad=True)
