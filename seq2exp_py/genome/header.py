"""Where a table's header is, as the tools that write tables leave it: under comments, with a `#`, one name short, or nowhere."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seq2exp_py.errors import InputError
from seq2exp_py.notes import Note

ENSEMBL = re.compile(r"ENS[A-Z]*\d{6,}")
LABEL = re.compile(r"gene|symbol|name|ensembl|ensid|transcript|feature|target|(?:^|[\W_])id(?:$|[\W_])|^$", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
GCT = "#1.2"
ROW_NAMES = "row names"


class Line(NamedTuple):
    """A line of a table: its number in the file, from 1, and its fields."""

    number: int
    fields: list[str]


def separator(*texts: str) -> str:
    """What separates the fields of lines, the first that has one tells: a tab, else a comma, else a semicolon; else blanks."""
    return next((mark for text in texts for mark in "\t,;" if mark in text), " ")


def split(path: Path, number: int, text: str, by: str) -> Line:
    """The fields of a line, without blanks around them; quotation marks as in CSV.

    Raises:
        InputError: a quotation mark opens a field and does not close it.
    """
    if '"' in text:
        try:
            fields = next(csv.reader([text], delimiter=by, skipinitialspace=True, strict=True))
        except csv.Error:
            raise InputError(f"{path}: line {number} has a quotation mark that does not pair; take it out, or double it") from None
    else:
        fields = text.split(None if by == " " else by)
    return Line(number, [field.strip() for field in fields])


def is_data(line: Line) -> bool:
    """Whether a first line is one of data: a gene id stands in it, or numbers stand where no column is named."""
    if any(ENSEMBL.match(field) for field in line.fields):
        return True
    return any(NUMBER.fullmatch(field) for field in line.fields[1:]) and not any(LABEL.search(field) for field in line.fields)


def find(path: Path, commented: Sequence[Line], body: list[Line]) -> tuple[list[str], list[Line]]:
    """The names of a table's columns, and its lines of data.

    Args:
        path: the file, for the message.
        commented: the lines before the first that does not begin with `#`; body: those from there on, at least one in all.
        body: the other lines.
    """
    above = commented[-1] if commented else None
    if above and above.fields[0].startswith("#") and (not body or (is_data(body[0]) and _as_wide(above, body[0]))):
        names, rows = [above.fields[0].lstrip("#").strip(), *above.fields[1:]], body
    elif is_data(body[0]):
        names, rows = [f"column {i + 1}" for i in range(len(body[0].fields))], body
        Note.NO_HEADER.add(path=path, line=body[0].number, columns=len(names))
    else:
        names, rows = body[0].fields, body[1:]
    rows = [Line(n, _trimmed(fields, len(names))) for n, fields in rows]
    if _as_r(names, rows):
        names = [ROW_NAMES, *names]
        Note.ROW_NAMES.add(path=path, columns=", ".join(names[1:4]) + (", …" if len(names) > 4 else ""))
    _check(path, names, rows)
    return names, rows


def _as_wide(one: Line, other: Line) -> bool:
    return len(one.fields) == len(other.fields) > 1


def _trimmed(fields: list[str], width: int) -> list[str]:
    """Fields without the empty ones past the last column (separators at the end of a line)."""
    return fields[:width] if len(fields) > width and not any(fields[width:]) else fields


def _as_r(names: Sequence[str], rows: Sequence[Line]) -> bool:
    """Whether a header is one short as R's write.table leaves it, with the rows' names in the first column.

    They are 1, 2, 3, …, or unlike each other and no numbers under a header that names no column of genes: a line that has one
    field more for another reason, such as a decimal comma, does not look so.
    """
    if not rows or any(len(row.fields) != len(names) + 1 for row in rows):
        return False
    first = [row.fields[0] for row in rows]
    if first == [str(i + 1) for i in range(len(rows))]:
        return True
    labelled = any(LABEL.search(name) for name in names)
    return not labelled and len(set(first)) == len(first) and not any(NUMBER.fullmatch(field) for field in first)


def _check(path: Path, names: Sequence[str], rows: Sequence[Line]) -> None:
    """Refuse a name that stands twice, and a line that is longer or shorter than the header."""
    again = next((name for i, name in enumerate(names) if name and name in names[:i]), None)
    if again is not None:
        raise InputError(f"{path}: its header names column '{again}' twice; name every column once")
    wrong = next((row for row in rows if len(row.fields) != len(names)), None)
    if wrong is not None:
        comma = "; a decimal comma? write numbers with a point" if len(wrong.fields) > len(names) else ""
        raise InputError(
            f"{path}: line {wrong.number} has {len(wrong.fields)} fields, the header {len(names)} ({', '.join(names[:6])}"
            f"{', …' if len(names) > 6 else ''}); give every line a field for every column, and every column a name{comma}"
        )


def of_gct(path: Path, lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Names and rows of a GCT 1.2 file (Broad): its second line says how many rows follow the header.

    Raises:
        InputError: it is cut short, or no GCT.
    """
    count = lines[1].fields[0] if len(lines) > 1 else ""
    rows = list(lines[3:])
    if not count.isdigit() or len(lines) < 3:
        raise InputError(f"{path}: is no GCT 1.2 file; its second line must say how many rows and columns it has")
    if int(count) != len(rows):
        raise InputError(f"{path}: line 2 says {count} rows, the file has {len(rows)}; copy it again")
    width = len(lines[2].fields)
    names, rows = lines[2].fields, [Line(n, _trimmed(fields, width)) for n, fields in rows]
    _check(path, names, rows)
    return names, rows
