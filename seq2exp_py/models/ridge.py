"""Ridge regression on the features and mean signals: the control that any network must beat."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import Field

from seq2exp_py.models.parts.fitted import Fitted
from seq2exp_py.models.parts.table import Floats, TableConfig

STEADY = 0.05  # a column counts as constant where its deviation is below this share of its mean size
PENALTIES = 10.0 ** np.arange(-4, 6.01, 0.25)  # tried where none is given


class Config(TableConfig):
    """`penalty`: weight of the squared coefficients of standardised columns; None = the one of least leave-one-out error."""

    penalty: float | None = Field(None, gt=0)


class Network(Fitted):
    """The regression on the table."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config, blank(config.columns))

    def fit(self, rows: Floats, target: Floats) -> None:
        """Solve for the weights in closed form."""
        self.values = regress(rows, target, self.config.penalty)

    def predict(self, rows: Floats) -> Floats:
        """(n, columns) table -> (n,) prediction."""
        found: Floats = predicted(rows, self.values)
        return found


def blank(columns: int) -> dict[str, Floats]:
    """A regression that predicts 0: what `regress` gives, by name."""
    zero = np.zeros(columns)
    return {"mean": zero, "deviation": np.ones(columns), "weight": zero, "bias": np.zeros(()), "penalty": np.zeros(())}


def predicted(rows: Any, values: Mapping[str, Any]) -> Any:
    """`bias + weight . (x - mean) / deviation` of (n, columns) rows, in arrays or in tensors."""
    return (rows - values["mean"]) / values["deviation"] @ values["weight"] + values["bias"]


def regress(rows: Floats, target: Floats, penalty: float | None) -> dict[str, Floats]:
    """Mean, deviation and weight of the columns, bias and penalty, in float64; columns that hardly vary get no weight.

    Such a column (contacts by the power law alone, say) would be blown up by its tiny deviation, and a gene where it does
    vary would be predicted anything.
    """
    spread = rows.std(0)
    deviation = np.where(spread > STEADY * np.abs(rows).mean(0), spread, np.inf)
    mean, bias = rows.mean(0), np.asarray(target.mean())
    weight, chosen = solve((rows - mean) / deviation, target - bias, penalty)
    return {"mean": mean, "deviation": deviation, "weight": weight, "bias": bias, "penalty": np.asarray(chosen)}


def solve(x: Floats, y: Floats, penalty: float | None) -> tuple[Floats, float]:
    """Weights of the ridge regression of centred `y` on centred `x`, and the penalty, chosen by leave-one-out error if not given.

    With `x = U S V^T` the fit is `U d U^T y`, `d = S^2 / (S^2 + penalty)`; the error of a left-out sample is its residual over one
    minus its leverage (1/n for the mean, plus `sum_k d_k U_ik^2`).
    """
    left, size, right = np.linalg.svd(x, full_matrices=False)
    projected = left.T @ y
    choices = PENALTIES if penalty is None else np.array([penalty])
    shrink = size**2 / (size**2 + choices[:, None])
    residual = y - (shrink * projected) @ left.T
    leverage = 1 / len(y) + shrink @ (left**2).T
    error = ((residual / (1 - leverage).clip(min=1e-9)) ** 2).mean(1)
    best = float(choices[error.argmin()])
    return right.T @ (size / (size**2 + best) * projected), best
