"""Seq2Exp-soft: every token is multiplied by a mask in (0, 1), drawn from a Beta of sequence and signals while training."""

from collections.abc import Iterable
from typing import Any

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.inputs import SequenceLayer, SignalLayer
from seq2exp_py.models.parts.mask import MaskBeta, allowed, force, penalties, soft
from seq2exp_py.models.parts.mask_config import PRESETS, MaskConfig
from seq2exp_py.models.parts.mask_head import mask_head
from seq2exp_py.models.parts.predictor import Predictor, generator, read
from seq2exp_py.store.batch import Batch

PAPER: dict[str, Any] = {
    "signals": "sum",
    "certainty": 10.0,
    "sequence_certainty": 1.0,
    "floor": 1.0,
    "cap": None,
    "prior_mean": 0.1,
    "prior_scale": 10.0,
    "kl_weight": 0.01,
    "mask_ratio": None,
    "gate": "embedding",
    "init_depth": 64,
}

__all__ = ["PAPER", "PRESETS", "Config", "Network"]


class Config(MaskConfig):
    """Seq2Exp-soft."""


class Network(Model):
    """Generator (with `sequence=learned`; reads the sequence only) and predictor (sequence and signals), first layer in common."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.sequence, self.signal = SequenceLayer(config), SignalLayer(config)
        self.generator, self.mask_head = generator(config), mask_head(config)
        self.predictor = Predictor(config)

    def forward(self, batch: Batch) -> Output:
        """Predict; the mask is a sample in training mode and the mean in evaluation mode."""
        sequence = self.sequence(batch)
        distribution: MaskBeta = self.mask_head(read(self.generator, sequence), batch)
        mask = force(soft(distribution, batch, batch.noise if self.training else None), batch, self.config)
        expression = self.predictor.dense(sequence + self.signal(batch), mask, batch)
        free, sd = (allowed(x, batch, self.config) for x in (distribution.mean(), distribution.sd()))
        used = force(free, batch, self.config)
        return Output(expression, mask, sd, *penalties(distribution, used, self.config), free=free)

    def settle(self, batches: Iterable[Batch]) -> None:
        """Set the scale of the odds from what is given, as the generator says nothing yet."""
        self.mask_head.settle(batches)
