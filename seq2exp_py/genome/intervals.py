"""Many intervals of one chromosome at once, as arrays; 0-based, half-open. Whole files of them go through bedtools, here alone."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.errors import InputError

Places = npt.NDArray[np.int64]  # (n, 2) start and end


def runs(values: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Starts and ends (0-based in `values`, half-open) of the stretches of equal values, in order."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    breaks = np.flatnonzero(values[1:] != values[:-1]) + 1
    return np.concatenate([[0], breaks]), np.concatenate([breaks, [len(values)]])


def stretches(inside: npt.NDArray[np.bool_], step: int = 1) -> Places:
    """Runs of True, each value being `step` bases."""
    starts, ends = runs(inside)
    return np.column_stack([starts, ends])[inside[starts]] * step


def merge(places: Places, gap: int = 0) -> Places:
    """Places in any order as sorted ones that lie more than `gap` bases apart; those that touch become one."""
    if not len(places):
        return places.reshape(0, 2)
    places = places[np.argsort(places[:, 0], kind="stable")]
    reach = np.maximum.accumulate(places[:, 1])
    first = np.flatnonzero(np.concatenate([[True], places[1:, 0] > reach[:-1] + gap]))
    return np.column_stack([places[first, 0], np.append(reach[first[1:] - 1], reach[-1])])


def overlaps(places: Places, others: Places) -> npt.NDArray[np.bool_]:
    """Whether each of `places` shares a base with any of `others`, which are sorted and disjoint."""
    if not len(others):
        return np.zeros(len(places), bool)
    at = np.searchsorted(others[:, 1], places[:, 0], side="right")
    return np.asarray(np.append(others[:, 0], np.iinfo(np.int64).max)[at] < places[:, 1])


def merge_by(table: pd.DataFrame, name: str, gap: int) -> pd.DataFrame:
    """Intervals of a table merged where they share the column `name` and lie at most `gap` bases apart.

    Args:
        table: columns start, end and `name`, sorted by `name` and start.
        name: a column of text.
        gap: bp.
    """
    columns = [name, "start", "end"]
    with _bedtools() as bed:
        merged = bed.BedTool.from_dataframe(table[columns]).merge(d=gap)
        return pd.DataFrame(merged.to_dataframe(names=columns, dtype={name: str}))


def subtract(table: pd.DataFrame, bed_file: Path) -> pd.DataFrame:
    """The parts of intervals that no interval of a BED file covers.

    Args:
        table: columns chrom, start, end and a name.
        bed_file: BED3, perhaps empty.
    """
    chrom, *_, name = table.columns
    with _bedtools() as bed:
        found = bed.BedTool.from_dataframe(table)
        if bed_file.stat().st_size:
            found = found.subtract(str(bed_file))
        return pd.DataFrame(found.to_dataframe(names=list(table.columns), dtype={chrom: str, name: str}))


def jaccard(beds: Mapping[str, Path]) -> pd.DataFrame:
    """Jaccard index (shared bases / bases of either) between sets of intervals.

    Args:
        beds: sorted BED files by name; overlapping intervals of one file count once.

    Returns:
        Symmetric table, 1 on the diagonal; 0 beside an empty set.
    """
    out = pd.DataFrame(np.eye(len(beds)), index=list(beds), columns=list(beds))
    with _bedtools() as bed:
        sets = {name: bed.BedTool(str(path)).merge().saveas() for name, path in beds.items() if path.stat().st_size}
        for one, other in combinations(sets, 2):
            out.loc[one, other] = out.loc[other, one] = float(sets[one].jaccard(sets[other])["jaccard"])
    return out


@contextmanager
def _bedtools() -> Iterator[Any]:
    """pybedtools, whose temporary files go with the block.

    Raises:
        InputError: there is no bedtools.
    """
    import pybedtools

    if shutil.which("bedtools") is None:
        raise InputError("bedtools is not on PATH: `seq2exp doctor` says how to install it")
    yield pybedtools
    pybedtools.cleanup()
