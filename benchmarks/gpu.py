"""A bidirectional layer on a card, ours against two mamba_ssm blocks as Caduceus calls them; shared by the rows on it."""

import copy

import torch
from torch import nn

from benchmarks.row import SkipError
from seq2exp_py.models.parts.backbone import Mixer

WIDTH, STATE, LENGTH = 128, 16, 200_000


class Caduceus(nn.Module):
    """BiMamba with tied projections by mamba_ssm's fused block: forward + flip(backward(flip))."""

    def __init__(self) -> None:
        super().__init__()
        from mamba_ssm import Mamba

        self.ahead, self.back = Mamba(WIDTH, d_state=STATE, d_conv=4, expand=2), Mamba(WIDTH, d_state=STATE, d_conv=4, expand=2)
        self.back.in_proj.weight, self.back.out_proj.weight = self.ahead.in_proj.weight, self.ahead.out_proj.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.ahead(x) + self.back(x.flip(1)).flip(1)


def layers() -> dict[str, nn.Module]:
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
    with torch.autocast("cuda", torch.bfloat16):
        y = layer(x, slice(None), None) if isinstance(layer, Mixer) else layer(x)
    y.float().sum().backward()
    torch.cuda.synchronize()


def tokens(batch: int) -> torch.Tensor:
    return torch.randn(batch, LENGTH, WIDTH, device="cuda", requires_grad=True)
