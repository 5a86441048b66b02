"""The samplesheet: one row per input file, checked row by row, and the JSON schema that nf-core tools read."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seq2exp_py.errors import InputError, faults, meant
from seq2exp_py.notes import Note
from seq2exp_py.tracks import formats

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
SCHEMA_ID = "https://raw.githubusercontent.com/seq2exp/seq2exp/main/assets/schema_input.json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
CANONICAL = ("H3K27ac", "DNase")  # these tracks come first, in this order
ONE_FILE = ("HiC", "expression", "ABC")  # assays that have no replicates
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+]*:/")  # https://…; a path has lost the second slash
SHOWN = 20  # names listed in a sentence before it says "and N more"


def _field(default: Any, description: str, expected: str, **more: Any) -> Any:
    """A field whose JSON schema carries nf-core's `errorMessage`, the words that say what is allowed."""
    extra = {"errorMessage": expected, **more.pop("json", {})}
    return Field(default, description=description, json_schema_extra=extra, **more)


class Row(BaseModel):
    """One row of the samplesheet: a file, what was measured in it, and in which cell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: str = _field(
        ..., "Name of the cell type", "a name of letters, digits, '_', '.' and '-' that begins with a letter or digit", pattern=NAME
    )
    assay: str = _field(
        ...,
        "HiC, expression, peaks, ABC or fragments, or else the name of a signal track: H3K27ac, DNase, ATAC, …",
        "HiC, expression, peaks, ABC, fragments or the name of a signal track (letters, digits, '_', '.' and '-')",
        pattern=NAME,
    )
    path: Path = _field(
        ...,
        "The file, absolute or relative to the samplesheet's folder; a map inside an .mcool as maps.mcool::/resolutions/5000",
        "an existing file, absolute or relative to the samplesheet's folder",
        json={"format": "file-path", "minLength": 1},
    )
    index: Path | None = _field(
        None, "Index of a BAM or CRAM file that does not lie beside it", "an existing file", json={"format": "file-path"}
    )
    format: str = _field(
        "",
        "Format of the file, where its name does not tell it",
        f"one of {', '.join(formats.FORMATS)}",
        json={"enum": ["", *formats.FORMATS]},
    )
    replicate: int = _field(1, "Number of the replicate; replicates of a track are averaged", "a whole number from 1", ge=1)
    chromosomes: Literal["exact", "match"] = _field(
        "exact", "match: read a file that names chromosomes 22 and MT as chr22 and chrM, and the reverse", "exact or match"
    )
    barcodes: Path | None = _field(
        None,
        "Labels of the barcodes of a fragment file: a table, or an .h5ad, with the column of labels after :: (default: label)",
        "an existing file",
        json={"format": "file-path"},
    )
    label: str = _field("", "Label of the barcodes that count (default: the cell's name)", "a label of the table of barcodes")
    line: int = Field(0, ge=0, description="Line of the samplesheet, from 1")


COLUMNS = tuple(name for name in Row.model_fields if name != "line")
REQUIRED = tuple(name for name in COLUMNS if Row.model_fields[name].is_required())


@dataclass(frozen=True, slots=True)
class Samplesheet:
    """The rows of the chosen cells.

    Attributes:
        path: the CSV file.
        cells: in the order of the choice, or of appearance.
        all_rows: in the order of the file.
    """

    path: Path
    cells: tuple[str, ...]
    all_rows: tuple[Row, ...]

    def rows(self, cell: str | None = None, assay: str | None = None) -> list[Row]:
        """Rows of a cell, of an assay, or of both."""
        return [row for row in self.all_rows if cell in (None, row.cell) and assay in (None, row.assay)]

    def signals(self, cell: str | None = None) -> tuple[str, ...]:
        """Names of the signal tracks: H3K27ac, DNase, then the others as they appear."""
        found = dict.fromkeys(row.assay for row in self.rows(cell) if row.assay not in formats.RESERVED)
        return (*(name for name in CANONICAL if name in found), *(name for name in found if name not in CANONICAL))


def read(path: Path, cells: Sequence[str] | None = None, unknown_assays: bool = False, addresses: bool = False) -> Samplesheet:
    """Read and check a samplesheet.

    The columns may stand in any order, others are ignored with a note; blank lines, a byte-order mark and CRLF do not matter.

    Args:
        path: a CSV file with the columns `cell,assay,path` and, if wanted, `index,format,replicate,chromosomes,barcodes,label`.
        cells: the cells to use (all); only their files need to exist.
        unknown_assays: take an assay whose name is nearly that of a known one (`dnase`) as another track.
        addresses: let files be addresses (https://…), which Nextflow downloads before anything reads them.

    Raises:
        InputError: one line for every bad row, with its number, column, value, and what is allowed.
    """
    lines = list(_lines(path))
    if not lines:
        raise InputError(f"{path}: is empty; expected a header with {', '.join(REQUIRED)} and one row per file")
    (number, header), *body = lines
    _check_header(path, number, header)
    problems: list[str] = []
    rows = [row for line, fields in body if (row := _row(path, line, header, fields, problems)) is not None]
    known = tuple(dict.fromkeys(row.cell for row in rows))
    chosen = tuple(dict.fromkeys(cells)) if cells else known
    problems += [
        f"{path}: has no cell '{cell}'; its cells are {listed(known)}{meant(cell, known)}" for cell in chosen if cell not in known
    ]
    rows = [row for row in rows if row.cell in chosen]
    problems += [] if unknown_assays else _near_misses(path, rows)
    rows = [_resolve(path, row, problems, addresses) for row in rows if unknown_assays or not formats.meant(row.assay)]
    problems += _duplicates(path, rows)
    if not body:
        problems.append(f"{path}: has a header and no rows; expected one row per file")
    if problems:
        raise InputError("\n".join(problems))
    return Samplesheet(path, chosen, tuple(rows))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence, at most `SHOWN` of them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(names[:SHOWN]) or "none") + more


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and stripped fields of every line that is neither blank nor a comment (`#`)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            for fields in reader:
                if any(field.strip() for field in fields) and not fields[0].lstrip().startswith("#"):
                    yield reader.line_num, [field.strip() for field in fields]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected a samplesheet (CSV)") from None
    except (UnicodeDecodeError, IsADirectoryError, csv.Error) as error:
        raise InputError(f"{path}: is not a CSV text file in UTF-8 ({error})") from None


def _check_header(path: Path, line: int, header: list[str]) -> None:
    """Raise InputError where the header will not do; note columns that are not used."""
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        columns = f"its columns are {listed(header)}{meant(missing[0], header)}"
        raise InputError(f"{path}, line {line}: has no column {' or '.join(map(repr, missing))}; {columns}")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path}, line {line}: names column {', '.join(map(repr, twice))} twice; name every column once")
    extra = [name for name in header if name not in COLUMNS]
    near = next(
        ((name, end) for name in extra if len(name) > 3 and (end := meant(name, [c for c in COLUMNS if c not in header]))), None
    )
    if near:
        raise InputError(f"{path}, line {line}: '{near[0]}' is no column of a samplesheet{near[1]}")
    if extra:
        Note.COLUMNS_UNUSED.add(path=path, columns=listed(extra))


def _row(path: Path, line: int, header: list[str], fields: list[str], problems: list[str]) -> Row | None:
    if len(fields) > len(header) or len(fields) < len(REQUIRED):
        problems.append(f"{path}, line {line}: has {len(fields)} fields; expected {len(header)}, as in the header")
        return None
    values = {name: value for name, value in zip(header, fields, strict=False) if name in COLUMNS and value}
    try:
        return Row.model_validate({**values, "line": line})
    except ValidationError as error:
        problems += [_sentence(path, line, fault.place, values) for fault in faults(error)]
        return None


def _sentence(path: Path, line: int, column: str, values: dict[str, str]) -> str:
    extra = Row.model_fields[column].json_schema_extra
    expected = extra["errorMessage"] if isinstance(extra, dict) else ""
    value = f"'{values[column]}' is not allowed" if column in values else "is empty"
    return f"{path}, line {line}, column '{column}': {value}; expected {expected}"


def _resolve(path: Path, row: Row, problems: list[str], addresses: bool) -> Row:
    """The row with absolute paths and its format filled in; sentences about what is wrong are added to `problems`."""
    changes: dict[str, Any] = {"path": _absolute(path, row.path)}
    changes |= {name: _absolute(path, given) for name in ("index", "barcodes") if (given := getattr(row, name))}
    for column in ("path", "index", "barcodes"):
        file = changes.get(column)
        address = ADDRESS.match(str(getattr(row, column)))
        if file is not None and not (address and addresses) and not formats.file_of(file).is_file():
            what = "is an address; download it first" if address else "does not exist"
            problems.append(f"{path}, line {row.line}, column '{column}': '{getattr(row, column)}' {what} ({file})")
    found, choices = row.format or formats.guess(row.path), formats.allowed(row.assay)
    if row.assay == formats.FRAGMENTS[0]:
        found, choices = row.format or row.assay, (row.assay,)
        changes["assay"] = formats.FRAGMENTS[1]
    if found in choices:
        changes["format"] = found
    else:
        said = f"'{row.format}' is not a format" if row.format else f"is empty, and the name '{row.path.name}' tells no format"
        problems.append(
            f"{path}, line {row.line}, column 'format': {said} of assay {row.assay}; expected one of {', '.join(choices)}"
        )
    for column in ("barcodes", "label"):
        if getattr(row, column) and (found != formats.FRAGMENTS[0] or not row.barcodes):
            needed = "goes with 'barcodes'" if found == formats.FRAGMENTS[0] else "is for fragments alone"
            problems.append(f"{path}, line {row.line}, column '{column}': {needed}; leave it empty")
            break
    if row.barcodes and not row.label:
        changes["label"] = row.cell
    return row.model_copy(update=changes)


def _absolute(sheet: Path, file: Path) -> Path:
    return sheet.resolve().parent / file


def _near_misses(path: Path, rows: Sequence[Row]) -> list[str]:
    """A sentence for every assay, and every pair of cells, whose names differ from a known one's in their spelling alone."""
    problems = []
    for row in rows:
        near = formats.meant(row.assay)
        if near:
            problems.append(
                f"{path}, line {row.line}, column 'assay': '{row.assay}' is no known assay; did you mean {near}? Write it so, or "
                "give --allow-unknown-assays to take it as a track of another name"
            )
    first: dict[str, Row] = {}
    for row in rows:
        other = first.setdefault(row.cell.lower(), row)
        if other.cell != row.cell:
            problems.append(
                f"{path}, line {row.line}, column 'cell': '{row.cell}' is '{other.cell}' in line {other.line}; name it one way"
            )
    return list(dict.fromkeys(problems))


def _duplicates(path: Path, rows: Sequence[Row]) -> list[str]:
    problems = []
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        one = row.assay in ONE_FILE
        key = (row.cell, row.assay) if one else (row.cell, row.assay, row.path)
        first = seen.setdefault(key, row.line)
        if first != row.line:
            rule = f"expected one {row.assay} file per cell" if one else "remove one of them"
            problems.append(f"{path}, line {row.line}: {row.cell} {row.assay} is already in line {first}; {rule}")
    return problems


def schema() -> dict[str, Any]:
    """The JSON schema of a samplesheet (draft 2020-12, nf-core form), as kept in `assets/schema_input.json`."""
    generated = Row.model_json_schema()["properties"]
    return {
        "$schema": DRAFT,
        "$id": SCHEMA_ID,
        "title": "seq2exp/seq2exp pipeline - params.input schema",
        "description": "Schema for the file provided with params.input: one row per input file",
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: _property(generated[name]) for name in COLUMNS},
            "required": list(REQUIRED),
        },
        "uniqueEntries": ["cell", "assay", "path"],
    }


def _property(field: dict[str, Any]) -> dict[str, Any]:
    """A property as nf-core writes it: no title, no null, a minimal one-type form."""
    either = field.pop("anyOf", [{}])
    kept = {key: value for key, value in {**either[0], **field}.items() if key not in ("title", "default")}
    return {"type": kept.pop("type", "string"), **kept}
