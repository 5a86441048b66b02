"""Tables of text with the line numbers kept, so that an error can name its line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import header, lines

VERSION = r"^(ENS[A-Z]*\d+)\.\d+(?:_\d+)?(_PAR_Y)?$"  # ENSG00000136997.21, or .5_2 as lifted over; the copies on chrY keep _PAR_Y
DECIMAL_COMMA = r"[-+]?\d+,\d+"
MOST = 2**53  # whole numbers up to here are exact
TRUE, FALSE = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")
MISSING = ("", "na", "nan", "n/a", "null", "none")  # in any case: no value


def read(path: Path) -> pd.DataFrame:
    """Read a table as text, whole: separated by tabs, commas, semicolons or blanks, plain or gzip.

    Lines that begin with `#` are comments, but for a header (`#chr`, …). A table without a header has the columns `column 1`,
    `column 2`, …; a header that is one name short, as R leaves it, gets `row names` before it. Both are noted.

    Returns:
        One row per line, its index the line's number in the file, no row of blanks; names and fields without blanks around them.

    Raises:
        InputError: the file is missing, damaged, empty or no text, a column has no name of its own, or a line has more or fewer
            fields than the header.
    """
    found = list(lines.numbered(path, None))
    if not found:
        raise InputError(f"{path}: is empty; expected a table")
    _refuse_lost(path, found)
    commented = next((i for i, (_, text) in enumerate(found) if not text.startswith("#")), len(found))
    gct = found[0][1].strip() == header.GCT
    body = found if gct else [(n, text) for n, text in found[commented:] if not text.startswith("#")]
    by = header.separator(*(text for _, text in (body or found)[2 if gct else 0 :][:2]))
    above = [header.split(path, n, text, by) for n, text in found[max(commented - 1, 0) : commented]] if not gct else []
    parts = [header.split(path, n, text, by) for n, text in body]
    names, rows = header.of_gct(path, parts) if gct else header.find(path, above, parts)
    rows = [row for row in rows if any(row.fields)]
    return pd.DataFrame([row.fields for row in rows], index=[row.number for row in rows], columns=names, dtype=str)


def _refuse_lost(path: Path, found: Sequence[tuple[int, str]]) -> None:
    """Refuse a table with bytes that are no UTF-8."""
    number = next((n for n, text in found if lines.LOST in text), None)
    if number is not None:
        raise InputError(f"{path}: line {number} is no UTF-8 text; save the table as UTF-8")


def read_plain(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read the first columns of a tab-separated table without header (BED, GTF), as text; index: line number; comments dropped.

    Raises:
        InputError: the file is missing, damaged or empty, or its first line has too few fields.
    """
    number, text = first_line(path)
    fields = text.split("\t")
    if not number:
        return pd.DataFrame(columns=list(columns), dtype=str)
    if len(fields) < len(columns):
        expected = f"{len(columns)} ({', '.join(columns)})"
        raise InputError(f"{path}: line {number} has {len(fields)} tab-separated fields, expected at least {expected}")
    with lines.readable(path), lines.open_text(path) as handle:
        try:
            frame: pd.DataFrame = pd.read_csv(
                lines.uncommented(path, handle),
                sep="\t",
                header=None,
                names=range(max(len(fields), len(columns))),
                usecols=range(len(columns)),
                index_col=False,
                dtype=str,
                keep_default_na=False,
                na_filter=False,
                skip_blank_lines=False,
                quoting=3,
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise InputError(f"{path}: cannot be read as a table ({str(error).strip()})") from None
    frame.columns = pd.Index(columns)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame[(frame.iloc[:, 0] != "") | (frame != "").any(axis=1)]


def first_line(path: Path) -> tuple[int, str]:
    """Number and text of the first line that is neither a comment nor blank; 0 and "" where there is none.

    Raises:
        InputError: the file is missing, damaged, empty or no text.
    """
    found = next(lines.numbered(path), None)
    if found is None and next(lines.numbered(path, None), None) is None:
        raise InputError(f"{path}: is empty; expected a table")
    return found or (0, "")


def column(frame: pd.DataFrame, *names: str) -> str | None:
    """The first of `names` that is a column, whatever its case; None if none is."""
    by_lower = {str(c).lower(): str(c) for c in reversed(list(frame.columns))}
    return next((by_lower[n.lower()] for n in names if n.lower() in by_lower), None)


def need(frame: pd.DataFrame, path: Path, *names: str) -> str:
    """Like `column`, but a missing column is the user's error."""
    found = column(frame, *names)
    if found is None:
        known = [str(name) for name in frame.columns]
        raise InputError(f"{path}: no column {' or '.join(names)}; its columns are {', '.join(known[:30])}{meant(names[0], known)}")
    return found


def integers(frame: pd.DataFrame, name: str, path: Path) -> "pd.Series[int]":
    """A column as whole numbers ("12", "12.0")."""
    values = pd.to_numeric(frame[name], errors="coerce").astype(float)
    refuse(~(values.abs() <= MOST) | (values != values.round()), frame[name], path, "a whole number")
    return values.astype("int64")


def numbers(frame: pd.DataFrame, name: str, path: Path, least: float = -np.inf) -> "pd.Series[float]":
    """A column as numbers; NaN where there is none (an empty field, NA, nan, …).

    Raises:
        InputError: a value is no finite number, or below `least`.
    """
    text = frame[name]
    values = pd.to_numeric(text, errors="coerce").astype(float)
    refuse(~(values.abs() < np.inf) & ~text.str.lower().isin(MISSING), text, path, "a number")
    refuse(values < least, text, path, f"{least:g} or more{', nothing negative' if least == 0 else ''}")
    return values


def truths(frame: pd.DataFrame, name: str, path: Path) -> "pd.Series[bool]":
    """A column of true and false in any usual spelling (TRUE, True, 1, 1.0, yes, …); no value counts as false.

    Raises:
        InputError: another word.
    """
    text = frame[name].str.lower()
    refuse(~text.isin([*TRUE, *FALSE, *MISSING]), frame[name], path, "TRUE or FALSE")
    return text.isin(TRUE)


def refuse(wrong: "pd.Series[bool]", values: "pd.Series[Any]", path: Path, expected: str) -> None:
    """Refuse the first value that is wrong, and name its line (the index) and column (the name)."""
    if wrong.any():
        at = int(np.argmax(wrong.to_numpy()))
        found = values.iloc[at]
        shown = repr(found) if isinstance(found, str) else str(found)
        comma = " (a decimal point, not a comma)" if re.fullmatch(DECIMAL_COMMA, str(found)) else ""
        raise InputError(f"{path}: line {wrong.index[at]}: {values.name} is {shown}, expected {expected}{comma}")


def unversioned(ids: "pd.Series[str]") -> "pd.Series[str]":
    """Ensembl ids without their version; other names (`RP11-206L10.9`) as they are."""
    return ids.str.replace(VERSION, r"\1\2", regex=True)


def check_unique(ids: "pd.Series[str]", path: Path, what: str = "gene") -> None:
    """Refuse an id that occurs twice, and name both lines (the index of `ids`)."""
    again = ids.duplicated().to_numpy()
    if again.any():
        at = int(np.argmax(again))
        first = ids.index[int(np.argmax((ids == ids.iloc[at]).to_numpy()))]
        raise InputError(
            f"{path}: line {ids.index[at]}: {what} {ids.iloc[at]} occurs a second time (first on line {first}); keep one of the two"
        )
