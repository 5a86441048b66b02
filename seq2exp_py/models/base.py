"""What a network gives back, and what every network is; `parts.fitted` has what is fitted to a table."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.parts.inputs import outside
from seq2exp_py.models.parts.published_names import MAMBA, Names
from seq2exp_py.store.batch import Batch

KEPT = 0.5  # a base counts as kept from this mask on


@dataclass(frozen=True, slots=True)
class Output:
    """Prediction of `B` samples; `T = L / resolution` is the number of tokens of a window.

    Attributes:
        expression: (B,) predicted log10(expression + 1).
        mask: (B, T) float32 in [0, 1], the value that multiplied each token (in evaluation: its mean); None without a mask.
        sd: (B, T) standard deviation of the mask's distribution, 0 where blacklisted; None without a distribution.
        regulariser: scalar that training adds to the task loss (the weighted KL); None without one.
        excess: scalar with gradient, mask ratio minus the ratio asked for; training holds it at zero; None where not constrained.
        free: (B, T) mean of the mask's distribution, before a threshold and before the centre is forced, 0 where blacklisted; None
            where the mask has no other value than `mask`.
    """

    expression: Tensor
    mask: Tensor | None = None
    sd: Tensor | None = None
    regulariser: Tensor | None = None
    excess: Tensor | None = None
    free: Tensor | None = None

    @property
    def graded(self) -> Tensor | None:
        """(B, T) what ranks bases: a mask of 0 and 1, or a forced centre, treats bases alike that `free` tells apart."""
        return self.mask if self.free is None else self.free


class Model(nn.Module):
    """Base of all models: `config` says what it is, `forward(batch)` predicts.

    Attributes:
        names: what published checkpoints of its kind call its parameters.
    """

    names: ClassVar[Names] = MAMBA

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config

    @property
    def device(self) -> torch.device:
        """Where its weights lie; the CPU for a fitted model without any."""
        return next((tensor.device for tensor in (*self.parameters(), *self.buffers())), torch.device("cpu"))

    @property
    def resolution(self) -> int:
        """Bases per token, i.e. per value of the mask."""
        return self.config.resolution

    def forward(self, batch: Batch) -> Output:
        """Predict; the mask is sampled in training mode and comes from its mean in evaluation mode."""
        raise NotImplementedError

    def settle(self, batches: Iterable[Batch]) -> None:
        """Set, from training windows that it may look at, what is fixed before training; most models have nothing of the kind."""

    def ratio(self, output: Output) -> Tensor:
        """(B,) float32 mask ratio of each sample, NaN without a mask.

        It is the share of the tokens outside the centre with a mask of at least 0.5; the mean mask where signals are added.
        """
        if output.mask is None:
            return torch.full_like(output.expression, math.nan, dtype=torch.float32)
        if getattr(self.config, "signals", None) == "sum":
            return output.mask.float().mean(1)
        return (output.mask[:, outside(self.config).to(output.mask.device)] >= KEPT).float().mean(1)

    def start_at(self, mean: float) -> None:
        """Begin training at a constant prediction, the mean target of the training genes; a model without a head ignores it."""
        for part in self.modules():
            if isinstance(part, Head):
                part.start_at(mean)


@runtime_checkable
class OneStep(Protocol):
    """A model without gradient training (`evidence`): `training` calls `fit` once with every training batch, in order."""

    def fit(self, batches: Iterable[Batch]) -> None:
        """Estimate the parameters, which `state_dict()` holds from then on and `load_state_dict()` of a fresh model accepts."""
