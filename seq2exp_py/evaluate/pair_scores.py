"""Scores of element-gene pairs that CRISPRi tested, against what it found: the model's mask beside what needs no training."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.evaluate.bootstrap import Draws
from seq2exp_py.evaluate.ranking import Ranking, average_precision
from seq2exp_py.genome.intervals import runs

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
RECALL = 0.7  # at which ABC and ENCODE-rE2G state their precision and set their threshold
DISTANCES = {
    "0-5 kb": (0, 5e3),
    "5-20 kb": (5e3, 2e4),
    "20-50 kb": (2e4, 5e4),
    "50-100 kb": (5e4, 1e5),
    "beyond 100 kb": (1e5, np.inf),
}
FIGURES = "subset score pairs positives genes auprc low high precision threshold base".split()
DIFFERENCES = "subset score control pairs positives difference low high".split()
AT_ONCE = 200  # resamples whose weights are laid out by pair at a time
PAIRED = ("all", "in_window", "reach")  # subsets whose scores are compared with each other


@dataclass(frozen=True)
class Scored:
    """Tested pairs with their scores.

    Attributes:
        regulated: (n,) what CRISPRi found. gene: (n,) index of the pair's gene, 0 to the number of genes - 1.
        distance: (n,) bp from the TSS. dataset: (n,) the study it is from.
        inside: (n,) whether the pair is in a window of the model.
        scores: per name (n,), at any distance, higher = more likely; NaN where there is none, which ranks lowest.
    """

    regulated: Bools
    gene: npt.NDArray[np.int64]
    distance: Floats
    dataset: npt.NDArray[np.str_]
    inside: Bools
    scores: Mapping[str, Floats]

    def subsets(self) -> Iterator[tuple[str, "Scored"]]:
        """The pairs by name of a subset.

        all: every pair, those outside the window ranked lowest by every score, since a model cannot reach them; in_window: without
        those; reach: every pair, scored at any distance; then, also at any distance, one for each study and range of distances.
        """
        yield "all", replace(self, scores={k: np.where(self.inside, v, np.nan) for k, v in self.scores.items()})
        yield "in_window", self.only(self.inside)
        yield "reach", self
        for name in sorted(set(self.dataset) - {""}):
            yield name, self.only(self.dataset == name)
        for name, (near, far) in DISTANCES.items():
            yield name, self.only((self.distance >= near) & (self.distance < far))

    def only(self, chosen: Bools) -> "Scored":
        """Some of the pairs."""
        return Scored(
            regulated=self.regulated[chosen],
            gene=np.unique(self.gene[chosen], return_inverse=True)[1],
            distance=self.distance[chosen],
            dataset=self.dataset[chosen],
            inside=self.inside[chosen],
            scores={name: score[chosen] for name, score in self.scores.items()},
        )

    def draws(self, resamples: int) -> Draws:
        """AUPRC of every score on the same resamples of genes: pairs of a gene share its TSS, and are not independent."""
        rankings = [Ranking(score, self.regulated) for score in self.scores.values()]
        genes = int(self.gene.max(initial=-1)) + 1

        def areas(weights: Floats) -> Floats:
            parts = [weights[i : i + AT_ONCE][:, self.gene] for i in range(0, len(weights), AT_ONCE)]
            return np.concatenate([np.column_stack([ranking.areas(part) for ranking in rankings]) for part in parts])

        return Draws.of(areas, genes, resamples)

    def by_gene(self) -> Floats:
        """(genes with both kinds of pair, scores) average precision within each gene."""
        order = np.argsort(self.gene, kind="stable")
        groups = [order[a:b] for a, b in zip(*runs(self.gene[order]), strict=True)]
        mixed = [g for g in groups if 0 < self.regulated[g].sum() < len(g)]
        values = [[average_precision(score[g], self.regulated[g]) for score in self.scores.values()] for g in mixed]
        return np.asarray(values, np.float64).reshape(len(mixed), len(self.scores))


def figures(scored: Scored, resamples: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """AUPRC of every score on every subset with its 95 % BCa interval over genes, and the differences between scores.

    Args:
        scored: the pairs. Differences are taken of the first two scores (the mask, the evidence) to every later one.
        resamples: bootstrap samples over genes.

    Returns:
        One row per subset × score (`FIGURES`; `precision` at 70 % recall, with the score that gives it as `threshold`; `base` the
        share of regulated pairs; the subset `within_gene` holds mean average precision over genes), and one per compared pair of
        scores (`DIFFERENCES`).
    """
    rows: list[tuple[object, ...]] = []
    differences: list[tuple[object, ...]] = []
    for subset, part in scored.subsets():
        n, positives = len(part.regulated), int(part.regulated.sum())
        draws = part.draws(resamples if positives > 1 else 0) if n else None
        genes, base = len(np.unique(part.gene)), positives / n if n else float("nan")
        for i, (name, score) in enumerate(part.scores.items()):
            known = draws is not None and positives
            low, high = interval(draws, i) if draws is not None and positives > 1 else (np.nan, np.nan)
            precision, threshold = Ranking(score, part.regulated).precision_at(RECALL)
            area = draws.point[i] if draws is not None and known else np.nan
            rows.append((subset, name, n, positives, genes, area, low, high, precision, threshold, base))
        if draws is not None and positives > 1 and subset in PAIRED:
            differences += ((subset, *row[:2], n, positives, *row[2:]) for row in compared(draws, list(part.scores)))
    inside = scored.only(scored.inside)
    rows += within_gene(inside, resamples)
    return pd.DataFrame(rows, columns=FIGURES), pd.DataFrame(differences, columns=DIFFERENCES)


def interval(draws: Draws, one: int, other: int | None = None) -> tuple[float, float]:
    """Of a statistic, or of its difference to another."""
    contrast = np.zeros(len(draws.point))
    contrast[one] += 1
    if other is not None:
        contrast[other] -= 1
    return draws.interval(contrast)


def compared(draws: Draws, names: Sequence[str]) -> Iterator[tuple[str, str, float, float, float]]:
    """Score, control, difference of their areas and its interval: of the first two scores to each later one."""
    for one in range(min(2, len(names))):
        for other in range(one + 1, len(names)):
            yield names[one], names[other], float(draws.point[one] - draws.point[other]), *interval(draws, one, other)


def within_gene(scored: Scored, resamples: int) -> list[tuple[object, ...]]:
    """Rows of `FIGURES`: the mean over genes of the average precision of the pairs in the gene's window."""
    values = scored.by_gene()
    if not len(values):
        return []
    known = np.isfinite(values).all(axis=1)
    draws = Draws.of(lambda w: w @ values[known] / w.sum(axis=1, keepdims=True), int(known.sum()), resamples)
    n, positives = len(scored.regulated), int(scored.regulated.sum())
    return [
        ("within_gene", name, n, positives, len(values), draws.point[i], *interval(draws, i), np.nan, np.nan, np.nan)
        for i, name in enumerate(scored.scores)
    ]
