"""How well numbers agree with others, for training and evaluation alike."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True, slots=True)
class Scores:
    """Agreement of predicted with observed log10(expression + 1) over n genes.

    Attributes:
        n: genes; mse, mae: mean squared and absolute error; pearson, spearman: correlations, NaN for a constant prediction.
        r2: 1 - squared error / squared deviation from the split's own mean (the coefficient of determination, not pearson²).
    """

    n: int
    mse: float
    mae: float
    pearson: float
    spearman: float
    r2: float


def score(observed: npt.ArrayLike, predicted: npt.ArrayLike) -> Scores:
    """Score predictions of n genes, both (n,) in log10(expression + 1); genes without an observed value do not count."""
    x, y = np.asarray(observed, np.float64), np.asarray(predicted, np.float64)
    x, y = x[np.isfinite(x)], y[np.isfinite(x)]
    if not len(x):
        return Scores(0, *[float("nan")] * 5)
    error = y - x
    spread = float(((x - x.mean()) ** 2).mean())
    mse = float((error**2).mean())
    r2 = 1 - mse / spread if spread > 0 else float("nan")
    spearman = correlation(ranks(x), ranks(y))
    return Scores(len(x), mse, float(np.abs(error).mean()), correlation(x, y), spearman, r2)


def correlation(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Pearson's r; NaN where one of the two is constant."""
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 1e-12 * len(x) else float("nan")


def ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The rank of each value from 1, equal ones sharing the mean of theirs."""
    return np.asarray(pd.Series(values).rank(), np.float64)
