"""The precision-recall curve of a ranking, for many resamples at once, by the ENCODE distal-regulation benchmark's conventions.

Equal scores are called together; the area is by trapezoids over recall, without the end point at which everything is called
(EngreitzLab/CRISPR_comparison), so that figures can be laid beside published ones.
"""

import numpy as np
import numpy.typing as npt

from seq2exp_py.genome.intervals import runs

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
CELLS_AT_ONCE = 200_000  # weights in memory at a time: with the curve's temporaries they stay in the cache


class Ranking:
    """A score and the truth of n items, sorted once.

    Args:
        score: (n,), higher = more likely positive; NaN ranks lowest.
        positive: (n,).
    """

    def __init__(self, score: Floats, positive: Bools):
        score = np.where(np.isnan(score), -np.inf, score)
        self.order = np.argsort(-score, kind="stable")
        ordered = score[self.order]
        self.score = ordered[self._ends(ordered)]
        self.ends, self.positive = self._ends(ordered), positive[self.order].astype(np.float64)

    @staticmethod
    def _ends(ordered: Floats) -> npt.NDArray[np.int64]:
        """Index of the last of each run of equal scores."""
        return runs(ordered)[1] - 1

    def curve(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Recall, precision (0 where nothing is called yet) and the weight that is called, each (b, thresholds)."""
        weights = weights[:, self.order]
        called = np.cumsum(weights, axis=1)[:, self.ends]
        true = np.cumsum(weights * self.positive, axis=1)[:, self.ends]
        with np.errstate(invalid="ignore", divide="ignore"):
            return true / true[:, -1:], np.where(called > 0, true / called, 0.0), called

    def areas(self, weights: Floats) -> Floats:
        """(b, n) weights, how often each item counts -> (b,) areas; NaN without a positive."""
        at_once = max(1, CELLS_AT_ONCE // max(weights.shape[1], 1))
        parts = [self._areas(weights[i : i + at_once]) for i in range(0, len(weights), at_once)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _areas(self, weights: Floats) -> Floats:
        if not len(self.ends):
            return np.full(len(weights), np.nan)
        recall, precision, called = self.curve(weights)
        unknown = np.isnan(recall[:, -1])
        if len(self.ends) > 1:
            recall, precision, called = recall[:, :-1], precision[:, :-1], called[:, :-1]
        seen = called > 0
        steps = np.diff(recall, axis=1) * (precision[:, 1:] + precision[:, :-1]) / 2 * seen[:, :-1]
        alone = seen.sum(axis=1) == 1  # a single threshold: the rectangle below it
        area = np.where(alone, precision[:, -1] * recall[:, -1], steps.sum(axis=1))
        return np.where(unknown, np.nan, area)

    def precision_at(self, recall: float) -> tuple[float, float]:
        """Precision and score at the highest threshold that finds this share of the positives; NaN without a positive."""
        if not self.positive.any():
            return float("nan"), float("nan")
        found, precision, _ = self.curve(np.ones((1, len(self.positive))))
        at = int(np.argmax(found[0] >= recall - 1e-12))
        return float(precision[0, at]), float(self.score[at])


def auprc(score: Floats, positive: Bools, weight: Floats | None = None) -> float:
    """Area under the precision-recall curve of n items, each counted `weight` times (once where None); NaN without a positive."""
    weights = np.ones((1, len(score))) if weight is None else np.asarray(weight, np.float64)[None]
    return float(Ranking(np.asarray(score, np.float64), np.asarray(positive, bool)).areas(weights)[0])


def average_precision(score: Floats, positive: Bools) -> float:
    """The step-wise area (mean precision over the positives, equal scores called together); NaN without a positive."""
    ranking = Ranking(score, positive)
    if not positive.any():
        return float("nan")
    recall, precision, _ = ranking.curve(np.ones((1, len(score))))
    return float(np.sum(np.diff(recall[0], prepend=0.0) * precision[0]))
