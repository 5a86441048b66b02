"""Score masks, raw signals, peaks and distance against the causal elements R_ag of a simulated data set.

    planted = truth.load(Path("simulated/truth"), "cellA")  # of tracks.truth
    table = score(planted, windows, {"mask": mask_of, "DNase": dnase_of, "peaks": peaks_of, "distance": distance(windows)})

The area under the precision-recall curve is the step-wise one (average precision, Σ (R_k - R_k-1) P_k over distinct values): no
interpolation, and bases of equal value enter at once, so that the order of ties cannot matter. Guessing scores the prevalence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seq2exp_py.genome import Interval
from seq2exp_py.tracks.truth import Truth

FloatArray = NDArray[np.float64]
Values = Callable[[str], ArrayLike]

LEVELS = ("base", "bin", "element")
SCOPES = ("all", "distal")
CENTRE = 2_000  # bp around the TSS that are the promoter's: left out of the distal scope, as the model's mask is forced to 1 there
BIN = 200  # bp, about a nucleosome: a mask need not be exact to the base to be useful
COLUMNS = ["source", "level", "scope", "auprc", "auprc_by_gene", "prevalence", "positives", "n", "genes"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct values of a score, ascending, with how many places and how many positives have each: all that a curve needs."""

    values: FloatArray
    n: FloatArray
    positives: FloatArray

    @classmethod
    def of(cls, values: ArrayLike, labels: ArrayLike) -> "Counts":
        """Count labels by value; NaN counts as the lowest value. Runs of equal bases are counted as one: tracks are mostly runs."""
        flat, marks = np.asarray(values, dtype=np.float64).ravel(), np.asarray(labels, dtype=np.float64).ravel()
        flat = np.where(np.isnan(flat), -np.inf, flat)
        starts = np.flatnonzero(np.concatenate([[True], (flat[1:] != flat[:-1]) | (marks[1:] != marks[:-1])])[: len(flat)])
        n = np.diff(np.append(starts, len(flat))).astype(np.float64)
        distinct, where = np.unique(flat[starts], return_inverse=True)
        return cls(distinct, _sums(where, n, len(distinct)), _sums(where, n * marks[starts], len(distinct)))

    @classmethod
    def merge(cls, parts: list["Counts"]) -> "Counts":
        """Pool several counts."""
        values = np.concatenate([p.values for p in parts] or [np.zeros(0)])
        distinct, where = np.unique(values, return_inverse=True)
        n, positives = (np.concatenate([getattr(p, k) for p in parts] or [np.zeros(0)]) for k in ("n", "positives"))
        return cls(distinct, _sums(where, n, len(distinct)), _sums(where, positives, len(distinct)))

    def auprc(self) -> float:
        """Average precision; NaN without positives."""
        found = np.cumsum(self.positives[::-1])
        if not len(found) or not found[-1]:
            return float("nan")
        precision = found / np.cumsum(self.n[::-1])
        return float(np.sum(self.positives[::-1] * precision) / found[-1])


def score(
    truth: Truth,
    windows: Mapping[str, Interval],
    values: Mapping[str, Values],
    tss: Mapping[str, int] | None = None,
    levels: tuple[str, ...] = LEVELS,
    bin_size: int = BIN,
    centre: int = CENTRE,
) -> pd.DataFrame:
    """Score sources of a value per base against R_ag in windows around genes.

    Args:
        truth: of the cell that the values are of.
        windows: gene_id → window; a gene that nothing regulates counts too, all of its bases as negatives.
        values: source (`mask`, `DNase`, `peaks`, …) → function of a gene_id that gives values over the gene's window, higher for
            more likely causal: one per base, or one per stretch where the window's width is a multiple of their number.
        tss: gene_id → 0-based TSS; by default the window's base of index width // 2.
        levels: `base`; `bin` (bins of `bin_size` from the window's start: mean value, positive where half or more of it is causal);
            `element` (candidates R_g ∪ R_m in the window: mean value over each, positive where it is causal for the gene).
        bin_size: bp of a bin.
        centre: bp around the TSS that the `distal` scope leaves out (bins and elements by their middle).

    Returns:
        One row per source, level and scope: `auprc` pooled over genes, `auprc_by_gene` (mean of each gene's own, over genes that
        have a positive), `prevalence` (the score of guessing), `positives`, `n` places, `genes`.
    """
    parts: dict[tuple[str, str, str], list[Counts]] = {}
    for gene_id, window in windows.items():
        labels = truth.labels(gene_id, window)
        at = (tss[gene_id] if tss is not None else window.start + window.width // 2) - window.start
        places = {level: _places(level, truth, window, bin_size) for level in levels}
        for source, of in values.items():
            base = expand(of(gene_id), window.width)
            for level, (starts, ends) in places.items():
                found, positive = (
                    (base, labels) if level == "base" else (_means(base, starts, ends), _means(labels, starts, ends) >= 0.5)
                )
                distal = ~(((starts + ends) // 2 >= at - centre // 2) & ((starts + ends) // 2 < at - centre // 2 + centre))
                parts.setdefault((source, level, "all"), []).append(Counts.of(found, positive))
                parts.setdefault((source, level, "distal"), []).append(Counts.of(found[distal], positive[distal]))
    return pd.DataFrame([_row(*key, found) for key, found in parts.items()], columns=COLUMNS)


def distance(windows: Mapping[str, Interval], tss: Mapping[str, int] | None = None) -> Values:
    """The baseline that ranks bases by nearness to the TSS alone: minus the distance in bp."""

    def of(gene_id: str) -> FloatArray:
        window = windows[gene_id]
        at = tss[gene_id] - window.start if tss is not None else window.width // 2
        return np.asarray(-np.abs(np.arange(window.width) - at), dtype=np.float64)

    return of


def expand(values: ArrayLike, width: int) -> FloatArray:
    """Values per base from values per base or per stretch of equal length.

    Raises:
        ValueError: `width` is no multiple of the number of values.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not len(flat) or width % len(flat):
        raise ValueError(f"{len(flat)} values do not tile a window of {width} bases")
    return np.repeat(flat, width // len(flat))


def _places(level: str, truth: Truth, window: Interval, bin_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of the places of a level, from the window's start."""
    if level == "element":
        found = truth.within(window)
        starts, ends = ([getattr(p, side) - window.start for p in found] for side in ("start", "end"))
        return np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    step = 1 if level == "base" else bin_size
    first = np.arange(0, window.width, step, dtype=np.int64)
    return first, np.minimum(first + step, window.width)


def _means(values: NDArray[np.generic], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> FloatArray:
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray((total[ends] - total[starts]) / np.maximum(ends - starts, 1), dtype=np.float64)


def _sums(where: NDArray[np.int64], weights: ArrayLike, length: int) -> FloatArray:
    """Sum of weights by index."""
    return np.asarray(np.bincount(where, np.asarray(weights, dtype=np.float64).ravel(), length), dtype=np.float64)


def _row(source: str, level: str, scope: str, parts: list[Counts]) -> tuple[str, str, str, float, float, float, int, int, int]:
    pooled = Counts.merge(parts)
    own = [p.auprc() for p in parts if p.positives.sum()]
    n, positives = int(pooled.n.sum()), int(pooled.positives.sum())
    by_gene = float(np.mean(own)) if own else float("nan")
    return source, level, scope, pooled.auprc(), by_gene, positives / max(n, 1), positives, n, len(parts)
