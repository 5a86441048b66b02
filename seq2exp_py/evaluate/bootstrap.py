"""Bias-corrected and accelerated (BCa) bootstrap intervals (Efron 1987), paired over genes, the same for the same data and seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from seq2exp_py.evaluate.defaults import RESAMPLES

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], Floats]

LEVEL = 0.95
SEED = 2222
CELLS_AT_ONCE = 4_000_000  # weights in memory: 32 MB
JACKKNIFE = 1000  # leave-one-out values above this many items are taken from a random subset: the acceleration is a mean over items


def resampled(n: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Bootstrap weights, (some, n) at a time: how often each of `n` items was drawn."""
    rng = np.random.default_rng(seed)
    at_once = max(1, CELLS_AT_ONCE // max(n, 1))
    for first in range(0, resamples, at_once):
        some = min(at_once, resamples - first)
        drawn = rng.integers(0, n, (some, n)) + np.arange(some)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=some * n).reshape(some, n).astype(np.float64)


def left_out(n: int, seed: int) -> Iterator[Floats]:
    """Jackknife weights, (some, n) at a time: all ones but one item each."""
    items = np.arange(n) if n <= JACKKNIFE else np.sort(np.random.default_rng(seed).choice(n, JACKKNIFE, replace=False))
    at_once = max(1, CELLS_AT_ONCE // max(n, 1))
    for first in range(0, len(items), at_once):
        some = items[first : first + at_once]
        weights = np.ones((len(some), n))
        weights[np.arange(len(some)), some] = 0.0
        yield weights


def bca(statistic: Statistic, n: int, resamples: int = RESAMPLES, seed: int = SEED, level: float = LEVEL) -> tuple[float, float]:
    """The BCa interval of a statistic of weighted items.

    Args:
        statistic: weights (b, n) to values (b,).
        n: number of items.
        resamples: number of bootstrap samples.
        seed: of the resampling.
        level: coverage.

    Returns:
        Lower and upper end; both NaN for fewer than two items.
    """
    return Draws.of(lambda weights: statistic(weights)[:, None], n, resamples, seed).interval(np.ones(1), level)


@dataclass(frozen=True, slots=True)
class Draws:
    """Statistics of the same weighted items on the same resamples, so that they and their differences have intervals.

    Attributes:
        point: (k,) on the items themselves; values: (resamples, k); jackknife: (items left out, k); n: number of items.
    """

    point: Floats
    values: Floats
    jackknife: Floats
    n: int

    @classmethod
    def of(cls, statistics: Statistic, n: int, resamples: int = RESAMPLES, seed: int = SEED) -> "Draws":
        """Resample `n` items for statistics that take weights (b, n) to values (b, k)."""
        point = statistics(np.ones((1, n)))[0]
        if n < 2 or not resamples:
            return cls(point, np.empty((0, len(point))), np.empty((0, len(point))), n)
        values = np.concatenate([statistics(w) for w in resampled(n, resamples, seed)])
        return cls(point, values, np.concatenate([statistics(w) for w in left_out(n, seed)]), n)

    def interval(self, contrast: Floats, level: float = LEVEL) -> tuple[float, float]:
        """The BCa interval of the statistics weighted with `contrast` (k,): one of them, or a difference; NaN if unknown."""
        used = contrast != 0  # another statistic that is NaN does not count
        point, values, jackknife = (x[..., used] @ contrast[used] for x in (self.point, self.values, self.jackknife))
        values = values[np.isfinite(values)]
        if not len(values) or not np.isfinite(point):
            return float("nan"), float("nan")
        if np.ptp(values) == 0:
            return float(point), float(point)
        below = (np.mean(values < point) + np.mean(values <= point)) / 2
        bias = ndtri(np.clip(below, 1 / (len(values) + 1), 1 - 1 / (len(values) + 1)))
        z = bias + ndtri([(1 - level) / 2, (1 + level) / 2])
        acceleration = self._acceleration(jackknife[np.isfinite(jackknife)])
        low, high = np.quantile(values, ndtr(bias + z / (1 - acceleration * z)))
        return float(low), float(high)

    def _acceleration(self, jackknife: Floats) -> float:
        if not len(jackknife):
            return 0.0
        spread = jackknife.mean() - jackknife
        scale = float(np.sum(spread**2)) ** 1.5 * np.sqrt(self.n / len(jackknife))
        return float(np.sum(spread**3)) / (6 * scale) if scale > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of a model minus the control's, with its 95 % interval over genes."""

    value: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def mse(observed: Floats, predicted: Floats) -> Statistic:
    """Weighted mean squared error, averaged over seeds. `observed` (n,), `predicted` (seeds, n)."""
    error = ((predicted - observed) ** 2).mean(axis=0)
    return lambda weights: (weights @ error) / weights.sum(axis=1)


def mae(observed: Floats, predicted: Floats) -> Statistic:
    """Weighted mean absolute error, averaged over seeds. `observed` (n,), `predicted` (seeds, n)."""
    error = np.abs(predicted - observed).mean(axis=0)
    return lambda weights: (weights @ error) / weights.sum(axis=1)


def pearson(observed: Floats, predicted: Floats) -> Statistic:
    """Weighted Pearson correlation, averaged over seeds. `observed` (n,), `predicted` (seeds, n)."""
    x, y = observed - observed.mean(), (predicted - predicted.mean(axis=1, keepdims=True)).T

    def of(weights: Floats) -> Floats:
        total = weights.sum(axis=1, keepdims=True)
        mx, my = (weights @ x)[:, None] / total, weights @ y / total
        cov = weights @ (x[:, None] * y) / total - mx * my
        var = ((weights @ (x**2))[:, None] / total - mx**2) * (weights @ y**2 / total - my**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((cov / np.sqrt(var)).mean(axis=1))

    return of


STATISTICS = {"mse": mse, "mae": mae, "pearson": pearson}


def paired(metric: str, observed: Floats, model: Floats, control: Floats, resamples: int = RESAMPLES) -> Difference:
    """Compare a model with a control on the same genes.

    Args:
        metric: `mse`, `mae` or `pearson`.
        observed: (n,) log10(expression + 1).
        model: (seeds, n) predictions; each gene's error is averaged over seeds, so seeds are no extra samples.
        control: (seeds of the control, n).
        resamples: bootstrap samples over genes.
    """
    ours, theirs = STATISTICS[metric](observed, model), STATISTICS[metric](observed, control)

    def difference(weights: Floats) -> Floats:
        return np.asarray(ours(weights) - theirs(weights))

    value = float(difference(np.ones((1, len(observed))))[0])
    return Difference(value, *bca(difference, len(observed), resamples))
