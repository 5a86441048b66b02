"""How well a mask ranks the enhancer-gene pairs that CRISPRi found to matter.

Conventions of the ENCODE distal-regulation benchmark (EngreitzLab/CRISPR_comparison), so that figures can be laid beside published
ones: only valid connections; a pair without a score ranks lowest, it is never dropped; area under the precision-recall curve by
trapezoids over recall without the end point where every pair is called; 95 % BCa bootstrap interval over pairs.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.evaluate.bootstrap import bca
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.tracks.pairs import Pairs
from seq2exp_py.writers.table import rows

LOWEST = 0.0  # score of a pair that the model says nothing about; masks are never below it


def auprc(score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64] | None = None) -> float:
    """Area under the precision-recall curve.

    Args:
        score: (n,), higher = more likely regulated; equal scores are called together.
        positive: (n,), whether the pair is regulated.
        weight: (n,), how often each pair counts (bootstrap); once where None.

    Returns:
        The area by trapezoids over recall, from the first called pairs to the last threshold that leaves a pair out; NaN without
        a positive.
    """
    order = np.argsort(-score, kind="stable")
    weight = np.ones(len(score)) if weight is None else weight
    last_of_ties = np.flatnonzero(np.diff(score[order], append=np.nan) != 0)
    true = np.cumsum(weight[order] * positive[order])[last_of_ties]
    called = np.cumsum(weight[order])[last_of_ties]
    if not len(true) or true[-1] == 0:
        return float("nan")
    with np.errstate(invalid="ignore"):
        precision = true / called
    inside = slice(0, -1) if len(true) > 1 else slice(None)
    seen = called[inside] > 0
    recall, precision = (true / true[-1])[inside][seen], precision[inside][seen]
    return float(np.trapezoid(precision, recall)) if len(recall) > 1 else float(precision[0] * recall[0]) if len(recall) else 0.0


def mask_scores(seeds: Seeds, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Per pair the mean mask of the element's bases in the window of that gene; NaN where the window holds none of them.

    The gene is found by id, else by symbol. The mask is relative to its floor.
    """
    known = seeds.windows()
    by_name = seeds.expression().set_index("gene_name")["gene_id"]
    ids, names = set(known["gene_id"]), by_name[~by_name.index.duplicated()].to_dict()
    gene: list[Any] = [
        g if g in ids else names.get(n) for g, n in zip(pairs.table["gene_id"], pairs.table["gene_name"], strict=True)
    ]
    out = np.full(len(pairs.table), np.nan)
    for gene_id, part in pairs.table.assign(row=np.arange(len(out)), found=gene).groupby("found"):
        if gene_id not in ids:
            continue
        window, mask, _ = seeds.mask(str(gene_id))
        relative = seeds.relative(mask)
        for pair in rows(part):
            first, last = max(pair.start - window.start, 0), min(pair.end - window.start, window.width)
            if pair.chrom == window.chrom and last > first:
                out[pair.row] = relative[first:last].mean()
    return out


def scored(
    pairs: Pairs, scores: Mapping[str, npt.NDArray[np.float64]], inside: npt.NDArray[np.bool_], resamples: int
) -> pd.DataFrame:
    """AUPRC of each score on all pairs and on those inside the windows.

    Args:
        pairs: the pairs.
        scores: per name (n,), NaN where there is none (ranks lowest).
        inside: (n,), whether the pair is within reach of the model.
        resamples: bootstrap resamples over pairs.

    Returns:
        One row per subset × score: subset, score, pairs, positives, auprc, low, high, base (share of positives).
    """
    positive = pairs.table["regulated"].to_numpy(bool)
    out = []
    for subset, chosen in {"all": np.ones(len(positive), bool), "in_window": inside}.items():
        truth = positive[chosen]
        for name, values in scores.items():
            value = np.nan_to_num(values, nan=LOWEST)[chosen]
            low, high = interval(value, truth, resamples)
            area = auprc(value, truth)
            base = float(truth.mean()) if len(truth) else float("nan")
            out.append((subset, name, len(truth), int(truth.sum()), area, low, high, base))
    return pd.DataFrame(out, columns="subset score pairs positives auprc low high base".split())


def interval(value: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], resamples: int) -> tuple[float, float]:
    """95 % BCa interval of the AUPRC over resampled pairs; NaN with fewer than two positives."""
    if truth.sum() < 2:
        return float("nan"), float("nan")
    return bca(lambda w: np.array([auprc(value, truth, one) for one in w]), len(truth), resamples)
