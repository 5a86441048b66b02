"""Tab-separated interval files (BED, bedGraph, bedpe, tagAlign, peaks), read by pandas, with errors that name the line."""

import gzip
import zlib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError

HEADERS = ("#", "track", "browser")
GZIP_MAGIC = b"\x1f\x8b"


def open_text(path: Path) -> IO[str]:
    """Open a text file, gzip-compressed or not, whatever its name says."""
    with path.open("rb") as handle:
        packed = handle.read(2) == GZIP_MAGIC
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace")
    return path.open(encoding="utf-8-sig", errors="replace")


def intervals(path: Path, columns: Mapping[int, tuple[str, type]], sep: str = "\t", header: bool = False) -> pd.DataFrame:
    """Read some columns of a headerless interval file; leading comment, `track` and `browser` lines are skipped.

    Args:
        path: the file, plain or gzip.
        columns: by 0-based position, the name and the type (str, int or float) of each column wanted, in ascending order.
        sep: separator as pandas understands it.
        header: whether the first line is a header, to be skipped.

    Raises:
        InputError: the file is missing, empty, truncated, or a line does not have the columns asked for.
    """
    names = [name for name, _ in columns.values()]
    types = {name: _DTYPES[kind] for name, kind in columns.values()}
    try:
        with open_text(path) as handle:
            skip = int(header) or sum(1 for _ in _leading(handle))
        with open_text(path) as handle:
            table = pd.read_csv(
                handle,
                sep=sep,
                header=None,
                skiprows=skip,
                usecols=list(columns),
                comment="#",
                dtype=dict(zip(columns, types.values(), strict=True)),
            )
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{path}: the compressed file is truncated or damaged; copy it again") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path}: holds no lines") from None
    except (ValueError, OverflowError, pd.errors.ParserError) as error:
        raise InputError(_blame(path, columns, sep, int(header)) or f"{path}: cannot be read as a table ({error})") from None
    table.columns = pd.Index(names)
    short = _blame(path, columns, sep, int(header)) if table.isna().to_numpy().any() else None
    if short:
        raise InputError(short)
    return table


def check_intervals(path: Path, table: pd.DataFrame, start: str = "start", end: str = "end") -> None:
    """Raise InputError where an interval is empty, turned round, or begins before 0."""
    bad = np.flatnonzero((table[start] < 0) | (table[end] <= table[start]))
    if len(bad):
        row = table.iloc[bad[0]]
        raise InputError(
            f"{path}: interval {bad[0] + 1} runs from {row[start]} to {row[end]}; expected 0 <= start < end (0-based, half-open)"
        )


_DTYPES: dict[type, Any] = {str: "category", int: "int64", float: "float64"}


def _leading(handle: IO[str]) -> Any:
    """The header lines at the top of a file."""
    for line in handle:
        if line.strip() and not line.startswith(HEADERS):
            return
        yield line


def _blame(path: Path, columns: Mapping[int, tuple[str, type]], sep: str, skip: int) -> str | None:
    """The sentence for the first line that cannot be read, or None."""
    with open_text(path) as handle:
        for number, line in enumerate(islice(handle, skip, None), start=skip + 1):
            if not line.strip() or line.startswith(HEADERS):
                continue
            fields = line.rstrip("\r\n").split(sep if sep == "\t" else None)
            for position, (name, kind) in columns.items():
                value = fields[position] if position < len(fields) else None
                if value is None:
                    return f"{path}, line {number}: has {len(fields)} columns; expected '{name}' in column {position + 1}"
                if not _reads_as(value, kind):
                    return f"{path}, line {number}, column {position + 1} ({name}): '{value}' is not {_WORDS[kind]}"
    return None


_WORDS: dict[type, str] = {int: "a whole number", float: "a number", str: "text"}


def _reads_as(value: str, kind: type) -> bool:
    try:
        kind(value)
    except ValueError:
        return False
    return True
