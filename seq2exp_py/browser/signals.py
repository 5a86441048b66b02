"""The signals, peaks and expression of a cell store as tracks that browsers read."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.genome.intervals import runs, stretches
from seq2exp_py.progress import counted
from seq2exp_py.store.read import CellStore
from seq2exp_py.store.sequence import SequenceStore
from seq2exp_py.writers.bigbed import REGIONS, write_bigbed
from seq2exp_py.writers.bigwig import bigwig
from seq2exp_py.writers.table import rows

Floats = npt.NDArray[np.float32]
CHUNK = 1 << 20  # bases in memory
BAR = 500  # bp on either side of a TSS that a bar of expression covers


def relative(scale: float) -> Callable[[Floats], Floats]:
    """A function that maps a signal to the 0 to 1 of the mask: signal / scale, at most 1, in steps of 0.01 that pack well."""

    def mapped(values: Floats) -> Floats:
        share: Floats = np.round(np.clip(values / np.float32(scale or 1.0), 0, 1), 2)
        return share

    return mapped


def write_signal(
    cell: CellStore, track: str, sizes: Mapping[str, int], path: Path, change: Callable[[Floats], Floats] | None = None
) -> None:
    """Stream one signal of a cell store into a bigWig.

    Args:
        cell: cell store; track: name of the signal.
        sizes: length of every chromosome in bp.
        path: file to write.
        change: applied to each stretch of values.
    """
    with bigwig(path, sizes) as out:
        for chrom in counted(sorted(sizes), f"{cell.name} {track}"):
            values = cell.signal(track, chrom)
            for start in range(0, sizes[chrom] if values is not None else 0, CHUNK):
                part = np.asarray(values[start : start + CHUNK], np.float32) if values is not None else np.zeros(0, np.float32)
                out.add(chrom, start, change(part) if change else part)


def write_sequence(sequence: SequenceStore, cell: str, path: Path) -> None:
    """Write P(open in this cell) by the sequence alone as a bigWig, in steps of 0.01 that pack well; no value where not known."""
    sizes = sequence.manifest.genome.chromosomes
    with bigwig(path, sizes) as out:
        for chrom in counted(sorted(sizes), f"{cell} sequence"):
            stored = sequence.probability(cell, chrom)
            values = np.zeros(0, np.float32) if stored is None else np.round(stored.astype(np.float32), 2).astype(np.float32)
            for start, end in zip(*runs(np.isnan(values)), strict=True):
                for first in range(start, end, CHUNK // sequence.step):
                    part = values[first : min(first + CHUNK // sequence.step, end)].repeat(sequence.step)
                    at = first * sequence.step
                    if not np.isnan(part[0]):
                        out.add(chrom, at, part[: sizes[chrom] - at])


def write_peaks(cell: CellStore, sizes: Mapping[str, int], path: Path) -> bool:
    """Write the peaks of a cell store as a bigBed 4 (rtracklayer cannot read 3 fields); False, and no file, where it has none."""
    found = []
    for chrom in sorted(sizes):
        flags = cell.peaks(chrom)
        if flags is not None:
            found += [(chrom, start, end, ".") for start, end in stretches(flags.astype(bool)).tolist()]
    write_bigbed(path, found, sizes, REGIONS, 4)
    return bool(found)


def write_bars(genes: pd.DataFrame, column: str, sizes: Mapping[str, int], path: Path) -> None:
    """Draw a value of each gene as a bar over TSS ± 500 bp; where bars overlap the higher one is seen.

    Args:
        genes: chrom, tss (0-based) and the value, NaN where unknown.
        column: the value's name.
        sizes: length of every chromosome in bp.
        path: bigWig to write.
    """
    with bigwig(path, sizes) as out:
        for chrom, part in genes.dropna(subset=[column]).groupby("chrom", sort=True):
            level = np.zeros(0, np.float32)
            origin = 0
            for gene in rows(part.sort_values("tss")):
                start, end = max(int(gene.tss) - BAR, 0), min(int(gene.tss) + BAR, sizes[str(chrom)])
                if start >= origin + len(level):
                    out.add(str(chrom), origin, level)
                    origin, level = start, np.zeros(0, np.float32)
                level = np.pad(level, (0, max(end - origin - len(level), 0)))
                level[start - origin : end - origin] = np.maximum(
                    level[start - origin : end - origin], max(getattr(gene, column), 0)
                )
            out.add(str(chrom), origin, level)
