"""The mask of Seq2Exp: a Beta per token from the sequence, a Beta from the signals, and what becomes of their combination."""

import zlib
from dataclasses import dataclass, fields, replace
from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts import beta
from seq2exp_py.models.parts.inputs import CONTACT, centre, pool, zero_bias
from seq2exp_py.store.batch import Batch

# Offset b and weight w of a signal (Seq2Exp, signal Beta; raw units). A track of another name gets OTHER; weights are renormalised.
SIGNALS = {"H3K27ac": (1.5, 0.4), "DNase": (0.2, 0.4), "ATAC": (0.2, 0.4), CONTACT: (1.0, 0.2)}
OTHER = (1.0, 0.4)
HALF = 0.5  # offset of every track but the contact in units of the cell's scale (`corrected`): half of a strong base's signal
EPSILON = 1e-8  # added to both parameters, as published
THRESHOLD = 0.5
NEAR = 0.2  # distance from the threshold over which a token counts as near it


class MaskConfig(ModelConfig):
    """A model with a mask; the defaults are the `corrected` ones, `PAPER` below and each model's file give the published ones.

    Attributes:
        certainty: pseudo-counts per unit of signal, c. sequence_certainty: pseudo-counts per unit of the sequence's evidence (1 as
            published; as much as a signal's in `corrected`, so that the sequence can overrule a signal within a training; hard: 1).
        floor: least pseudo-count that a signal or the sequence gives, beta_min.
        cap: largest sum of both parameters; a larger one is scaled down (None = unbounded).
        minus_one: subtract 1 from the summed parameters, the true product of two Betas; needs `floor` >= 1, where it is defined.
        prior_mean, prior_scale: the sparsity prior Beta(scale, scale (1 - mean) / mean).
        kl_weight: weight of the KL to that prior, averaged over tokens.
        mask_ratio: mean mask that training holds by a Lagrangian (None = left to the prior).
        gate: where the mask acts: `embedding` multiplies the embeddings, which the first RMSNorm undoes except in the residual
            stream; `blocks` multiplies the normalised input of every block too.
        init_depth: see `Stack`; None = the true number of layers.
    """

    certainty: float = Field(10.0, gt=0)
    sequence_certainty: float = Field(10.0, gt=0)
    floor: float = Field(0.05, ge=0)
    cap: float | None = Field(1000.0, gt=0)
    minus_one: bool = False
    prior_mean: float = Field(0.1, gt=0, lt=1)
    prior_scale: float = Field(10.0, gt=0)
    kl_weight: float = Field(0.01, ge=0)
    mask_ratio: float | None = Field(0.1, gt=0, lt=1)
    gate: Literal["embedding", "blocks"] = "blocks"
    init_depth: int | None = None

    @model_validator(mode="after")
    def _product(self) -> "MaskConfig":
        if self.minus_one and self.floor < 1:
            raise ValueError(f"minus_one needs floor >= 1, where the product of two Betas is a Beta (floor is {self.floor})")
        return self


@dataclass(frozen=True, slots=True)
class MaskBeta:
    """Beta(a, b) per token, each (B, T) float32."""

    a: Tensor
    b: Tensor

    def mean(self) -> Tensor:
        """(B, T) means."""
        return beta.mean(self.a, self.b)

    def sd(self) -> Tensor:
        """(B, T) standard deviations."""
        return beta.sd(self.a, self.b)

    def kl(self, config: MaskConfig) -> Tensor:
        """KL to the sparsity prior, mean over samples and all tokens (forced ones too, as published): a scalar."""
        scale = config.prior_scale
        return beta.kl(self.a, self.b, scale, scale * (1 - config.prior_mean) / config.prior_mean).mean()


class SignalBeta(nn.Module):
    """The fixed Beta of the signals: alpha = c (sum_i w_i x_i + floor), beta = c (sum_i w_i b_i + floor)."""

    weights: Tensor

    def __init__(self, config: MaskConfig):
        super().__init__()
        self.config = config
        offsets, weights = torch.tensor([SIGNALS.get(name, OTHER) for name in config.tracks]).T
        if config.variant == "corrected":
            offsets = torch.tensor(
                [offset if name == CONTACT else HALF for name, offset in zip(config.tracks, offsets, strict=True)]
            )
        self.register_buffer("weights", weights / weights.sum(), persistent=False)
        self.offset = float((offsets * weights).sum() / weights.sum())

    def forward(self, batch: Batch) -> tuple[Tensor, float]:
        """Return alpha, (B, T), and beta, the same everywhere."""
        x = pool(batch.signals, self.config.resolution).float()
        if self.config.variant == "corrected":
            x = x / batch.scale[:, None]
        c, floor = self.config.certainty, self.config.floor
        return c * (x @ self.weights + floor) + EPSILON, c * (self.offset + floor)


class MaskHead(nn.Module):
    """Generator outputs -> Beta: softplus of a linear layer, plus the signal Beta. Channel 1 is alpha, channel 0 is beta."""

    def __init__(self, config: MaskConfig):
        super().__init__()
        self.config = config
        self.project = nn.Linear(config.d_model, 2)
        self.signal = SignalBeta(config)
        zero_bias(self.project)

    def forward(self, outputs: Tensor, batch: Batch) -> MaskBeta:
        """(B, T, d_model) -> Beta per token, float32 whatever the autocast."""
        with torch.autocast(outputs.device.type, enabled=False):
            counts = self.config.sequence_certainty * F.softplus(self.project(outputs.float())) + self.config.floor + EPSILON
            a, b = self.signal(batch)
            minus = 1.0 if self.config.minus_one else 0.0
            a, b = counts[..., 1] + a - minus, counts[..., 0] + b - minus
            return MaskBeta(a, b) if self.config.cap is None else MaskBeta(*beta.tempered(a, b, self.config.cap))


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


def hard(distribution: MaskBeta, batch: Batch, noise: int | None) -> Tensor:
    """(B, T) mask of exact 0 and 1 with the gradient of the soft value (straight-through)."""
    value = soft(distribution, batch, noise)
    return (value >= THRESHOLD).to(value.dtype) + (value - value.detach())


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
    regulariser = config.kl_weight * distribution.kl(config) if config.kl_weight > 0 else None
    excess = mask.mean() - config.mask_ratio if config.mask_ratio is not None else None
    return regulariser, excess


def single(batch: Batch, row: int) -> Batch:
    """The batch of one of its samples."""
    parts = {f.name: getattr(batch, f.name)[row : row + 1] for f in fields(batch) if f.name not in ("tracks", "noise")}
    return replace(batch, **parts)
