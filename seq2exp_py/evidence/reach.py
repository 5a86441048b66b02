"""The evidence between places and TSSs far beyond the windows; time and memory grow with the number of pairs alone."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.evidence import formula as f
from seq2exp_py.evidence.defaults import REACH
from seq2exp_py.evidence.genes import CellEvidence, Floats


def activity_of(cell: CellEvidence, chrom: str, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Floats:
    """(n,) mean activity over the bases of places `[start, end)` of a chromosome, each at least 1 bp and on the chromosome."""
    along = cell.along(chrom)
    edges = np.arange(len(along) + 1) * cell.resolution
    summed = np.concatenate([[0.0], np.cumsum(along)]) * cell.resolution
    return np.asarray((np.interp(ends, edges, summed) - np.interp(starts, edges, summed)) / (ends - starts))


def pairs(cell: CellEvidence, chrom: str, starts: NDArray[np.int64], ends: NDArray[np.int64], reach: int = REACH) -> pd.DataFrame:
    """Every place with every TSS of a chromosome whose distance from the place's middle is at most `reach`.

    Args:
        cell: the cell.
        chrom: chromosome.
        starts, ends: (n,) places, 0-based half-open, in any order.
        reach: bp.

    Returns:
        One row per pair, by gene and then by the middle of the place: place (index of `starts`), gene (row of the store's genes),
        distance (bp, at least 0), activity (A, the place's mean), contact (C at its middle), evidence (A C), odds, mask.
    """
    genes = cell.store.genes
    rows = np.flatnonzero((genes.chrom == chrom).to_numpy())
    middles = (starts + ends) // 2
    order = np.argsort(middles, kind="stable")
    tss = genes.tss.to_numpy()[rows]
    first = np.searchsorted(middles[order], tss - reach)
    last = np.searchsorted(middles[order], tss + reach, side="right")
    count = last - first
    gene = np.repeat(rows, count)
    place = order[np.arange(count.sum()) + np.repeat(first - np.r_[0, np.cumsum(count)[:-1]], count)]
    contact = [cell.contact(cell.site(g), middles[order[a:b]]) for g, a, b in zip(rows.tolist(), first, last, strict=True)]
    table = pd.DataFrame({"place": place, "gene": gene, "distance": np.abs(middles[place] - genes.tss.to_numpy()[gene])})
    table["activity"] = activity_of(cell, chrom, starts, ends)[place]
    table["contact"] = np.concatenate([np.empty(0), *contact])
    table["evidence"] = table.activity * table.contact
    odds = f.odds(table.evidence.to_numpy(), cell.totals[gene], cell.cell.crowding[gene], cell.formula)
    return table.assign(odds=odds, mask=f.mean(odds))
