"""Scores of element-gene pairs that need no training, all from the run's own tracks: what every mask has to beat."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.evidence.landscape import Landscape, Site
from seq2exp_py.tracks.contacts import power_law

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


def sites(land: Landscape, pairs: pd.DataFrame, rows: npt.NDArray[np.int64]) -> dict[Site, npt.NDArray[np.int64]]:
    """The pairs of each TSS, chromosome by chromosome: that of the store's gene, or the pair's own where the store has none."""
    out: dict[Site, list[int]] = {}
    own: dict[tuple[str, int], Site] = {}
    known: dict[int, Site] = {}
    for i in np.argsort(pairs["chrom"].to_numpy().astype(str), kind="stable"):
        row, chrom, tss = int(rows[i]), str(pairs["chrom"].iloc[i]), int(pairs["tss"].iloc[i])
        if chrom not in land.sizes or not 0 <= tss < land.sizes[chrom]:
            continue
        site = known.get(row) if row >= 0 else own.get((chrom, tss))
        if site is None:
            site = land.site(row) if row >= 0 else land.elsewhere(chrom, tss)
            known[row], own[chrom, tss] = site, site
        out.setdefault(site, []).append(int(i))
    return {site: np.array(found) for site, found in out.items()}


def scores(land: Landscape, pairs: pd.DataFrame) -> dict[str, Floats]:
    """Every control of every pair, at any distance.

    Args:
        land: the cell's activity.
        pairs: chrom, start, end, tss, gene_id, gene_name, distance (bp); one row per pair.

    Returns:
        By name (n,), higher = more likely; NaN on a chromosome that the store lacks: the evidence (as mean mask); activity over
        distance; activity times the power law; nearness; the mean of each track; the share of bases in a peak, where there are any.
    """
    start, end = pairs["start"].to_numpy(np.int64), pairs["end"].to_numpy(np.int64)
    distance = pairs["distance"].to_numpy(np.float64)
    activity, evidence = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
    for site, at in sites(land, pairs, rows_of(pairs, land.store.genes)).items():
        far = int(max(np.abs(start[at] - site.tss).max(), np.abs(end[at] - site.tss).max())) + 1
        found = land.around(site, far).places(start[at], end[at])
        activity[at], evidence[at] = found.activity, found.mask
    return {
        EVIDENCE: evidence,
        OVER_DISTANCE: activity / np.maximum(distance, NEAREST),
        POWER_LAW: activity * power_law(distance),
        DISTANCE: 1 / np.maximum(distance, 1),
        **means(land, pairs["chrom"].to_numpy().astype(str), start, end),
    }


def means(
    land: Landscape, chrom: npt.NDArray[np.str_], start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> Mapping[str, Floats]:
    """Mean of each track of the cell over places, and the share of their bases in a peak."""
    cell = land.cell
    read = {track: (lambda c, t=track: cell.signal(t, c)) for track in cell.tracks}
    if any(name.startswith("peaks/") for name in cell.manifest.files):
        read[PEAKS] = cell.peaks
    out = {name: np.full(len(chrom), np.nan) for name in read}
    for i, (c, a, b) in enumerate(zip(chrom.tolist(), start.tolist(), end.tolist(), strict=True)):
        if c in land.sizes:
            for name, values in read.items():
                track = values(c)
                part = np.zeros(1) if track is None else track[max(a, 0) : b]
                out[name][i] = float(part.mean()) if len(part) else 0.0
    return out
