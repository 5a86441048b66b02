"""From a batch to the tokens a backbone reads: the first layers, and where the centre lies."""

import torch
from torch import Tensor, nn

from seq2exp_py.kernels import best_match
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.store.batch import Batch, one_hot
from seq2exp_py.store.contents import BASES

CONTACT = "HiC"
VOCABULARY, FIRST_BASE = 12, 7  # of the published character tokenizer: seven special tokens, then A, C, G, T, N


def pool(values: Tensor, resolution: int) -> Tensor:
    """Mean over each token's bases: (B, L, ...) -> (B, L / resolution, ...)."""
    return (
        values
        if resolution == 1
        else values.view(len(values), values.shape[1] // resolution, resolution, *values.shape[2:]).mean(2)
    )


def signals(batch: Batch, config: ModelConfig) -> Tensor:
    """Signals for the layers, (B, T, S): raw (`paper`), or log1p of the values in units of the cell's scale (`corrected`)."""
    pooled = pool(batch.signals, config.resolution)
    return pooled if config.variant == "paper" else torch.log1p(pooled / batch.scale[:, None])


def centre(config: ModelConfig) -> slice:
    """Tokens that overlap the `config.centre` bases around the TSS."""
    first = (config.window - config.centre) // 2
    return slice(first // config.resolution, -(-(first + config.centre) // config.resolution))


def outside(config: ModelConfig) -> Tensor:
    """(T,) bool, whether a token is not of the centre."""
    tokens = torch.ones(config.window // config.resolution, dtype=torch.bool)
    tokens[centre(config)] = False
    return tokens


class SequenceLayer(nn.Module):
    """Bases to tokens: at stem 1 a linear layer on the one-hot base (N gives the bias) and max-pool; else conv, SiLU, max-pool."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.resolution = config.resolution
        self.project: nn.Module = nn.Linear(4, config.d_model)
        if config.stem > 1:
            self.project = nn.Conv1d(4, config.d_model, config.stem, padding="same")
        zero_bias(self.project)

    def forward(self, batch: Batch) -> Tensor:
        """(B, L) bases -> (B, T, d_model)."""
        if isinstance(self.project, nn.Conv1d):
            weight, bias = self.project.weight, self.project.bias
            assert bias is not None
            return best_match(batch.sequence, weight, bias, self.resolution, same=True, silu=True)
        if self.resolution == 1:
            tokens: Tensor = self.project(batch.one_hot())
            return tokens
        # A token's maximum over its bases is the maximum over the kinds of bases in it
        codes = torch.arange(len(BASES), device=batch.sequence.device)
        present = torch.stack([(batch.sequence == code).view(len(batch), -1, self.resolution).any(2) for code in codes], dim=2)
        kinds: Tensor = self.project(one_hot(codes))
        return kinds.masked_fill(~present[..., None], -torch.inf).amax(2)


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


class SignalLayer(nn.Module):
    """Signals to tokens: a linear layer on the pooled signals, (B, T, S) -> (B, T, d_model)."""

    def __init__(self, config: ModelConfig, bias: bool = True):
        super().__init__()
        self.config = config
        self.project = nn.Linear(len(config.tracks), config.d_model, bias=bias)
        zero_bias(self.project)

    def forward(self, batch: Batch) -> Tensor:
        """(B, L, S) signals -> (B, T, d_model)."""
        tokens: Tensor = self.project(signals(batch, self.config))
        return tokens


def zero_bias(layer: nn.Module) -> None:
    """Set the bias to zero (all linear biases of the paper's models start there)."""
    if isinstance(layer, nn.Linear | nn.Conv1d) and layer.bias is not None:
        nn.init.zeros_(layer.bias)
