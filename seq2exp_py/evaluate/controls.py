"""Scores of element-gene pairs that need no training, all from the run's own tracks: what every mask has to beat."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.evidence import formula
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.evidence.places import between
from seq2exp_py.tracks.contacts import power_law
from seq2exp_py.writers.table import rows

Floats = npt.NDArray[np.float64]
NEAREST = 500  # bp below which nearness rises no further
EVIDENCE, OVER_DISTANCE, POWER_LAW, DISTANCE, PEAKS = "evidence", "A/d", "A*powerlaw", "distance", "peaks"


def rows_of(pairs: pd.DataFrame, genes: pd.DataFrame) -> npt.NDArray[np.int64]:
    """(n,) row of each pair's gene in the genome store, by id, else by symbol, on the pair's chromosome; -1 where it has none."""
    by_id = {gene: row for row, gene in enumerate(genes["gene_id"].astype(str).str.split(".").str[0])}
    by_name = {name: row for row, name in reversed(list(enumerate(genes["gene_name"])))}
    found = [by_id.get(g, by_name.get(n, -1)) for g, n in zip(pairs["gene_id"], pairs["gene_name"], strict=True)]
    chrom = genes["chrom"].to_numpy()
    return np.array([r if r >= 0 and chrom[r] == c else -1 for r, c in zip(found, pairs["chrom"], strict=True)], np.int64)


def scores(cell: CellEvidence, pairs: pd.DataFrame) -> dict[str, Floats]:
    """Every control of every pair, at any distance.

    Args:
        cell: the evidence of the cell.
        pairs: chrom, start, end, tss, gene_id, gene_name, distance (bp); one row per pair.

    Returns:
        By name (n,), higher = more likely; NaN on a chromosome that the store lacks: the evidence (its mask); activity over
        distance; activity times the power law; nearness; the mean of each track; the share of bases in a peak, where there are any.
    """
    distance = pairs["distance"].to_numpy(np.float64)
    found = by_evidence(cell, pairs)
    activity, strength = (found[c].to_numpy(np.float64) for c in ("activity", "strength"))
    return {
        EVIDENCE: formula.mean(strength / cell.formula.tau),
        OVER_DISTANCE: activity / np.maximum(distance, NEAREST),
        POWER_LAW: activity * power_law(distance),
        DISTANCE: 1 / np.maximum(distance, 1),
        **means(cell, pairs),
    }


def strengths(cell: CellEvidence, pairs: pd.DataFrame) -> Floats:
    """(n,) strength of every pair (`evidence.places`), at any distance; NaN on a chromosome that the store lacks."""
    return by_evidence(cell, pairs)["strength"].to_numpy(np.float64)


def by_evidence(cell: CellEvidence, pairs: pd.DataFrame) -> pd.DataFrame:
    """`evidence.places.between` of each pair, at the store's TSS, else at the pair's own; NaN on a chromosome the store lacks."""
    rows = rows_of(pairs, cell.store.genes)
    table = pairs.assign(key=np.where(rows >= 0, rows, -1 - pairs["tss"]))
    parts = []
    for chrom, part in table[table["chrom"].isin(cell.store.genome.chromosomes)].groupby("chrom"):
        keys, which = np.unique(part["key"].to_numpy(np.int64), return_inverse=True)
        sites = [cell.site(key) if key >= 0 else cell.elsewhere(str(chrom), -1 - key) for key in keys.tolist()]
        totals = np.array([cell.window(site).total for site in sites])
        start, end = part["start"].to_numpy(np.int64), part["end"].to_numpy(np.int64)
        parts.append(between(cell, str(chrom), start, end, sites, which, totals).set_index(part.index))
    found = pd.concat(parts) if parts else pd.DataFrame(columns=["activity", "strength"], dtype=np.float64)
    return found.reindex(pairs.index)


def means(cell: CellEvidence, pairs: pd.DataFrame) -> dict[str, Floats]:
    """Mean of each track over the pairs' places, and the share of their bases in a peak."""
    read: dict[str, Callable[[str], npt.NDArray[Any] | None]] = {
        track: partial(cell.cell.signal, track) for track in cell.cell.tracks
    }
    if cell.cell.peaked:
        read[PEAKS] = cell.cell.peaks
    out = {name: np.full(len(pairs), np.nan) for name in read}
    for i, pair in enumerate(rows(pairs)):
        if pair.chrom in cell.store.genome.chromosomes:
            for name, values in read.items():
                track = values(pair.chrom)
                part = np.zeros(1) if track is None else track[max(pair.start, 0) : pair.end]
                out[name][i] = float(part.mean()) if len(part) else 0.0
    return out
