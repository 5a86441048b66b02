"""Mamba as the paper's baseline: causal, so it reads the window from its left end to the end of the centre and no further."""

from dataclasses import replace

from torch import Tensor, nn

from seq2exp_py.models.backbone import Stack
from seq2exp_py.models.head import Head
from seq2exp_py.models.inputs import SequenceLayer, centre
from seq2exp_py.models.output import Model, Output
from seq2exp_py.models.presets import ModelConfig
from seq2exp_py.store.batch import Batch

VOCABULARY, FIRST_BASE = 12, 7  # of the published character tokenizer: seven special tokens, then A, C, G, T, N


class Config(ModelConfig):
    """Mamba; takes no signals."""


class Tokens(nn.Module):
    """The published embedding table of single bases."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, config.d_model)
        nn.init.normal_(self.table.weight, std=0.02)

    def forward(self, batch: Batch) -> Tensor:
        """(B, L) bases -> (B, L, d_model)."""
        tokens: Tensor = self.table(batch.sequence.int() + FIRST_BASE)
        return tokens


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

    def start_at(self, mean: float) -> None:
        """Begin at the mean target (`corrected`)."""
        self.head.start_at(mean)
