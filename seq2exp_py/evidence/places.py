"""What the evidence says of chosen places for chosen genes, at any distance: one row per place and gene."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.evidence import formula as f
from seq2exp_py.evidence.genes import CellEvidence, Floats, Site
from seq2exp_py.evidence.reach import activity_of
from seq2exp_py.genome.intervals import runs

Places = NDArray[np.int64]


def between(
    cell: CellEvidence, chrom: str, starts: Places, ends: Places, sites: Sequence[Site], which: Places, totals: Floats
) -> pd.DataFrame:
    """The evidence between places and TSSs of one chromosome.

    Args:
        cell: the cell.
        chrom: chromosome of all.
        starts, ends: (n,) places, 0-based half-open.
        sites: TSSs.
        which: (n,) index into `sites`: the TSS that each place is asked for.
        totals: Z of each of the sites.

    Returns:
        One row per place: distance (bp from the TSS to its middle), activity (A, its mean), contact (C at its middle), evidence
        (A C), share (of the gene's total in its window), strength (s_g E / Z, the odds at tau 1).
    """
    middles = (starts + ends) // 2
    contact = np.empty(len(starts))
    order = np.argsort(which, kind="stable")
    for first, last in zip(*runs(which[order]), strict=True):
        own = order[first:last]
        contact[own] = cell.contact(sites[which[own[0]]], middles[own])
    activity = activity_of(cell, chrom, starts, ends) if len(starts) else np.empty(0)
    evidence, total = activity * contact, totals[which]
    crowding = np.array([site.crowding for site in sites])[which]
    return pd.DataFrame(
        {
            "distance": np.abs(middles - np.array([site.tss for site in sites], np.int64)[which]),
            "activity": activity,
            "contact": contact,
            "evidence": evidence,
            "crowding": crowding,
            "share": evidence * (ends - starts) / (total * 2 * cell.half * cell.resolution),
            "strength": f.odds(evidence, total, crowding, cell.formula) * cell.formula.tau,
        }
    )
