"""EPInformer (Lin et al. 2024): promoter and candidate elements as a star of tokens, each with distance, contact and activity."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.elements import Elements, elements
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.inputs import zero_bias
from seq2exp_py.models.parts.published_names import EPINFORMER
from seq2exp_py.store.batch import Batch, one_hot
from seq2exp_py.store.contents import BASES

EXTRAS = 3  # distance, contact, activity
EMBEDDED = 2  # values per channel that the encoder leaves of an element's length
PRESETS: dict[str, dict[str, Any]] = {
    "small": {"stem_width": 64, "tower": (32, 32, 32, 32), "out": (32, 32, 32, 16), "slots": 30, "blocks": 2},
    "tiny": {"stem_width": 16, "tower": (16, 16, 16, 16), "out": (16, 16, 16, 8), "slots": 8, "blocks": 1, "heads": 2},
}


class Config(ModelConfig):
    """Sizes of the published model with activity and contact ("v2").

    Attributes:
        slots: elements beside the promoter. length: bases of each.
        stem_width, tower, out: channels of the encoder. heads, blocks: of the attention.
    """

    slots: int = Field(60, ge=0)
    length: int = Field(2000, ge=1800)
    stem_width: int = Field(256, gt=0)
    tower: tuple[int, int, int, int] = (128, 64, 64, 128)
    out: tuple[int, int, int, int] = (64, 64, 64, 32)
    heads: int = Field(4, gt=0)
    blocks: int = Field(3, gt=0)

    @model_validator(mode="after")
    def _cuts(self) -> "Config":
        if self.length % 2 or self.length > self.window:
            raise ValueError(f"length {self.length} of an element must be even and at most the window {self.window}")
        if EMBEDDED * self.out[-1] % self.heads:
            raise ValueError(f"the embedding, {EMBEDDED} x {self.out[-1]}, does not split into {self.heads} heads")
        return self


class Network(Model):
    """Encoder, fusion with the element's features, star attention, head on the promoter's token."""

    config: Config
    names = EPINFORMER

    def __init__(self, config: Config):
        super().__init__(config)
        width = EMBEDDED * config.out[-1]
        self.encoder = Encoder(config)
        self.fusion = nn.Sequential(nn.Linear(width + EXTRAS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.blocks = nn.ModuleList(Block(width, config.heads) for _ in range(config.blocks))
        self.head = Head(width, config)

    def forward(self, batch: Batch) -> Output:
        """Predict."""
        seen = batch if self.config.variant == "paper" else replace(batch, signals=batch.signals / batch.scale[:, None])
        found = elements(seen, self.config.slots, self.config.length)
        return Output(self.head(self.interact(found)[:, 0], batch))

    def interact(self, found: Elements) -> Tensor:
        """(B, K, width) tokens of the slots after the attention."""
        embedded = self.encoder(one_hot(found.sequence).flatten(0, 1).transpose(1, 2)).unflatten(0, found.present.shape)
        tokens: Tensor = self.fusion(torch.cat([embedded, self._scaled(found.features).to(embedded.dtype)], 2))
        allowed = star(self._used(found))
        for block in self.blocks:
            tokens = block(tokens, allowed)
        return tokens

    def _used(self, found: Elements) -> Tensor:
        """(B, K) slots that may be attended to: as published those with any known base; `corrected`, those that hold an element."""
        if self.config.variant == "corrected":
            return found.present
        used = (found.sequence != BASES.index("N")).any(2)
        used[:, 0] = True  # else a promoter without sequence would leave nothing to attend to
        return used

    def _scaled(self, features: Tensor) -> Tensor:
        """Features of the slots: raw as published; `corrected` takes log1p of the activity, which is in units of the scales."""
        if self.config.variant == "paper":
            return features
        return torch.cat([features[..., :2], torch.log1p(features[..., 2:])], 2)


class Encoder(nn.Module):
    """(N, 4, length) one-hot -> (N, 2 * out[-1]): stem, four halvings, dilated convolutions, a linear layer along the length."""

    def __init__(self, config: Config):
        super().__init__()
        widths, out = (config.stem_width, *config.tower), (config.tower[-1], *config.out)
        self.stem = nn.Conv1d(4, config.stem_width, 8)  # of the same length: 3 zeros before, 4 after
        self.tower = nn.Sequential(*(Halving(a, b) for a, b in pairwise(widths)))
        shapes = ((3, 2), (3, 4), (3, 6), (1, 1))  # kernel, dilation
        pairs = zip(out[:-1], out[1:], shapes, strict=True)
        self.out = nn.Sequential(*(step for a, b, shape in pairs for step in convolution(a, b, *shape)))
        left = config.length // 2 ** len(config.tower) - sum((kernel - 1) * dilation for kernel, dilation in shapes)
        self.summary = nn.Linear(left, EMBEDDED)

    def forward(self, bases: Tensor) -> Tensor:
        """Encode."""
        return F.elu(self.summary(self.out(self.tower(F.elu(self.stem(F.pad(bases, (3, 4)))))))).flatten(1)


class Halving(nn.Module):
    """Convolution, batch norm, ELU, max-pool 2; then `x + ELU(pointwise x)`."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv1d(inputs, outputs, 3, padding=1), nn.BatchNorm1d(outputs), nn.ELU(), nn.MaxPool1d(2))
        self.pointwise = nn.Conv1d(outputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) -> (N, C', T / 2)."""
        reduced: Tensor = self.reduce(x)
        return reduced + F.elu(self.pointwise(reduced))


def convolution(inputs: int, outputs: int, kernel: int, dilation: int) -> list[nn.Module]:
    """Convolution without padding, batch norm, ELU."""
    return [nn.Conv1d(inputs, outputs, kernel, dilation=dilation), nn.BatchNorm1d(outputs), nn.ELU()]


class Block(nn.Module):
    """Pre-norm attention and feed-forward network of four times the width, both residual."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.forth = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        nn.init.xavier_uniform_(self.inward.weight)
        zero_bias(self.inward)
        zero_bias(self.outward)

    def forward(self, tokens: Tensor, allowed: Tensor) -> Tensor:
        """(B, K, width) tokens and (B, K, K) which key each query may see."""
        query, key, value = self.inward(self.norm1(tokens)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed[:, None])
        tokens = tokens + self.outward(seen.transpose(1, 2).flatten(2))
        out: Tensor = tokens + self.forth(self.norm2(tokens))
        return out


def star(used: Tensor) -> Tensor:
    """(B, K) used slots -> (B, K, K) allowed (query, key): promoter with all, others with it and themselves; no empty key."""
    count = used.shape[1]
    pairs = torch.eye(count, dtype=torch.bool, device=used.device)
    pairs[0] = pairs[:, 0] = True
    return pairs & used[:, None]
