"""Inputs of the rows: scans and batches of the paper's sizes, drawn with a fixed seed."""

import torch
from torch import Tensor

from seq2exp_py.store.batch import Batch

LENGTH, CHANNELS, STATE = 4096, 256, 16
GENE = 200_000  # bases of a window
TRACKS = ("H3K27ac", "DNase", "HiC")


def scan(length: int, requires_grad: bool = False) -> dict[str, Tensor]:
    """Operands of `kernels.selective_scan`, with the step sizes and decays that a fresh Mamba has."""
    torch.manual_seed(0)
    wide = {name: torch.randn(1, length, CHANNELS) for name in ("u", "z")}
    steps = {"delta": 0.5 * torch.randn(1, length, CHANNELS), "delta_bias": torch.empty(CHANNELS).uniform_(-7, -2.3)}
    mixing = {name: torch.randn(1, length, STATE) for name in ("B", "C")}
    weights = {"A": -torch.arange(1.0, STATE + 1).repeat(CHANNELS, 1), "D": torch.ones(CHANNELS)}
    return {name: x.requires_grad_(requires_grad) for name, x in (wide | steps | mixing | weights).items()}


def channels_first(x: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same operands as mamba_ssm takes them: (batch, channels, length)."""
    return {name: t.detach().mT.contiguous().requires_grad_(t.requires_grad) if t.ndim == 3 else t for name, t in x.items()}


def batch(width: int = GENE, samples: int = 1) -> Batch:
    """Windows of random sequence, with signals in a tenth of the bases."""
    g = torch.Generator().manual_seed(0)
    signals = torch.rand(samples, width, len(TRACKS), generator=g) * (torch.rand(samples, width, 1, generator=g) < 0.1)
    return Batch(
        sequence=torch.randint(0, 4, (samples, width), generator=g, dtype=torch.uint8),
        signals=signals,
        scale=torch.ones(samples, len(TRACKS)),
        background=torch.zeros(samples, len(TRACKS), 2),
        crowding=torch.ones(samples),
        excluded=torch.zeros(samples, width, dtype=torch.bool),
        peaks=torch.zeros(samples, width, dtype=torch.bool),
        features=torch.randn(samples, 9, generator=g),
        target=torch.rand(samples, generator=g),
        start=torch.zeros(samples, dtype=torch.int64),
        gene_id=tuple(f"gene{i}" for i in range(samples)),
        cell=("cell",) * samples,
        tracks=TRACKS,
    )
