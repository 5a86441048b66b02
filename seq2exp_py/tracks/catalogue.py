"""The catalogue behind `--cells K562`: which public file holds which assay of which cell, and who says so."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, field_validator

from seq2exp_py.errors import InputError, fault, meant
from seq2exp_py.tracks.options import Contacts

GENOME = "*"  # the "cell" of the files that every cell of an assembly needs: sequence, genes, excluded regions
AVERAGE = "average"  # the assay of a contact map that is the mean of many cells'
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class Remote(BaseModel):
    """One public file.

    Attributes:
        cell: cell type, or `*` for a file of the genome.
        assay: as in the samplesheet; `fasta`, `genes`, `blacklist` or `average` for a file of the genome.
        accession: its name at the archive; output_type: the archive's word for what the values are.
        urls: where it is, in the order in which the addresses are tried; name: its file name in the cache.
        assembly: genome assembly; format: as in the samplesheet.
        column: of an expression table, the column that holds the values; `{cell}` in it stands for the cell.
        size: bytes, md5: checksum; None where no public figure is known.
        biosample: the archive's words for what was measured; experiment: the accession of the experiment.
        sources: keys of the public files that name this one, see `cells_sources.csv`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: str
    assay: str
    accession: str
    urls: tuple[HttpUrl, ...] = Field(min_length=1)
    name: str = Field(pattern=NAME)
    assembly: str = Field(pattern=NAME)
    output_type: str
    format: str
    column: str | None = None
    size: int | None = Field(default=None, gt=0)
    md5: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")
    biosample: str = ""
    experiment: str = ""
    sources: tuple[str, ...] = ()

    @field_validator("urls", "sources", mode="before")
    @classmethod
    def _words(cls, text: object) -> object:
        """A field that holds several words, with spaces between them."""
        return tuple(text.split()) if isinstance(text, str) else text


def read(path: Path) -> list[Remote]:
    """Read a catalogue (CSV with the columns of `Remote`).

    Raises:
        InputError: the file is missing, or a line does not say what it must.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the catalogue of cells cannot be read ({error}); give one with --catalogue") from error
    return [_row(path, line, row) for line, row in enumerate(table.to_dict("records"), start=2)]


def _row(path: Path, line: int, row: Mapping[Hashable, str]) -> Remote:
    try:
        return Remote.model_validate({str(k): v for k, v in row.items() if v != ""})
    except ValidationError as error:
        field, reason = fault(error)
        raise InputError(f"{path}, line {line}: column '{field}': {reason.lower()}") from error


def cells(catalogue: Iterable[Remote]) -> tuple[str, ...]:
    """Names of the cells, in the catalogue's order."""
    return tuple(dict.fromkeys(remote.cell for remote in catalogue if remote.cell != GENOME))


def select(catalogue: Sequence[Remote], wanted: Sequence[str], contacts: Contacts = "powerlaw") -> list[Remote]:
    """The files of the genome of `wanted`, then theirs, in the catalogue's order; contact maps only where `contacts` asks for them.

    Raises:
        InputError: the catalogue has no such cell, or the cells are of several assemblies, or it has no average map of theirs.
    """
    known = cells(catalogue)
    for cell in wanted:
        if cell not in known:
            raise InputError(
                f"--cells: '{cell}' is not in the catalogue, which has {', '.join(known)} (`seq2exp cells` says what each has); "
                f"give your own files with --input samplesheet.csv{meant(cell, known)}"
            )
    assembly = assembly_of(catalogue, wanted)
    left_out = {"powerlaw": {"HiC", AVERAGE}, "average": {"HiC"}, "hic": {AVERAGE}}[contacts]
    found = [r for r in catalogue if r.cell in (GENOME, *wanted) and r.assembly == assembly and r.assay not in left_out]
    if contacts == AVERAGE and not any(r.assay == AVERAGE for r in found):
        raise InputError(f"--contacts average: the catalogue has no average map on {assembly}; take powerlaw or hic")
    return found


def assembly_of(catalogue: Iterable[Remote], wanted: Collection[str]) -> str:
    """The assembly of the cells.

    Raises:
        InputError: there are several.
    """
    by_assembly: dict[str, str] = {}
    for remote in catalogue:
        if remote.cell in wanted:
            by_assembly.setdefault(remote.assembly, remote.cell)
    if len(by_assembly) > 1:
        said = ", ".join(f"{cell} on {assembly}" for assembly, cell in by_assembly.items())
        raise InputError(
            f"--cells: a run has one genome, and these have {len(by_assembly)}: {said}; run them one assembly at a time"
        )
    return next(iter(by_assembly))


def labels(remotes: Iterable[Remote]) -> list[str]:
    """The units in which every cell that has expression has it, in the catalogue's order: a run has one, whatever its cells.

    Raises:
        InputError: the cells have expression, and no unit is common to all.
    """
    having: dict[str, list[str]] = {}  # cell -> its units
    for remote in remotes:
        if remote.assay == "expression":
            having.setdefault(remote.cell, []).append(remote.output_type)
    common = [unit for unit in next(iter(having.values()), []) if all(unit in units for units in having.values())]
    if having and not common:
        said = "; ".join(f"{cell}: {', '.join(units)}" for cell, units in having.items())
        raise InputError(f"--cells: no unit of expression is common to these cells ({said}); run them by themselves")
    return common
