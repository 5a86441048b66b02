"""From pooled outputs and mRNA features to expression."""

import torch
from torch import Tensor, nn

from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.features import DENSITY, seen
from seq2exp_py.models.parts.inputs import zero_bias
from seq2exp_py.store.batch import Batch

HIDDEN = 128


def features(batch: Batch, config: ModelConfig) -> Tensor:
    """Features as the head sees them, (B, 9) or, without promoter activity, (B, 8); `corrected`: log1p of heavy tails."""
    values = batch.features
    if config.variant == "corrected":
        tails = torch.log1p(values[:, DENSITY:].clamp(min=0))
        values = torch.cat([values[:, :DENSITY], tails], 1)
    return values[:, : seen(config)]


class Head(nn.Module):
    """`width + 9 -> 128 -> 128 -> 1` with ReLU: (B, width) pooled outputs and features -> (B,) log10(expression + 1)."""

    def __init__(self, width: int, config: ModelConfig):
        super().__init__()
        self.config = config
        self.layers = nn.Sequential(
            nn.Linear(width + seen(config), HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1)
        )
        for layer in self.layers:
            zero_bias(layer)

    def forward(self, pooled: Tensor, batch: Batch) -> Tensor:
        """Predict from (B, width) outputs."""
        expression: Tensor = self.layers(torch.cat([pooled, features(batch, self.config).to(pooled.dtype)], 1))
        return expression.squeeze(1).float()

    def start_at(self, mean: float) -> None:
        """Set the last bias, so that training starts at the mean target instead of zero."""
        last = self.layers[-1]
        assert isinstance(last, nn.Linear)
        nn.init.constant_(last.bias, mean)
