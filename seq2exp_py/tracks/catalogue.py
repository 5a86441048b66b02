"""The catalogue behind `--cells K562`: which public file holds which assay of which cell."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from seq2exp_py.errors import InputError

GENOME = "*"  # the "cell" of the files that every cell needs: sequence, genes, excluded regions


class Remote(BaseModel):
    """One public file.

    Attributes:
        cell: cell type, or `*` for a file of the genome.
        assay: as in the samplesheet; `fasta`, `genes` or `blacklist` for a file of the genome.
        accession: its name at the archive; output_type: the archive's word for what the values are.
        url: where it is; name: its file name in the cache.
        assembly: genome assembly; format: as in the samplesheet.
        size: bytes, md5: checksum; None where the archive's figure is not in the catalogue.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: str
    assay: str
    accession: str
    url: HttpUrl
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    assembly: str
    output_type: str
    format: str
    size: int | None = Field(default=None, gt=0)
    md5: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")


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
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}, line {line}: column '{field}': {first['msg'].lower()}") from error


def select(catalogue: Sequence[Remote], cells: Sequence[str]) -> list[Remote]:
    """The files of the genome, then those of `cells`, in the catalogue's order.

    Raises:
        InputError: the catalogue has no such cell.
    """
    known = sorted({remote.cell for remote in catalogue} - {GENOME})
    for cell in cells:
        if cell not in known:
            raise InputError(
                f"--cells: '{cell}' is not in the catalogue, which has {', '.join(known)}; "
                "give your own files with --input samplesheet.csv"
            )
    return [remote for remote in catalogue if remote.cell == GENOME or remote.cell in cells]
