"""HyenaDNA: long convolutions with implicit filters over DNA alone (Nguyen et al. 2023), trained from scratch as in the paper.

Causal: no output at the centre can see a base after it, so the window is cut there; the prediction is the same at half the cost.
"""

import math
from dataclasses import replace

import torch
from pydantic import Field
from scipy.fft import next_fast_len
from torch import Tensor, nn

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.inputs import SequenceLayer, Tokens, centre
from seq2exp_py.models.parts.published_names import HYENA
from seq2exp_py.store.batch import Batch

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
    names = HYENA

    def __init__(self, config: Config):
        super().__init__(config)
        self.embedding = Tokens(config) if config.stem == 1 and config.resolution == 1 else SequenceLayer(config)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.d_model)
        self.apply(_initialise)
        for name, weight in self.named_parameters():
            if name.endswith(("mixer.outward.weight", "mlp.2.weight")):
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * config.layers))
        self.head = Head(config.d_model, config)

    def forward(self, batch: Batch) -> Output:
        """Predict from the bases up to the end of the centre."""
        kept = centre(self.config)
        seen = replace(batch, sequence=batch.sequence[:, : kept.stop * self.resolution])
        residual = self.dropout(self.embedding(seen)).float()
        for block in self.blocks[:-1]:
            residual = block(residual, slice(None))
        residual = self.blocks[-1](residual, kept)  # only the centre of the last block is read
        return Output(self.head(self.norm(residual).mean(1), batch))


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
    """Implicit filter: a sine network of the position, times a window `exp(-t |decay|)` of each channel's own rate."""

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
            parameter.no_decay = True  # type: ignore[attr-defined]

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
    size = next_fast_len(2 * length, real=True)
    product = torch.fft.rfft(u.float(), n=size) * torch.fft.rfft(filters, n=size)
    convolved: Tensor = torch.fft.irfft(product, n=size)
    return convolved[..., :length]


def _initialise(layer: nn.Module) -> None:
    """Linear and embedding weights N(0, 0.02), biases 0, as published."""
    if isinstance(layer, nn.Linear | nn.Embedding):
        nn.init.normal_(layer.weight, std=0.02)
    if isinstance(layer, nn.Linear) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
