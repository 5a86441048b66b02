"""The closed form: the mask by the signals (and by P), nothing trained; the control that every trained mask must beat.

A gene's expression is predicted by a ridge regression on the table of `ridge` and the logarithm of the gene's total evidence.
"""

from collections.abc import Iterable
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from seq2exp_py.evidence import formula as f
from seq2exp_py.models import ridge
from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.mask import MaskBeta, allowed, force
from seq2exp_py.models.parts.mask_config import PRESETS, MaskConfig
from seq2exp_py.models.parts.mask_head import ProductHead
from seq2exp_py.models.parts.table import TableConfig, collect, table
from seq2exp_py.store.batch import Batch

__all__ = ["PRESETS", "Config", "Network"]


class Config(MaskConfig):
    """Of a mask's fields those of the evidence, `mask_ratio`, `sequence`, `tss_gate`, `certainty` and `cap` act here.

    Attributes:
        sequence: nothing is learned here, so there is no generator. penalty: as in `ridge`.
    """

    sequence: Literal["pretrained", "none"] = "none"
    penalty: float | None = Field(None, gt=0)

    @property
    def table(self) -> TableConfig:
        """Settings of the table beside the evidence."""
        return TableConfig.model_validate({name: getattr(self, name) for name in ModelConfig.model_fields})


class Network(Model):
    """The head of Seq2Exp without a generator, and a ridge regression, whose values are buffers."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.table, self.mask_head = config.table, ProductHead(config)
        self.mask_head.requires_grad_(False)
        for name, value in ridge.blank(self.table.columns + 1).items():
            self.register_buffer(name, torch.tensor(value))

    def forward(self, batch: Batch) -> Output:
        """Predict; the mask is the mean of its Beta, and nothing is drawn."""
        distribution: MaskBeta = self.mask_head(None, batch)
        free, sd = (allowed(x, batch, self.config) for x in (distribution.mean(), distribution.sd()))
        expression = ridge.predicted(self.rows(batch), dict(self.named_buffers(recurse=False))).float()
        return Output(expression, force(free, batch, self.config), sd, free=free)

    @torch.no_grad()
    def rows(self, batch: Batch) -> Tensor:
        """(B, columns) float64: the table, and the logarithm of the total evidence."""
        evidence, distance = self.mask_head.odds.evidence(batch)
        total = f.total(evidence, distance, self.mask_head.config)
        known = torch.from_numpy(table(batch.arrays(), self.table)).to(total.device)
        return torch.cat([known, total.log().double()[:, None]], 1)

    def fit(self, batches: Iterable[Batch]) -> None:
        """Solve for the regression in closed form."""
        parts = ((self.rows(batch).numpy(force=True), batch.target.numpy(force=True)) for batch in batches)
        for name, value in ridge.regress(*collect(parts), self.config.penalty).items():
            getattr(self, name).copy_(torch.from_numpy(value))

    def settle(self, batches: Iterable[Batch]) -> None:
        """Set the scale of the odds."""
        self.mask_head.settle(batches)
