"""Peaks of a cell: those that its store has, else the runs of its accessibility above what the empty genome shows."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome.intervals import merge, stretches
from seq2exp_py.store import sparse
from seq2exp_py.store.read import CellStore

ACCESSIBILITY = ("DNase", "ATAC")  # the track whose highest base is a peak's summit; else the cell's first track
ABOVE = 5.0  # sd of the track's empty genome (`tracks.scale`) above its level from which a base may belong to a peak
SHORTEST = 50  # bp of a run


class Peaks(NamedTuple):
    """Peaks of one cell on one chromosome, sorted: 0-based half-open `starts`, `ends`, and the base `summits` of each."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    summits: NDArray[np.int64]


def accessibility(cell: CellStore) -> str | None:
    """Name of the track that says how open the cell's chromatin is; None where it has no track."""
    return next((name for name in (*ACCESSIBILITY, *cell.tracks) if name in cell.tracks), None)


class Source:
    """Where the peaks of a cell come from.

    Raises:
        InputError: the cell has neither peaks nor a track.
    """

    def __init__(self, cell: CellStore):
        self.cell, self.track = cell, accessibility(cell)
        self.called = cell.peaked
        if not self.called and self.track is None:
            raise InputError(
                f"{cell.folder}: cell {cell.name} has neither peaks nor a track to find them in; add one to its samplesheet"
            )
        self.least = 0.0 if self.called else self._level()

    def signal(self, chrom: str) -> NDArray[np.float32] | None:
        """Accessibility over a chromosome, raw; None where there is none."""
        return self.cell.signal(self.track, chrom) if self.track else None

    def scale(self) -> float:
        """What raw accessibility is divided by to mean the same in every cell."""
        return next((t.scale for t in self.cell.manifest.tracks if t.name == self.track), 1.0)

    def peaks(self, chrom: str) -> Peaks:
        """The peaks on a chromosome."""
        starts, ends = self._runs(chrom)
        signal = self.signal(chrom)
        middles = (starts + ends) // 2
        if signal is None:
            return Peaks(starts, ends, middles)
        highest = [_summit(signal[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        return Peaks(starts, ends, starts + np.array(highest, np.int64))

    def _runs(self, chrom: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        values = self.cell.peaks(chrom) if self.called else self.signal(chrom)
        if values is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        found = merge(np.concatenate([stretches(values[a:b] > self.least) + a for a, b in sparse.spans(len(values))]))
        wide = found if self.called else found[found[:, 1] - found[:, 0] >= SHORTEST]
        return wide[:, 0], wide[:, 1]

    def _level(self) -> float:
        """The value that marks peaks."""
        level, spread = next((t.level, t.spread) for t in self.cell.manifest.tracks if t.name == self.track)
        return level + ABOVE * spread


def _summit(values: NDArray[np.float32]) -> int:
    """Index of the middle one of the highest values: a track of reads is flat on top."""
    top = np.flatnonzero(values == values.max())
    return int(top[len(top) // 2])
