"""Fragments of single cells (`fragments.tsv.gz` of 10x or SnapATAC2) as the ATAC signal of one label: its pseudobulk.

The rule: each line counts once, whatever its fifth column (the reads that were one fragment) says, and both its ends are cuts of
the transposase: bases `start` and `end - 1`. The files are shifted by +4 and -5 bp already (Cell Ranger ATAC, "Fragments File"):
a cut stands at the middle of the 9 bp between the two nicks; nothing is shifted here. A cut covers the `extension` bases around
it, 150 if none is asked for, as where the ABC model calls peaks from reads (see `macs3`). Coverage is divided by the number of the
label's cuts, in millions.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.notes import Note
from seq2exp_py.tracks import barcodes as tables
from seq2exp_py.tracks.steps import EMPTY, Steps
from seq2exp_py.tracks.text import check_intervals, pieces

AROUND = 150  # bases that a cut covers
MILLION = 1e6
COLUMNS = {0: ("chrom", str), 1: ("start", int), 2: ("end", int), 3: ("barcode", str)}


class Survey(NamedTuple):
    """A whole file at a glance: the last base of each chromosome, and the fragments of each barcode."""

    ends: dict[str, int]
    fragments: "pd.Series[int]"


class Fragments:
    """A fragment file as a signal; looked through once when opened, its label's cuts read when first asked for values."""

    def __init__(self, path: Path, extension: int | None = None, barcodes: Path | None = None, label: str = "") -> None:
        """`barcodes`: table of the barcodes' labels, of which `label` counts; all fragments count where there is none."""
        self.path, self.around = path, AROUND if extension is None else extension
        self.wanted = None if barcodes is None else tables.of_label(barcodes, label)
        self.sizes: dict[str, int] = {}
        status = path.stat()
        found = survey(path, (status.st_mtime_ns, status.st_size))
        self.ends = found.ends
        total = int(found.fragments.sum())
        self.fragments = total
        if self.wanted is not None:
            self.fragments = int(found.fragments[found.fragments.index.isin(self.wanted)].sum())
        if not self.fragments:
            raise InputError(
                f"{path}: no fragment has a barcode of label '{label}', like {min(self.wanted or ['none'])}; its own are like "
                f"{found.fragments.index.min()}: give the table of this file's barcodes, written alike"
            )
        if self.wanted is not None:
            Note.FRAGMENTS.add(path=path, n=self.fragments, total=total, barcodes=len(self.wanted), label=label)
        self._steps: dict[str, Steps] | None = None

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self.ends)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Coverage in cuts per million of the bases `[start, end)`."""
        if self._steps is None:
            weight, left = MILLION / (2 * self.fragments), self.around // 2
            self._steps = {
                name: Steps.pileup(where - left, where - left + self.around, None, weight) for name, where in self.cuts().items()
            }
        return self._steps.get(chrom, EMPTY).values(start, end)

    def cuts(self) -> dict[str, NDArray[np.int64]]:
        """The base of every cut of the label by chromosome, 0-based."""
        found: dict[str, list[NDArray[np.int32]]] = {}
        for piece in pieces(self.path, COLUMNS):
            kept = piece if self.wanted is None else piece[piece["barcode"].isin(self.wanted)]
            for chrom, part in kept.groupby("chrom", observed=True):
                both = np.concatenate((part["start"].to_numpy(), part["end"].to_numpy() - 1))
                found.setdefault(str(chrom), []).append(both.astype(np.int32))
        return {chrom: np.concatenate(parts).astype(np.int64) for chrom, parts in found.items()}

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "Fragments":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@lru_cache(maxsize=8)  # each label of a file asks for the same
def survey(path: Path, _stamp: tuple[int, int]) -> Survey:
    """Look through a file; `_stamp` tells it from another of the same name.

    Raises:
        InputError: a line is no fragment.
    """
    ends: dict[str, int] = {}
    counts: pd.Series[int] = pd.Series(dtype="int64")
    for piece in pieces(path, COLUMNS):
        check_intervals(path, piece)
        if (far := piece["end"] > np.iinfo(np.int32).max).any():
            raise InputError(f"{path}: a fragment ends at {piece['end'][far].iloc[0]}, past the end of any chromosome")
        for chrom, last in piece.groupby("chrom", observed=True)["end"].max().items():
            ends[str(chrom)] = max(ends.get(str(chrom), 0), int(last))
        here = piece["barcode"].astype(str).value_counts()
        counts = counts.add(here, fill_value=0).astype("int64")
    return Survey(ends, counts)
