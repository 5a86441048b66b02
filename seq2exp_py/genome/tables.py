"""Tables of text with the line numbers kept, so that an error can name its line."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError

VERSION = r"^(ENS[A-Z]*\d+)\.\d+"  # ENSG00000136997.21 -> ENSG00000136997; ENSG00000182378.15_PAR_Y keeps its suffix

COMMENTS = ("#", "track", "browser")


def read(path: Path, **options: Any) -> pd.DataFrame:
    """Read a table with a header, tab- or comma-separated, plain or gzip, as text; the index is the line number in the file.

    Raises:
        InputError: the file is missing, empty, or a line has more fields than the header.
    """
    head = first_line(path)
    options = {"sep": "\t" if "\t" in head else ",", **options}
    frame = _read(path, header=0, encoding="utf-8-sig", skip_blank_lines=False, **options)
    frame.columns = frame.columns.str.strip().str.lstrip("#")
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return frame[(frame != "").any(axis=1)]


def read_plain(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read the first columns of a tab-separated table without header (BED, GTF), as text; index: line number; comments dropped.

    Raises:
        InputError: the file is missing or empty, its first line has too few fields, or a later one more than the first.
    """
    line, fields = _first_fields(path)
    if not fields:
        return pd.DataFrame(columns=list(columns), dtype=str)
    if len(fields) < len(columns):
        expected = f"{len(columns)} ({', '.join(columns)})"
        raise InputError(f"{path}: line {line} has {len(fields)} tab-separated fields, expected at least {expected}")
    names = range(max(len(fields), len(columns)))
    frame = _read(path, sep="\t", header=None, names=names, skip_blank_lines=False, quoting=3, usecols=range(len(columns)))
    frame.columns = pd.Index(columns)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame[~(frame.iloc[:, 0].str.startswith(COMMENTS) | (frame == "").all(axis=1))]


def _first_fields(path: Path) -> tuple[int, list[str]]:
    """Number and fields of the first line that is neither a comment nor blank; no field where there is none."""
    first_line(path)
    with path.open("rb") as handle:
        packed = handle.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rt") if packed else path.open() as lines:
            for number, line in enumerate(lines, 1):
                if line.strip() and not line.startswith(COMMENTS):
                    return number, line.rstrip("\n").split("\t")
    except (EOFError, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a table ({error})") from None
    return 0, []


def _read(path: Path, **options: Any) -> pd.DataFrame:
    try:
        frame: pd.DataFrame = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, index_col=False, **options)
    except pd.errors.EmptyDataError:
        raise InputError(f"{path}: is empty; expected a table") from None
    except (pd.errors.ParserError, UnicodeDecodeError, OSError, EOFError) as error:
        raise InputError(f"{path}: cannot be read as a table ({str(error).strip()})") from None
    return frame


def first_line(path: Path) -> str:
    """The first line of a text file, plain or gzip.

    Raises:
        InputError: the file is missing, empty or no text.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    lines = _read(path, sep="\x00", header=None, nrows=1, encoding="utf-8-sig", names=["line"], quoting=3)
    if lines.empty:
        raise InputError(f"{path}: is empty; expected a table")
    return str(lines.line.iloc[0])


def column(frame: pd.DataFrame, *names: str) -> str | None:
    """The first of `names` that is a column, whatever its case; None if none is."""
    by_lower = {str(c).lower(): str(c) for c in reversed(list(frame.columns))}
    return next((by_lower[n.lower()] for n in names if n.lower() in by_lower), None)


def need(frame: pd.DataFrame, path: Path, *names: str) -> str:
    """Like `column`, but a missing column is the user's error."""
    found = column(frame, *names)
    if found is None:
        raise InputError(f"{path}: no column {' or '.join(names)}; its columns are {', '.join(map(str, frame.columns[:30]))}")
    return found


def integers(frame: pd.DataFrame, name: str, path: Path) -> "pd.Series[int]":
    """A column as whole numbers ("12", "12.0")."""
    values = pd.to_numeric(frame[name], errors="coerce")
    refuse(values.isna() | (values != values.round()), frame[name], path, "a whole number")
    return values.astype("int64")


def refuse(wrong: "pd.Series[bool]", values: "pd.Series[Any]", path: Path, expected: str) -> None:
    """Refuse the first value that is wrong, and name its line (the index) and column (the name)."""
    if wrong.any():
        at = int(np.argmax(wrong.to_numpy()))
        found = values.iloc[at]
        shown = repr(found) if isinstance(found, str) else str(found)
        raise InputError(f"{path}: line {wrong.index[at]}: {values.name} is {shown}, expected {expected}")


def unversioned(ids: "pd.Series[str]") -> "pd.Series[str]":
    """Ensembl ids without their version; other names (`RP11-206L10.9`) as they are."""
    return ids.str.replace(VERSION, r"\1", regex=True)


def check_unique(ids: "pd.Series[str]", path: Path, what: str = "gene") -> None:
    """Refuse an id that occurs twice, and name both lines (the index of `ids`)."""
    again = ids.duplicated().to_numpy()
    if again.any():
        at = int(np.argmax(again))
        first = ids.index[int(np.argmax((ids == ids.iloc[at]).to_numpy()))]
        raise InputError(
            f"{path}: line {ids.index[at]}: {what} {ids.iloc[at]} occurs a second time (first on line {first}); keep one of the two"
        )
