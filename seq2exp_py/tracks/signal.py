"""Signal tracks, whatever their format, as numbers per base."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pyBigWig
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import formats, names
from seq2exp_py.tracks.reads import Alignments, TagAlign
from seq2exp_py.tracks.samplesheet import Row
from seq2exp_py.tracks.steps import EMPTY, Steps
from seq2exp_py.tracks.text import check_intervals, intervals


class Signal(Protocol):
    """A track of one number per base.

    `sizes` are the chromosomes that the file knows with their length in bases, empty where the format does not say them; `chroms`
    are their names. Close it, or use it in `with`.
    """

    sizes: dict[str, int]

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """The signal of the bases `[start, end)`, 0-based: float32 of shape (end - start,); 0 where the file has none."""

    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        """Use in `with`."""

    def __exit__(self, *_: object) -> None:
        """Close."""


def open_signal(path: Path, format: str | None = None, extension: int | None = None, index: Path | None = None) -> Signal:
    """Open one signal file.

    Args:
        path: bigWig, bedGraph, BAM, CRAM or tagAlign; the text formats may be gzip-compressed.
        format: one of `formats.SIGNALS`; told from the file's name where None.
        extension: for reads, the length in bases that a read is extended to from its 5' end; None counts aligned bases.
        index: the index of a BAM or CRAM where it does not lie beside it; one is made for the run where there is none.

    Raises:
        InputError: the file is missing, truncated, unsorted, or of another format.
    """
    found = formats.resolve(path, format, formats.SIGNALS)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if found == "bigwig":
        return BigWig(path)
    if found == "bedgraph":
        return BedGraph(path)
    return TagAlign(path, extension) if found == "tagalign" else Alignments(path, extension, index)


def open_replicates(rows: Sequence[Row], chroms: Sequence[str], extension: int | None = None) -> "Mean":
    """Open the files of one track of one cell: their mean, under the chromosome names of the genome.

    Args:
        rows: the replicates, at least one.
        chroms: chromosomes of the genome; a file whose row says `chromosomes: match` is asked by its own names for them.
        extension: see `open_signal`.
    """
    opened: list[Signal] = []
    try:
        for row in rows:
            opened.append(open_signal(row.path, row.format, extension, row.index))
    except InputError:
        for signal in opened:
            signal.close()
        raise
    return Mean(opened, [names.of_file(row, signal.chroms, chroms) for row, signal in zip(rows, opened, strict=True)])


class Mean:
    """The mean of replicate signals, each asked by its own chromosome names; a chromosome that one lacks counts as 0 there."""

    def __init__(self, signals: Sequence[Signal], names: Sequence[Mapping[str, str]]) -> None:
        self._signals, self._names = tuple(signals), tuple(names)
        self.sizes = {ours: s.sizes[theirs] for s, n in self._parts() for ours, theirs in n.items() if theirs in s.sizes}

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names, as the genome has them, of the chromosomes in any of the files."""
        return tuple(dict.fromkeys(ours for s, n in self._parts() for ours, theirs in n.items() if theirs in s.chroms))

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """The mean signal of the bases `[start, end)`."""
        total = np.zeros(max(0, end - start), dtype=np.float32)
        for signal, renamed in self._parts():
            total += signal.values(renamed.get(chrom, chrom), start, end)
        return total / np.float32(len(self._signals))

    def close(self) -> None:
        """Close every file."""
        with ExitStack() as stack:
            for signal in self._signals:
                stack.callback(signal.close)

    def _parts(self) -> list[tuple[Signal, Mapping[str, str]]]:
        return list(zip(self._signals, self._names, strict=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BigWig:
    """A bigWig file, read by pyBigWig (equal to pybigtools and 1.5 to 20 times as fast per window on sparse tracks)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Any = None
        try:
            self._file = pyBigWig.open(str(path))
            usable = self._file is not None and self._file.isBigWig()
            self.sizes: dict[str, int] = {str(k): int(v) for k, v in self._file.chroms().items()} if usable else {}
        except (RuntimeError, OSError) as error:
            raise InputError(f"{path}: is truncated or not a bigWig file ({error})") from None
        if not self.sizes:
            raise InputError(f"{path}: is truncated or not a bigWig file; copy it again or name its format in the samplesheet")

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self.sizes)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """The signal of the bases `[start, end)`; NaN and missing bases are 0."""
        out = np.zeros(max(0, end - start), dtype=np.float32)
        left, right = max(start, 0), min(end, self.sizes.get(chrom, 0))
        if left < right:
            try:
                found = self._file.values(chrom, left, right, numpy=True)
            except RuntimeError as error:
                raise InputError(f"{self.path}: is truncated or damaged at {chrom}:{left}-{right} ({error})") from None
            out[left - start : right - start] = np.nan_to_num(found, nan=0.0)
        return out

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BedGraph:
    """A bedGraph file, held in memory; its intervals may come in any order and must not overlap."""

    def __init__(self, path: Path) -> None:
        table = intervals(path, {0: ("chrom", str), 1: ("start", int), 2: ("end", int), 3: ("value", float)}, sep=r"\s+")
        check_intervals(path, table)
        self.sizes: dict[str, int] = {}
        self._steps: dict[str, Steps] = {}
        for chrom, rows in table.groupby("chrom", observed=True, sort=False):
            rows = rows.sort_values("start", kind="stable")
            start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
            clash = np.flatnonzero(start[1:] < end[:-1])
            if len(clash):
                raise InputError(f"{path}: intervals overlap at {chrom}:{start[clash[0] + 1]}; merge them, a base has one value")
            self._steps[str(chrom)] = Steps(start, end, np.nan_to_num(rows["value"].to_numpy()).astype(np.float32))

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self._steps)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """The signal of the bases `[start, end)`."""
        return self._steps.get(chrom, EMPTY).values(start, end)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
