"""Where elements may lie that no mask was asked about: the cell's peaks, or runs of activity where it has none."""

import numpy as np

from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.genome.intervals import Places, merge, stretches

ACTIVE = 0.1  # least activity of a run, and of a promoter, in units of the cell's scale: a tenth of a strong element's
GAP = 147  # bp; as for elements: closer stretches leave no room for a nucleosome
MIN_WIDTH = 50  # bp, as for elements


def candidates(cell: CellEvidence, chrom: str) -> Places:
    """Places (n, 2) of a chromosome, 0-based half-open, sorted and disjoint: peaks where the cell has any, else runs of activity.

    Blacklisted bases have no activity; a peak that lies on them whole is left out.
    """
    if cell.cell.peaked:
        peaks = cell.cell.peaks(chrom)
        found = np.empty((0, 2), np.int64) if peaks is None else stretches(peaks.astype(bool))
    else:
        found = stretches(cell.along(chrom) >= ACTIVE, cell.resolution)
    found = np.minimum(merge(found, GAP), cell.store.genome.chromosomes[chrom])
    black = cell.store.genome.excluded.get(chrom)
    if black is not None and len(found):
        at = np.clip(np.searchsorted(black[1], found[:, 0], side="right"), 0, len(black[0]) - 1)
        found = found[~((black[0][at] <= found[:, 0]) & (found[:, 1] <= black[1][at]))]
    return found[found[:, 1] - found[:, 0] >= MIN_WIDTH]
