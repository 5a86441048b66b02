"""BED files whose lines only say where: the blacklist, peaks."""

from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.genome import intervals, tables


def read(path: Path) -> pd.DataFrame:
    """Read the first three columns of a BED file, plain or gzip, sorted and with overlapping or touching lines merged.

    Returns:
        Columns chrom, start, end; 0-based, half-open.

    Raises:
        InputError: a line's start or end is no number, or the end is not past the start.
    """
    frame = tables.read_plain(path, ["chrom", "start", "end"])
    for name in ("start", "end"):
        frame[name] = tables.integers(frame, name, path)
    tables.refuse(frame.start < 0, frame.start, path, "0 or more")
    tables.refuse(frame.end <= frame.start, frame.end, path, "a number past the start")
    return merge(frame)


def merge(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort intervals and merge those that overlap or touch."""
    merged = []
    for chrom, part in frame.groupby("chrom", sort=True):
        places = intervals.merge(part[["start", "end"]].to_numpy(np.int64))
        merged.append(pd.DataFrame({"chrom": chrom, "start": places[:, 0], "end": places[:, 1]}))
    return pd.concat(merged, ignore_index=True) if merged else empty()


def empty() -> pd.DataFrame:
    """No interval."""
    return pd.DataFrame({"chrom": pd.Series(dtype=str), "start": pd.Series(dtype=np.int64), "end": pd.Series(dtype=np.int64)})
