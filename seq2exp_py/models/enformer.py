"""Enformer's trunk (Avsec et al. 2021) over DNA alone, averaged over all bins, as the Seq2Exp paper uses it; no track heads."""

import math
from itertools import pairwise
from typing import Any, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.published_names import ENFORMER
from seq2exp_py.store.batch import Batch

GROWTH = 2.0  # the tower widens from dim / 2 to dim
PRESETS: dict[str, dict[str, Any]] = {
    "small": {"dim": 192, "depth": 2, "rounding": 16, "d_key": 16, "heads": 4},
    "tiny": {"dim": 48, "depth": 1, "rounding": 8, "d_key": 8, "heads": 4, "bases": 30_720, "bins": 140},
}


class Config(ModelConfig):
    """Sizes of the trunk; the defaults are the published ones.

    Attributes:
        bases: central bases that are read (all of a shorter window). bins: central bins whose embeddings are averaged.
        dim: channels of the transformer. depth: its layers. heads, d_key: of the attention. downsamples: halvings of the length.
        rounding: the tower's widths are multiples of this.
        dropout, attention_dropout, position_dropout: published values; an eighth of `dropout` precedes the last GELU.
        gamma_peak: the gamma position features are divided by their maximum over the `functions` at an offset (enformer-pytorch,
            and so the Seq2Exp paper), or over the `offsets` for a function (the original; the published weights need it).
    """

    bases: int = Field(196_608, gt=0)
    bins: int = Field(896, gt=0)
    dim: int = Field(1536, gt=0)
    depth: int = Field(11, gt=0)
    heads: int = Field(8, gt=0)
    d_key: int = Field(64, gt=0)
    downsamples: int = Field(7, gt=1)
    rounding: int = Field(128, gt=0)
    dropout: float = 0.4
    attention_dropout: float = 0.05
    position_dropout: float = 0.01
    gamma_peak: Literal["functions", "offsets"] = "functions"

    @model_validator(mode="after")
    def _splits(self) -> "Config":
        if self.dim % self.heads or self.dim // self.heads % 6:
            raise ValueError(f"dim / heads must be a multiple of 6 (position features), not {self.dim} / {self.heads}")
        return self

    def widths(self) -> list[int]:
        """Channels after the stem and after each step of the tower, growing geometrically."""
        steps = self.downsamples - 2
        grown = [self.dim / 2 * GROWTH ** (i / steps) for i in range(steps + 1)]
        return [self.dim // 2] + [round(width / self.rounding) * self.rounding for width in grown]


class Network(Model):
    """Trunk, mean over the bins, head."""

    config: Config
    names = ENFORMER

    def __init__(self, config: Config):
        super().__init__(config)
        self.trunk = Trunk(config)
        self.head = Head(2 * config.dim, config)

    def forward(self, batch: Batch) -> Output:
        """Predict from the central bases of the window."""
        first = max(0, (batch.width - self.config.bases) // 2)
        bases = batch.one_hot()[:, first : first + self.config.bases]
        return Output(self.head(self.trunk(bases).mean(1), batch))


class Trunk(nn.Module):
    """(B, bases, 4) one-hot -> (B, bins, 2 * dim) embeddings."""

    def __init__(self, config: Config):
        super().__init__()
        self.bins = config.bins
        widths = config.widths()
        self.stem = nn.Sequential(
            nn.Conv1d(4, widths[0], 15, padding=7), Residual(*conv_block(widths[0], widths[0], 1)), AttentionPool(widths[0])
        )
        pairs = pairwise(widths)
        self.tower = nn.Sequential(
            *(nn.Sequential(conv_block(a, b, 5), Residual(*conv_block(b, b, 1)), AttentionPool(b)) for a, b in pairs)
        )
        self.transformer = nn.Sequential(*(layer(config) for _ in range(config.depth)))
        self.pointwise = conv_block(config.dim, 2 * config.dim, 1)
        self.last = nn.Sequential(nn.Dropout(config.dropout / 8), Gelu())

    def forward(self, bases: Tensor) -> Tensor:
        """Embed."""
        tokens = self.transformer(self.tower(self.stem(bases.transpose(1, 2))).transpose(1, 2))
        cut = max(0, (tokens.shape[1] - self.bins) // 2)
        tokens = tokens[:, cut : tokens.shape[1] - cut]
        embedded: Tensor = self.last(self.pointwise(tokens.transpose(1, 2)).transpose(1, 2))
        return embedded


class Residual(nn.Sequential):
    """`x + f(x)`."""

    def forward(self, x: Tensor) -> Tensor:
        """Add the input to the output."""
        inner = x
        for step in self:
            inner = step(inner)
        return x + inner


class Gelu(nn.Module):
    """The sigmoid form that Enformer uses, `x * sigmoid(1.702 x)`."""

    def forward(self, x: Tensor) -> Tensor:
        """Activate."""
        return x * torch.sigmoid(1.702 * x)


def conv_block(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """Batch norm, GELU, convolution of the same length."""
    return nn.Sequential(nn.BatchNorm1d(inputs), Gelu(), nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2))


class AttentionPool(nn.Module):
    """Pairs of positions to one: softmax per channel over the two, logits a 1x1 convolution that starts at twice the identity."""

    def __init__(self, width: int):
        super().__init__()
        self.logits = nn.Conv1d(width, width, 1, bias=False)
        nn.init.dirac_(self.logits.weight)
        self.logits.weight.data *= 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C, ceil(T / 2)); the last of an odd number stands alone."""
        logits = self.logits(x)
        if x.shape[-1] % 2:
            x, logits = F.pad(x, (0, 1)), F.pad(logits, (0, 1), value=-torch.inf)
        weight = torch.sigmoid(logits[..., 0::2] - logits[..., 1::2])  # the softmax over two, several times as fast on a CPU
        return torch.lerp(x[..., 1::2], x[..., 0::2], weight)


def layer(config: Config) -> nn.Sequential:
    """One transformer layer: attention, then a feed-forward network of twice the width, both pre-norm and residual."""
    dim, drop = config.dim, config.dropout
    forward = [nn.Linear(dim, 2 * dim), nn.Dropout(drop), nn.ReLU(), nn.Linear(2 * dim, dim), nn.Dropout(drop)]
    return nn.Sequential(
        Residual(nn.LayerNorm(dim), Attention(config), nn.Dropout(drop)),
        Residual(nn.LayerNorm(dim), *forward),
    )


class Attention(nn.Module):
    """Attention with relative positions: logits `(q + u) k^T + shift((q + v) r^T)`, q scaled by `d_key^-0.5`, u and v learned."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        heads, key = config.heads, config.d_key
        self.query = nn.Linear(config.dim, heads * key, bias=False)
        self.key = nn.Linear(config.dim, heads * key, bias=False)
        self.value = nn.Linear(config.dim, config.dim, bias=False)
        self.relative = nn.Linear(config.dim // heads, heads * key, bias=False)
        self.content_bias = nn.Parameter(torch.randn(heads, 1, key))
        self.position_bias = nn.Parameter(torch.randn(heads, 1, key))
        self.out = nn.Linear(config.dim, config.dim)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, dim) -> (B, T, dim)."""
        query, key, value = (self._heads(project(x)) for project in (self.query, self.key, self.value))
        query = query * self.config.d_key**-0.5
        features = position_features(x.shape[1], self.relative.in_features, self.config.gamma_peak, x.device)
        relative = self._heads(self.relative(F.dropout(features, self.config.position_dropout, self.training)))
        logits = (query + self.content_bias) @ key.mT + relative_shift((query + self.position_bias) @ relative.mT)
        weights = F.dropout(logits.softmax(-1), self.config.attention_dropout, self.training)
        out: Tensor = self.out((weights.to(value.dtype) @ value).transpose(1, 2).flatten(2))
        return out

    def _heads(self, x: Tensor) -> Tensor:
        """(..., T, heads * d) -> (..., heads, T, d)."""
        return x.view(*x.shape[:-1], self.config.heads, -1).transpose(-3, -2)


def relative_shift(logits: Tensor) -> Tensor:
    """(..., T, 2T - 1) by offset -T+1 .. T-1 -> (..., T, T) by position: out[i, j] = logits[i, T - 1 + j - i]."""
    length = logits.shape[-2]
    if length == 1:
        return logits
    row = 2 * length - 2  # in the flat row-major array, out[i, j] lies at length - 1 + i * row + j
    flat = logits.flatten(-2)[..., length - 1 : length - 1 + length * row]
    return flat.view(*flat.shape[:-1], length, row)[..., :length]


def position_features(length: int, width: int, gamma_peak: str, device: torch.device | None = None) -> Tensor:
    """Features of the offsets -length+1 .. length-1, (2 * length - 1, width) float32.

    Three families of `width / 6` functions of |offset|: exponentials `2^(-x / h)` with half-lives from 8 to `length`, masks
    `x < 2^k - 1`, gamma densities with means up to `length`; then the same times the sign of the offset.
    """
    count = width // 6
    offsets = torch.arange(-length + 1, length, device=device, dtype=torch.float64)[:, None]
    distance = offsets.abs()
    half_life = 2 ** torch.linspace(3, math.log2(length), count, device=device, dtype=torch.float64)
    edges = 2.0 ** torch.arange(1, count + 1, device=device, dtype=torch.float64) - 1
    families = torch.cat(
        [2 ** (-distance / half_life), (edges > distance).double(), _gamma(distance, length, count, gamma_peak)], 1
    )
    return torch.cat([families, offsets.sign() * families], 1).float()


def _gamma(distance: Tensor, length: int, count: int, gamma_peak: str) -> Tensor:
    """Gamma densities of mean `length / count .. length` and standard deviation `length / (2 * count)`, scaled to a peak of 1."""
    mean = torch.linspace(length / count, length, count, device=distance.device, dtype=distance.dtype)
    deviation = length / (2 * count)
    shape, rate = (mean / deviation) ** 2, mean / deviation**2
    density = torch.xlogy(shape - 1, distance) - rate * distance - torch.lgamma(shape) + shape * rate.log()
    values = density.exp() + 1e-8
    return values / values.amax(1 if gamma_peak == "functions" else 0, keepdim=True)
