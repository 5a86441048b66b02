"""What else is known about a stretch of the genome in a cell: near a TSS, in a peak, high in a signal."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2exp_py.genome import Interval
from seq2exp_py.store import Store
from seq2exp_py.store.read import CellStore

PROMOTER = 1000  # bp on either side of a TSS: the stretch that Seq2Exp forces into the mask
OPEN = ("DNase", "ATAC")  # tracks that measure accessibility


@dataclass(frozen=True)
class Evidence:
    """Where the promoters, peaks and signals of a cell are.

    Attributes:
        cell: the cell store.
        sizes: length of every chromosome in bp.
        tss: sorted TSS (0-based) of all genes of the genome store by chromosome.
        peaked: whether the cell has peaks at all.
        high: per track the value that 1 % of the cell's bases exceed (the store's p99).
    """

    cell: CellStore
    sizes: dict[str, int]
    tss: dict[str, npt.NDArray[np.int64]]
    peaked: bool
    high: dict[str, float]

    @classmethod
    def of(cls, store: Store) -> "Evidence":
        """Evidence of the first cell of a store."""
        cell = store.cell_stores[0]
        tss = {str(chrom): np.sort(part.to_numpy(np.int64)) for chrom, part in store.genes.groupby("chrom")["tss"]}
        return cls(cell, dict(store.genome.chromosomes), tss, cell.peaked, {t.name: t.p99 for t in cell.manifest.tracks})

    def kind(self, where: Interval) -> str:
        """The class of an interval; the first that fits of

        promoter: overlaps the 2 kb around any TSS; DNase: overlaps a peak, or its mean DNase or ATAC is above the cell's p99;
        H3K27ac: its mean H3K27ac is above the cell's p99; none.
        """
        if self.near_tss(where):
            return "promoter"
        if self.in_peak(where) == "yes" or any(self.above(track, where) for track in OPEN):
            return "DNase"
        return "H3K27ac" if self.above("H3K27ac", where) else "none"

    def near_tss(self, where: Interval) -> bool:
        """Whether the interval overlaps `[tss - 1000, tss + 1000)` of any gene."""
        tss = self.tss.get(where.chrom)
        if tss is None:
            return False
        first, last = np.searchsorted(tss, [where.start - PROMOTER + 1, where.end + PROMOTER])
        return bool(last > first)

    def in_peak(self, where: Interval) -> str:
        """`yes` where a base is in a peak, `no` where none is, `unknown` where the cell has no peaks."""
        if not self.peaked:
            return "unknown"
        peaks = np.empty(where.width, bool)
        self.cell.read_peaks(where.chrom, where.start, peaks)
        return "yes" if peaks.any() else "no"

    def above(self, track: str, where: Interval) -> bool:
        """Whether the mean of a track over the interval is above the value that 1 % of the cell's bases exceed."""
        if track not in self.high:
            return False
        signal = np.empty(where.width, np.float32)
        self.cell.read_signal(track, where.chrom, where.start, signal)
        return bool(signal.mean() > self.high[track])
