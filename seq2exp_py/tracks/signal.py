"""Signal tracks, whatever their format, as numbers per base."""

import importlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import pyBigWig
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import bigwig_header, formats, names
from seq2exp_py.tracks.samplesheet import Row
from seq2exp_py.tracks.steps import EMPTY, Steps
from seq2exp_py.tracks.text import check_intervals, intervals
from seq2exp_py.tracks.values import LARGEST, Bounds, largest_usable

CHUNK = 1 << 20  # bases read together where a whole file is looked at


class Signal(Protocol):
    """A track of one number per base.

    `chroms` are the chromosomes that the file knows; `sizes` their lengths in bases, where the format says them; `ends`, where it
    does not, the last base that has a value. Close it, or use it in `with`.
    """

    sizes: dict[str, int]
    ends: dict[str, int]

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


def open_signal(
    path: Path,
    format: str | None = None,
    extension: int | None = None,
    index: Path | None = None,
    barcodes: Path | None = None,
    label: str = "",
) -> Signal:
    """Open one signal file.

    Args:
        path: bigWig, bedGraph, BAM, CRAM, tagAlign or fragments; the text formats may be gzip-compressed.
        format: one of `formats.SIGNALS`; told from the file's name where None.
        extension: for reads, the length in bases that a read is extended to from its 5' end, None counting aligned bases; for
            fragments see there.
        index: the index of a BAM or CRAM where it does not lie beside it; one is made for the run where there is none.
        barcodes, label: of fragments, the table of barcodes and the label of those that count.

    Raises:
        InputError: the file is missing, truncated, unsorted, or of another format.
    """
    found = formats.resolve(path, format, formats.SIGNALS)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    row, given = formats.SIGNALS[found], {"extension": extension, "index": index, "barcodes": barcodes, "label": label}
    module, name = row.reader.split(".")
    reader = getattr(importlib.import_module(f"seq2exp_py.tracks.{module}"), name)
    opened: Signal = reader(path, **{key: given[key] for key in row.takes})
    return opened


def of_row(row: Row, extension: int | None = None) -> Signal:
    """Open the signal file of a row of the samplesheet."""
    return open_signal(row.path, row.format, extension, row.index, row.barcodes, row.label)


def open_replicates(rows: Sequence[Row], genome: Collection[str], extension: int | None = None) -> "Mean":
    """Open the files of one track of one cell: their mean, under the chromosome names of the genome.

    Args:
        rows: the replicates, at least one.
        genome: names of the genome's chromosomes, best with their bp: a small one of another length is then left out.
        extension: see `open_signal`.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(of_row(row, extension)) for row in rows]
        stack.pop_all()
        known = [names.of_file(row, signal.chroms, genome, signal.sizes) for row, signal in zip(rows, opened, strict=True)]
        return Mean(opened, known)


class Mean:
    """The mean of replicate signals, each asked by its own chromosome names; a chromosome that one lacks counts as 0 there."""

    def __init__(self, signals: Sequence[Signal], names: Sequence[Mapping[str, str]]) -> None:
        """`names` maps, for each signal, the genome's names to the file's."""
        self._parts = tuple(zip(signals, names, strict=True))
        self.sizes = {ours: s.sizes[theirs] for s, n in self._parts for ours, theirs in n.items() if theirs in s.sizes}
        self.ends = {ours: s.ends[theirs] for s, n in self._parts for ours, theirs in n.items() if theirs in s.ends}

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names, as the genome has them, of the chromosomes in any of the files."""
        return tuple(dict.fromkeys(ours for _, names in self._parts for ours in names))

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """The mean signal of the bases `[start, end)`."""
        found = [signal.values(names[chrom], start, end) for signal, names in self._parts if chrom in names]
        total = sum(found, np.zeros(max(0, end - start), np.float32))
        return total / np.float32(len(self._parts))

    def close(self) -> None:
        """Close every file."""
        with ExitStack() as stack:
            for signal, _ in self._parts:
                stack.callback(signal.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BigWig:
    """A bigWig file, read by pyBigWig (equal to pybigtools and 1.5 to 20 times as fast per window on sparse tracks)."""

    def __init__(self, path: Path) -> None:
        self.path, self.bounds = path, Bounds()
        self.ends: dict[str, int] = {}
        bigwig_header.check(path)
        try:
            self._file = pyBigWig.open(str(path))
            usable = self._file is not None and self._file.isBigWig()
            self.sizes: dict[str, int] = {str(k): int(v) for k, v in self._file.chroms().items()} if usable else {}
        except (RuntimeError, OSError) as error:
            raise InputError(f"{path}: is truncated or not a bigWig file ({error})") from None
        if not self.sizes:
            raise InputError(f"{path}: the bigWig file has no chromosomes")

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self.sizes)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """The signal of the bases `[start, end)`, within what `values` allows; NaN and missing bases are 0."""
        out = np.zeros(max(0, end - start), dtype=np.float32)
        left, right = max(start, 0), min(end, self.sizes.get(chrom, 0))
        if left < right:
            out[left - start : right - start] = self.bounds.put(self._raw(chrom, left, right), lambda: self._largest)
        return out

    def note_values(self, chroms: Iterable[str]) -> None:
        """Note values that no signal has; only chromosomes whose summary has any are read through."""
        self.bounds = Bounds()
        for chrom in chroms:
            ends = self._extremes(chrom)
            if any(not 0 <= value <= LARGEST for value in ends):
                for start in range(0, self.sizes[chrom], CHUNK):
                    self.values(chrom, start, start + CHUNK)
        self.bounds.note(self.path)

    def _extremes(self, chrom: str) -> list[float]:
        """Least and largest value of a chromosome by the file's summary; nothing where it has none."""
        try:
            found = [self._file.stats(chrom, 0, self.sizes[chrom], type=kind)[0] for kind in ("min", "max")]
            return [float(value) for value in found if value is not None]
        except RuntimeError as error:
            raise InputError(f"{self.path}: is truncated or damaged on {chrom} ({error})") from None

    def _raw(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        try:
            return np.asarray(self._file.values(chrom, start, end, numpy=True))
        except RuntimeError as error:
            raise InputError(f"{self.path}: is truncated or damaged at {chrom}:{start}-{end} ({error})") from None

    @cached_property
    def _largest(self) -> float:
        """The largest value of the file that a signal may have; asked for only where one is above that."""
        spans = [(c, start, min(start + CHUNK, size)) for c, size in self.sizes.items() for start in range(0, size, CHUNK)]
        return max(largest_usable(self._raw(*span)) for span in spans)

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
        self.ends: dict[str, int] = {}
        self._steps: dict[str, Steps] = {}
        self.path, self.bounds = path, Bounds()
        largest = largest_usable(table["value"].to_numpy())
        for chrom, rows in table.groupby("chrom", observed=True, sort=False):
            rows = rows.sort_values("start", kind="stable")
            start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
            clash = np.flatnonzero(start[1:] < end[:-1])
            if len(clash):
                raise InputError(f"{path}: intervals overlap at {chrom}:{start[clash[0] + 1]}; merge them, a base has one value")
            self.ends[str(chrom)] = int(end[-1])
            values = self.bounds.put(rows["value"].to_numpy(), lambda: largest, end - start)
            self._steps[str(chrom)] = Steps(start, end, values)

    def note_values(self, _chroms: Iterable[str]) -> None:
        """Note values that no signal has."""
        self.bounds.note(self.path)

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
