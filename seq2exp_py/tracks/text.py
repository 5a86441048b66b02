"""Tab-separated interval files (BED, bedGraph, bedpe, tagAlign, peaks), read by pandas, with errors that name the line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import lines

NANS = ("nan", "NaN", "NAN")  # a value that is no number, as programs write it
WIDEST = 2**63 - 1
PIECE = 2_000_000  # lines of a long file that are held at once


def intervals(path: Path, columns: Mapping[int, tuple[str, type]], sep: str = "\t", header: bool = False) -> pd.DataFrame:
    """Read some columns of a headerless interval file; comment, `track` and `browser` lines are skipped wherever they stand.

    Args:
        path: the file, plain or gzip.
        columns: by 0-based position, the name and the type (str, int or float) of each column wanted, in ascending order.
        sep: separator as pandas understands it.
        header: whether the first line that is no comment may name the columns; it is then skipped where it has no whole number.

    Raises:
        InputError: the file is missing, empty, truncated, or a line does not have the columns asked for.
    """
    (table,) = _tables(path, columns, sep, header, None)
    return table


def pieces(path: Path, columns: Mapping[int, tuple[str, type]], lines: int = PIECE) -> Iterator[pd.DataFrame]:
    """Read a file as `intervals` does, `lines` at a time: one that may be too long for memory."""
    yield from _tables(path, columns, "\t", False, lines)


def _tables(
    path: Path, columns: Mapping[int, tuple[str, type]], sep: str, header: bool, piece: int | None
) -> Iterator[pd.DataFrame]:
    """The whole table, or its pieces, one by one."""
    types: dict[str, Any] = {
        "dtype": {at: _DTYPES[kind] for at, (_, kind) in columns.items()},
        "na_values": {at: NANS for at, (_, kind) in columns.items() if kind is float},
    }
    try:
        with lines.readable(path), lines.open_text(path) as handle:
            reader = pd.read_csv(
                lines.uncommented(path, handle, skipped=1 if header and _heading(path)[1] else 0),
                sep=sep,
                header=None,
                usecols=list(columns),
                quoting=3,
                keep_default_na=False,
                iterator=True,
                **types,
            )
            while True:
                with np.errstate(invalid="raise"):  # inf is no whole number
                    table = reader.read(piece)
                table.columns = pd.Index([name for name, _ in columns.values()])
                _whole(path, table, columns, sep)
                yield table
                if piece is None:
                    break
    except StopIteration:
        return
    except pd.errors.EmptyDataError:
        raise InputError(f"{path}: holds no lines") from None
    except (ValueError, ArithmeticError, pd.errors.ParserError) as error:
        raise InputError(_blame(path, columns, sep) or f"{path}: cannot be read as a table ({error})") from None


def _whole(path: Path, table: pd.DataFrame, columns: Mapping[int, tuple[str, type]], sep: str) -> None:
    """Refuse a table with gaps."""
    gaps = any(lost & {"", lines.LOST} for lost in _texts(table))
    short = _blame(path, columns, sep) if gaps or table.isna().to_numpy().any() else None
    if short:
        raise InputError(short)


def heading(path: Path) -> list[str]:
    """Names of the columns of an interval file, from its first line or from a `#` line as wide; none without such a line."""
    with lines.readable(path):
        return _heading(path)[0]


def _heading(path: Path) -> tuple[list[str], bool]:
    """Names of the columns, and whether they stand in a line that is no comment."""
    above: list[list[str]] = []
    for _, text in lines.numbered(path, None):
        fields = text.split("\t")
        if not lines.COMMENT.match(text):
            if not any(_reads_as(field, float) for field in fields[1:3]):
                return fields, True
            return next((names for names in reversed(above) if len(names) == len(fields)), []), False
        above.append([fields[0].lstrip("#"), *fields[1:]])
    return [], False


def _texts(table: pd.DataFrame) -> "list[set[str]]":
    """The words of each column of text, and `LOST` where one has bytes that are no text."""
    words = [set(map(str, table[c].cat.categories)) for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)]
    return [found | ({lines.LOST} if any(lines.LOST in word for word in found) else set()) for found in words]


def check_intervals(path: Path, table: pd.DataFrame, start: str = "start", end: str = "end") -> None:
    """Raise InputError where an interval is empty, turned round, or begins before 0."""
    bad = np.flatnonzero((table[start] < 0) | (table[end] <= table[start]))
    if len(bad):
        row = table.iloc[bad[0]]
        raise InputError(
            f"{path}: interval {bad[0] + 1} runs from {row[start]} to {row[end]}; expected 0 <= start < end (0-based, half-open)"
        )


_DTYPES: dict[type, Any] = {str: "category", int: "int64", float: "float64"}


def _blame(path: Path, columns: Mapping[int, tuple[str, type]], sep: str) -> str | None:
    """The sentence for the first line that cannot be read, or None."""
    header = _heading(path)[1]
    for number, line in lines.numbered(path):
        fields = line.split(sep if sep == "\t" else None)
        if header:
            header = False
            continue
        for position, (name, kind) in columns.items():
            value = fields[position] if position < len(fields) else None
            if value is None:
                return f"{path}, line {number}: has {len(fields)} columns; expected '{name}' in column {position + 1}"
            if not _reads_as(value, kind):
                return f"{path}, line {number}, column {position + 1} ({name}): '{value}' is not {_WORDS[kind]}"
    return None


_WORDS: dict[type, str] = {int: "a whole number", float: "a number (with a decimal point)", str: "text (in UTF-8)"}


def _reads_as(value: str, kind: type) -> bool:
    try:
        found = kind(value)
    except ValueError:
        return False
    return bool(abs(found) <= WIDEST) if kind is int else bool(value.strip()) and lines.LOST not in value
