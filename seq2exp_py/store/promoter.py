"""Promoter activity, the ninth feature of a gene: sqrt(H3K27ac x accessibility) in TSS +- 500 bp (ABC model, Fulco 2019).

The accessibility track is DNase, else ATAC. Where a cell has only one of the two tracks, its mean alone is the activity (the
geometric mean of what there is); where it has neither, 0. A gene list of the ABC model (`tracks.gene_list`) gives the
published values instead.

A promoter's strength is what it competes with (`store.crowding`): the evidence's activity of TSS +- 1 kb as one place, over the
mean of all promoters of the cell, so that it does not depend on the unit of a track.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.store import windows
from seq2exp_py.store.contents import TrackInfo
from seq2exp_py.tracks.activity import NEAR, activity, columns

WIDTH = 1000  # bp, TSS +- 500
ACETYLATION = ("H3K27ac",)
ACCESSIBILITY = ("DNase", "ATAC")


Signals = Callable[[str, str], NDArray[np.float32] | None]  # (track, chromosome) -> one value per base; None: 0 all over


def from_signals(signal: Signals, tracks: Sequence[str], sites: Sequence[tuple[str, int]]) -> tuple[NDArray[np.float64], str]:
    """Activity of each gene, and the rule that gave it in words.

    Args:
        signal: the tracks' values.
        tracks: names of the cell's tracks.
        sites: chromosome and TSS of every gene.
    """
    used = [name for names in (ACETYLATION, ACCESSIBILITY) if (name := next((n for n in names if n in tracks), None))]
    if not used:
        return np.zeros(len(sites)), "0: no H3K27ac, DNase or ATAC track"
    levels = np.array([[_mean(signal(name, chrom), tss, WIDTH) for name in used] for chrom, tss in sites]).reshape(-1, len(used))
    rule = f"sqrt({used[0]} x {used[1]})" if len(used) == 2 else used[0]
    return np.maximum(levels, 0).prod(axis=1) ** (1 / len(used)), f"{rule}, means over TSS +- {WIDTH // 2} bp"


def strengths(signal: Signals, tracks: Sequence[TrackInfo], sites: Sequence[tuple[str, int]]) -> NDArray[np.float64]:
    """Strength of each promoter, 1 in the mean; 1 for every gene of a cell without tracks or without an active promoter.

    Args:
        signal: the tracks' values.
        tracks: the cell's tracks; those of `ACTIVITY` count, where there is none of them all.
        sites: chromosome and TSS of every gene.
    """
    used = [tracks[i] for i in columns([t.name for t in tracks])]
    levels = np.array([[_mean(signal(t.name, chrom), tss, 2 * NEAR) for t in used] for chrom, tss in sites])
    background = np.array([(t.level, t.spread) for t in used]).reshape(-1, 2)
    found = activity(levels.reshape(len(sites), len(used)), np.array([t.scale for t in used]), background)
    return found / found.mean() if found.any() else np.ones(len(sites))


def _mean(values: NDArray[np.float32] | None, tss: int, width: int) -> float:
    """Mean over `width` bases around a TSS; 0 beyond the chromosome."""
    out = np.zeros(width, np.float32)
    windows.cut(values, tss - width // 2, out)
    return float(out.mean(dtype=np.float64))
