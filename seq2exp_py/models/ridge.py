"""Ridge regression on the features and mean signals: the control that any network must beat."""

from collections.abc import Iterable

import torch
from pydantic import Field
from torch import Tensor

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.table import TableConfig, collect, table
from seq2exp_py.store.batch import Batch

STEADY = 0.05  # a column counts as constant where its deviation is below this share of its mean size
PENALTIES = 10.0 ** torch.arange(-4, 6.01, 0.25, dtype=torch.float64)  # tried where none is given


class Config(TableConfig):
    """`penalty`: weight of the squared coefficients of standardised columns; None = the one of least leave-one-out error."""

    penalty: float | None = Field(None, gt=0)


class Regression(Model):
    """`y = bias + weight . (x - mean) / deviation`, in float64."""

    mean: Tensor
    deviation: Tensor
    weight: Tensor
    bias: Tensor
    penalty: Tensor

    def __init__(self, config: ModelConfig, columns: int, penalty: float | None):
        super().__init__(config)
        self.asked = penalty
        for name, value in (("mean", 0), ("deviation", 1), ("weight", 0)):
            self.register_buffer(name, torch.full((columns,), float(value), dtype=torch.float64))
        self.register_buffer("bias", torch.zeros((), dtype=torch.float64))
        self.register_buffer("penalty", torch.zeros((), dtype=torch.float64))

    def forward(self, batch: Batch) -> Output:
        """Predict."""
        return Output(self.predicted(self.rows(batch)))

    def rows(self, batch: Batch) -> Tensor:
        """(B, columns) float64: what the regression sees of the samples."""
        raise NotImplementedError

    def predicted(self, rows: Tensor) -> Tensor:
        """(B, columns) -> (B,) prediction."""
        return ((rows - self.mean) / self.deviation @ self.weight + self.bias).float()

    def fit(self, batches: Iterable[Batch]) -> None:
        """Solve for the weights in closed form; columns that hardly vary get none.

        Such a column (contacts by the power law alone, say) would be blown up by its tiny deviation, and a gene where it does
        vary would be predicted anything.
        """
        rows, target = collect(batches, self.rows)
        spread = rows.std(0, correction=0)
        deviation = torch.where(spread > STEADY * rows.abs().mean(0), spread, torch.inf)
        mean, bias = rows.mean(0), target.mean()
        weight, penalty = solve((rows - mean) / deviation, target - bias, self.asked)
        for name, value in (("mean", mean), ("deviation", deviation), ("weight", weight), ("bias", bias), ("penalty", penalty)):
            getattr(self, name).copy_(value)


class Network(Regression):
    """The regression on the table."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config, config.columns, config.penalty)

    def rows(self, batch: Batch) -> Tensor:
        """(B, columns) float64 table."""
        return table(batch, self.config)


def solve(x: Tensor, y: Tensor, penalty: float | None) -> tuple[Tensor, Tensor]:
    """Weights of the ridge regression of centred `y` on centred `x`, and the penalty, chosen by leave-one-out error if not given.

    With `x = U S V^T` the fit is `U d U^T y`, `d = S^2 / (S^2 + penalty)`; the error of a left-out sample is its residual over one
    minus its leverage (1/n for the mean, plus `sum_k d_k U_ik^2`).
    """
    left, size, right = torch.linalg.svd(x, full_matrices=False)
    projected = left.T @ y
    choices = PENALTIES if penalty is None else torch.tensor([penalty], dtype=torch.float64)
    shrink = size**2 / (size**2 + choices[:, None])
    residual = y - (shrink * projected) @ left.T
    leverage = 1 / len(y) + shrink @ (left**2).T
    error = (residual / (1 - leverage).clamp(min=1e-9)).square().mean(1)
    best = int(error.argmin())
    weight = right.T @ (size / (size**2 + choices[best]) * projected)
    return weight, choices[best]
