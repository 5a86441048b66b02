"""What becomes of a mask's Beta: samples, masks of 0 and 1, forced tokens, and what training pays for them."""

import zlib
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts import beta
from seq2exp_py.models.parts.inputs import centre, outside
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.store.batch import Batch

THRESHOLD = 0.5
NEAR = 0.2  # distance from the threshold over which a token counts as near it


@dataclass(frozen=True, slots=True)
class MaskBeta:
    """Beta(a, b) per token, each (B, T) float32, and its prior, Beta(*prior): numbers, or (B, T) as well."""

    a: Tensor
    b: Tensor
    prior: tuple[Tensor, Tensor] | tuple[float, float] = (1.0, 1.0)

    @classmethod
    def capped(cls, a: Tensor, b: Tensor, cap: float | None, prior: tuple[Tensor, Tensor] | tuple[float, float]) -> "MaskBeta":
        """Beta(a, b) whose parameters sum to at most `cap`."""
        return cls(a, b, prior) if cap is None else cls(*beta.tempered(a, b, cap), prior)

    def mean(self) -> Tensor:
        """(B, T) means."""
        return beta.mean(self.a, self.b)

    def sd(self) -> Tensor:
        """(B, T) standard deviations."""
        return beta.sd(self.a, self.b)

    def kl(self) -> Tensor:
        """KL to the prior, mean over samples and all tokens (forced ones too, as published): a scalar."""
        return beta.kl(self.a, self.b, *self.prior).mean()


def allowed(mask: Tensor, batch: Batch, config: ModelConfig) -> Tensor:
    """Set a (B, T) mask to 0 on tokens with a blacklisted base."""
    banned = batch.excluded
    if config.resolution > 1:
        banned = banned.view(len(banned), -1, config.resolution).any(2)
    return mask.masked_fill(banned, 0.0)


def force(mask: Tensor, batch: Batch, config: ModelConfig, middle: float = 1.0) -> Tensor:
    """Set a (B, T) mask to 0 on tokens with a blacklisted base, then the centre to `middle`."""
    mask = allowed(mask, batch, config)
    tokens = torch.zeros(mask.shape[1], dtype=torch.bool, device=mask.device)
    tokens[centre(config)] = True
    return mask.masked_fill(tokens, middle)


def seeds(batch: Batch, noise: int) -> list[int]:
    """One seed per sample from its gene, its cell and `noise`, so that a draw does not depend on batch mates or processes."""
    return [zlib.crc32(f"{noise}|{gene}|{cell}".encode()) for gene, cell in zip(batch.gene_id, batch.cell, strict=True)]


def soft(distribution: MaskBeta, batch: Batch, noise: int | None) -> Tensor:
    """(B, T) mask in [0, 1]: a sample if `noise` is given, else the mean."""
    return distribution.mean() if noise is None else beta.sample(distribution.a, distribution.b, seeds(batch, noise))


def hard(distribution: MaskBeta, batch: Batch, noise: int | None, config: MaskConfig) -> Tensor:
    """(B, T) mask of exact 0 and 1 with the gradient of the soft value (straight-through)."""
    value = soft(distribution, batch, noise)
    kept = highest(value, batch, config) if config.keep == "gene" and config.share else value >= THRESHOLD
    return kept.to(value.dtype) + (value - value.detach())


def highest(value: Tensor, batch: Batch, config: MaskConfig) -> Tensor:
    """(B, T) whether a token is of the centre, or of the highest values outside it up to the share that the mask keeps."""
    rank = force(value.detach(), batch, config, middle=2.0)
    number = rank.shape[1] - int(outside(config).sum())
    number += round((config.share or 0.0) * (rank.shape[1] - number))
    return torch.zeros_like(rank, dtype=torch.bool).scatter_(1, rank.topk(number).indices, True)


def counted(distribution: MaskBeta) -> Tensor:
    """(B, T) exact 0 and 1 by the evaluation's threshold, with the gradient of a steep sigmoid around it.

    Only tokens near the threshold feel a price on the number that is kept; with the straight-through gradient all would, and one
    that is clearly needed would be pushed as hard as one that is not.
    """
    mean = distribution.mean()
    steep = torch.sigmoid((mean - THRESHOLD) / NEAR)
    return (mean >= THRESHOLD).to(mean.dtype) + (steep - steep.detach())


def penalties(distribution: MaskBeta, mask: Tensor, config: MaskConfig) -> tuple[Tensor | None, Tensor | None]:
    """Return the weighted KL and the mask ratio's excess over the ratio asked for; None for what the configuration leaves out.

    `mask` is the one that evaluation uses: a sampled hard mask can have the ratio asked for while no mean reaches the threshold.
    """
    regulariser = config.kl_weight * distribution.kl() if config.kl_weight > 0 else None
    if config.mask_ratio is None or (config.signals == "product" and not config.hold):
        return regulariser, None
    ratio = mask.mean() if config.signals == "sum" else counted(distribution)[:, outside(config)].mean()
    return regulariser, ratio - config.mask_ratio


def single(batch: Batch, row: int) -> Batch:
    """The batch of one of its samples."""
    parts = {f.name: getattr(batch, f.name) for f in fields(batch) if f.name not in ("tracks", "noise")}
    rows: dict[str, Any] = {name: part if part is None else part[row : row + 1] for name, part in parts.items()}
    return replace(batch, **rows)
