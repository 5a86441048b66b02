"""Peaks of a cell: where an assay is enriched, as merged intervals."""

from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import blacklist
from seq2exp_py.genome.intervals import stretches
from seq2exp_py.tracks import formats
from seq2exp_py.tracks.signal import BigWig
from seq2exp_py.tracks.text import check_intervals, intervals

CHUNK = 5_000_000  # bases of a bigWig looked at together


def read(path: Path, format: str | None = None) -> pd.DataFrame:
    """Read peaks, merged and sorted.

    Args:
        path: narrowPeak, broadPeak or BED (plain or gzip), or a bigWig above 0 inside peaks (the paper's `macs3.bigWig`).
        format: one of `formats.PEAKS`; told from the file's name where None.

    Returns:
        Columns `chrom` (str), `start`, `end` (int64; 0-based, half-open), sorted by chromosome name and start;
        peaks that overlap or touch are one.

    Raises:
        InputError: the file is missing, truncated, or a line is not an interval.
    """
    if formats.resolve(path, format, formats.PEAKS) == "bigwig":
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        return _from_bigwig(path)
    table = intervals(path, {0: ("chrom", str), 1: ("start", int), 2: ("end", int)})
    check_intervals(path, table)
    return blacklist.merge(table.astype({"chrom": str}))


def _from_bigwig(path: Path) -> pd.DataFrame:
    found = []
    with BigWig(path) as track:
        for chrom, size in track.sizes.items():
            for begin in range(0, size, CHUNK):
                inside = track.values(chrom, begin, min(begin + CHUNK, size)) > 0
                places = stretches(inside) + begin
                found.append(pd.DataFrame({"chrom": chrom, "start": places[:, 0], "end": places[:, 1]}))
    return blacklist.merge(pd.concat(found, ignore_index=True))
