"""Seq2Exp-hard: the predictor reads only the tokens that a mask of 0 and 1 keeps."""

from collections.abc import Iterable
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.inputs import SequenceLayer, SignalLayer
from seq2exp_py.models.parts.mask import MaskBeta, allowed, counted, force, hard, penalties
from seq2exp_py.models.parts.mask_config import PRESETS, MaskConfig
from seq2exp_py.models.parts.mask_head import mask_head
from seq2exp_py.models.parts.predictor import Predictor, generator, read
from seq2exp_py.store.batch import Batch

PAPER: dict[str, Any] = {
    "signals": "sum",
    "certainty": 1.0,
    "sequence_certainty": 1.0,
    "floor": 0.0,
    "cap": None,
    "prior_mean": 0.45,
    "prior_scale": 0.1,
    "kl_weight": 0.01,
    "mask_ratio": None,
    "gate": "embedding",
    "init_depth": 64,
    "shared": True,
    "position": True,
    "live": False,
}

__all__ = ["PAPER", "PRESETS", "Config", "Network"]


class Config(MaskConfig):
    """Seq2Exp-hard; the defaults are the `corrected` ones.

    Attributes:
        sequence_certainty: a tenth of a signal's, as in the published soft model: where the sequence weighs as much, it alone
            crosses the threshold for the share asked for, whatever the signals say.
        shared: one stack is generator and predictor, and the generator sees signals and positions too (as published).
        position: a learned vector per token of the window is added to the sequence embedding (as published).
        live: the task's gradient reaches the mask.
    """

    sequence_certainty: float = Field(1.0, gt=0)
    shared: bool = False
    position: bool = False
    live: bool = True


class Network(Model):
    """Generator, hard mask, predictor on the kept tokens."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.sequence, self.signal = SequenceLayer(config), SignalLayer(config)
        width = config.window // config.resolution
        self.position = nn.Parameter(torch.zeros(width, config.d_model)) if config.position else None
        self.generator, self.mask_head = generator(config), mask_head(config)
        self.predictor = Predictor(config, self.generator if config.shared else None)

    def forward(self, batch: Batch) -> Output:
        """Predict; the mask is a thresholded sample in training mode and the thresholded mean in evaluation mode."""
        tokens, seen = self.embeddings(batch)
        distribution: MaskBeta = self.mask_head(read(self.generator, seen), batch)
        mask = force(hard(distribution, batch, batch.noise if self.training else None, self.config), batch, self.config)
        expression = self.predictor.compact(tokens, mask, batch, self.config.live)
        free, sd = (allowed(x, batch, self.config) for x in (distribution.mean(), distribution.sd()))
        used = force(counted(distribution), batch, self.config)
        return Output(expression, mask, sd, *penalties(distribution, used, self.config), free=free)

    def embeddings(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Embeddings for the predictor and for the generator, each (B, T, d_model)."""
        sequence: Tensor = self.sequence(batch)
        if self.position is not None:
            sequence = sequence + self.position
        tokens = sequence + self.signal(batch)
        return tokens, tokens if self.config.shared else sequence

    def settle(self, batches: Iterable[Batch]) -> None:
        """Set the scale of the odds from what is given, as the generator says nothing yet."""
        self.mask_head.settle(batches)
