"""Caduceus as the paper's baseline: a weight-tied BiMamba stack on the window, with or without signals; also at a short window."""

import math

from torch import Tensor, nn

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.backbone import Stack
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.inputs import SequenceLayer, SignalLayer, centre
from seq2exp_py.store.batch import Batch


class Config(ModelConfig):
    """Caduceus; `signals` adds the tracks to the one-hot bases before the first linear layer."""

    signals: bool = True


class Network(Model):
    """Embedding, BiMamba blocks, mean over the centre, head."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.sequence = SequenceLayer(config)
        self.signal = SignalLayer(config, bias=False) if config.signals else None
        self.stack = Stack(config.d_model, config.d_state, config.layers)
        self.head = Head(config.d_model, config)
        if config.signals and config.stem == 1:
            self._as_one_layer()

    def _as_one_layer(self) -> None:
        """Draw both first layers as one linear layer on the concatenation, which they are together."""
        bound = 1 / math.sqrt(4 + len(self.config.tracks))
        for layer in (self.sequence, self.signal):
            if layer is not None:
                nn.init.uniform_(layer.project.weight, -bound, bound)  # type: ignore[arg-type]

    def forward(self, batch: Batch) -> Output:
        """Predict."""
        tokens: Tensor = self.sequence(batch)
        if self.signal is not None:
            tokens = tokens + self.signal(batch)
        outputs = self.stack(tokens, wanted=centre(self.config))
        return Output(self.head(outputs.float().mean(1), batch))
