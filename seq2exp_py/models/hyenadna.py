"""HyenaDNA: long convolutions with implicit filters over DNA alone (Nguyen et al. 2023), as the Seq2Exp paper trains it: from scratch.

Causal: no output at the centre can see a base after it, so the window is cut there; the prediction is the same at half the cost.
"""

import math

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from seq2exp_py.models.head import Head
from seq2exp_py.models.inputs import SequenceLayer, centre
from seq2exp_py.models.output import Model, Output
from seq2exp_py.models.presets import ModelConfig
from seq2exp_py.store.batch import Batch

FIRST_BASE, VOCABULARY = 7, 12  # tokens of the published character tokenizer: 7 special ones, then A C G T N
SLOWEST, FASTEST, FLOOR = 1.5, 0.3, 1e-2  # share of the reach after which a channel's window has fallen to the floor


class Config(ModelConfig):
    """`d_filter`: width of the network that makes the filters. `frequency`: its first sine frequency. `dropout`: of the embedding.

    `reach`: tokens that the filter's time axis [0, 1] spans; None = the tokens of a window + 2, as published.
    """

    d_filter: int = Field(64, gt=0)
    frequency: float = 10.0
    dropout: float = Field(0.1, ge=0, lt=1)
    reach: int | None = Field(None, gt=1)


class Network(Model):
    """Embedding, pre-norm Hyena blocks, mean over the centre, head."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.tokens = Tokens(config)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.d_model)
        self.apply(_initialise)
        for block in self.blocks:
            for layer in (block.mixer.outward, block.mlp[2]):
                nn.init.normal_(layer.weight, std=0.02 / math.sqrt(2 * config.layers))
        self.head = Head(config.d_model, config)

    def forward(self, batch: Batch) -> Output:
        """Predict from the bases up to the end of the centre."""
        kept = centre(self.config)
        residual = self.dropout(self.tokens(batch)[:, : kept.stop]).float()
        for block in self.blocks[:-1]:
            residual = block(residual, slice(None))
        residual = self.blocks[-1](residual, kept)  # only the centre of the last block is read
        return Output(self.head(self.norm(residual).mean(1), batch))

    def start_at(self, mean: float) -> None:
        """Begin training at the mean target."""
        self.head.start_at(mean)


class Tokens(nn.Module):
    """(B, L) bases -> (B, T, d_model): the published embedding of 12 characters per base, or the shared stem where tokens are pooled."""

    def __init__(self, config: Config):
        super().__init__()
        per_base = config.resolution == 1 and config.stem == 1
        self.embed: nn.Module = nn.Embedding(VOCABULARY, config.d_model) if per_base else SequenceLayer(config)

    def forward(self, batch: Batch) -> Tensor:
        """Embed the bases."""
        tokens: Tensor = self.embed(batch.sequence.long() + FIRST_BASE) if isinstance(self.embed, nn.Embedding) else self.embed(batch)
        return tokens


class Block(nn.Module):
    """`r + Hyena(LayerNorm r)`, then `r + MLP(LayerNorm r)`; the residual stays in float32."""

    def __init__(self, config: Config):
        super().__init__()
        width = config.d_model
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mixer = Hyena(config)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(self, residual: Tensor, kept: slice) -> Tensor:
        """(B, T, D) -> (B, kept, D)."""
        residual = residual[:, kept] + self.mixer(self.norm1(residual), kept)
        mixed: Tensor = residual + self.mlp(self.norm2(residual))
        return mixed


class Hyena(nn.Module):
    """Hyena operator of order 2: `out(x0 * (longconv(v * x1) + bias * (v * x1)))` with (x0, x1, v) = shortconv(in(u))."""

    def __init__(self, config: Config):
        super().__init__()
        width = config.d_model
        self.inward = nn.Linear(width, 3 * width)
        self.short = nn.Conv1d(3 * width, 3 * width, 3, padding=2, groups=3 * width)
        self.filter = Filter(config)
        self.bias = nn.Parameter(torch.randn(width))
        self.outward = nn.Linear(width, width)

    def forward(self, u: Tensor, kept: slice) -> Tensor:
        """(B, T, D) -> (B, kept, D); output t depends on inputs <= t."""
        gate, key, value = self.short(self.inward(u).transpose(1, 2))[..., : u.shape[1]].chunk(3, 1)
        value = value * key
        mixed = long_convolution(value, self.filter(u.shape[1]))[..., kept] + self.bias[:, None] * value[..., kept]
        out: Tensor = self.outward((mixed.to(gate.dtype) * gate[..., kept]).transpose(1, 2))
        return out


class Filter(nn.Module):
    """Implicit filter: a sine network of the position times a window `exp(-t |decay|)` that falls at its own rate in each channel."""

    decay: Tensor

    def __init__(self, config: Config):
        super().__init__()
        hidden = config.d_filter
        self.reach = config.reach or config.window // config.resolution + 2
        self.layers = nn.ModuleList([nn.Linear(5, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)])
        self.last = nn.Linear(hidden, config.d_model, bias=False)
        self.frequency = nn.Parameter(torch.full((hidden,), config.frequency))
        slow, fast = (math.log(FLOOR) / share for share in (SLOWEST, FASTEST))
        self.register_buffer("decay", torch.linspace(slow, fast, config.d_model).abs(), persistent=False)
        for parameter in self.parameters():
            parameter._no_weight_decay = True  # type: ignore[attr-defined]

    def forward(self, length: int) -> Tensor:
        """First `length` values of the filters, (D, length) float32."""
        with torch.autocast(self.decay.device.type, enabled=False):
            code = self.position(length)
            values = code
            for layer in self.layers:
                values = torch.sin(self.frequency * layer(values))
            filters: Tensor = self.last(values) * torch.exp(-code[:, :1] * self.decay)
            return filters.T

    def position(self, length: int) -> Tensor:
        """(length, 5): time in [0, 1] over the reach, then cosine and minus sine of two bands (frequencies 1e-4 and 1)."""
        steps = torch.arange(length, device=self.decay.device, dtype=torch.float64)
        angle = 2 * math.pi / self.reach * steps[:, None] * torch.tensor([1e-4, 1.0], device=steps.device, dtype=torch.float64)
        return torch.cat([steps[:, None] / (self.reach - 1), angle.cos(), -angle.sin()], 1).float()


def long_convolution(u: Tensor, filters: Tensor) -> Tensor:
    """Causal convolution along the last axis by FFT in float32: (B, D, T) with (D, T) -> (B, D, T) float32."""
    length = u.shape[-1]
    size = fast_length(2 * length)
    product = torch.fft.rfft(u.float(), n=size) * torch.fft.rfft(filters, n=size)
    return torch.fft.irfft(product, n=size)[..., :length]


def fast_length(least: int) -> int:
    """The smallest size >= `least` without a prime factor above 5, which an FFT handles fast."""
    sizes = (2**a * 3**b * 5**c for a in range(least.bit_length() + 1) for b in range(4) for c in range(4))
    return min(size for size in sizes if size >= least)


def _initialise(layer: nn.Module) -> None:
    """Linear and embedding weights N(0, 0.02), biases 0, as published."""
    if isinstance(layer, nn.Linear | nn.Embedding):
        nn.init.normal_(layer.weight, std=0.02)
    if isinstance(layer, nn.Linear) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
