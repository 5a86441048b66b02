"""Mamba as the paper's baseline: causal, so it reads the window from its left end to the end of the centre and no further."""

from dataclasses import replace

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.backbone import Stack
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.inputs import SequenceLayer, Tokens, centre
from seq2exp_py.store.batch import Batch


class Config(ModelConfig):
    """Mamba; takes no signals."""


class Network(Model):
    """Token embedding, Mamba blocks, mean over the centre, head."""

    def __init__(self, config: Config):
        super().__init__(config)
        self.embedding = Tokens(config) if config.stem == 1 and config.resolution == 1 else SequenceLayer(config)
        self.stack = Stack(config.d_model, config.d_state, config.layers, both=False)
        self.head = Head(config.d_model, config)

    def forward(self, batch: Batch) -> Output:
        """Predict from the first half of the window and its centre: what lies beyond cannot reach the output."""
        wanted = centre(self.config)
        seen = replace(batch, sequence=batch.sequence[:, : wanted.stop * self.resolution])
        outputs = self.stack(self.embedding(seen), wanted=wanted)
        return Output(self.head(outputs.float().mean(1), batch))
