"""What a user says of the files of cells; light, so that a help text can show it."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from seq2exp_py.genome.options import ReferenceOptions
from seq2exp_py.options import Options

Unit = Literal["raw", "log10p1"]
Scaling = Literal["powerlaw", "raw"]
Contacts = Literal["powerlaw", "average", "hic"]


class TrackOptions(Options):
    """How the files of a samplesheet are read; CHECK and PREPARE_CELL take them alike.

    Attributes:
        samplesheet: CSV with a row per file.
        contact_norm: balancing of the contacts, by the name in the file; `auto` chooses.
        expression_column: column of the expression tables, `{cell}` in it stands for the cell; None where there is only one.
        expression_unit: `raw` (stored as log10(x + 1)) or `log10p1` (is that already).
        allow_unknown_assays: take assays with nearly the name of a known one as other tracks.
    """

    samplesheet: Path = Field(
        description="Samplesheet: CSV with a row per file and the columns cell, assay, path [, index, format, replicate, barcodes, "
        "label].",
        json_schema_extra={
            "flag": "--input",
            "more": "Assays: HiC, expression, peaks, ABC, fragments, or the name of a signal track (H3K27ac, DNase, ATAC, …).",
        },
    )
    contact_norm: str = Field("auto", description="Balancing of the contacts: auto, VC, KR, SCALE, ICE, NONE, or a column's name.")
    expression_column: str | None = Field(
        None,
        description="Column of the expression tables that holds the values.",
        json_schema_extra={"more": "'{cell}' in it stands for the cell.  [default: the only one]"},
    )
    expression_unit: Unit = Field("raw", description="Whether expression is given as it is or as log10(x + 1).")
    allow_unknown_assays: bool = Field(
        False, description="Take an assay whose name is nearly that of a known one, e.g. dnase, as another track."
    )


class CellOptions(TrackOptions):
    """What a cell store is made from: the genome store, the cell's name in the samplesheet, and

    Attributes:
        contact_scaling: see `store.contacts`.
        extension: bp to which reads of BAM, CRAM and tagAlign are extended; None: as aligned. Of fragments, bp around each cut.
    """

    genome: Path = Field(description="Genome store, made by `seq2exp prepare-genome`.")
    cell: str = Field(description="The cell, by its name in the samplesheet.")
    contact_scaling: Scaling = Field(
        "powerlaw",
        description="Scale each map to the power law that stands in where there is none, or take contacts as they are.",
        json_schema_extra={
            "more": "powerlaw: one constant multiplies the map's contacts, so that their mean at 5-100 kb is the power law's; raw: "
            "as in the map (the paper)."
        },
    )
    extension: int | None = Field(
        None,
        ge=1,
        description="Length to which reads are extended (default: as aligned), or that a cut of fragments covers (default: 150).",
    )


class CheckOptions(TrackOptions, ReferenceOptions):
    """What is to be checked: a reference, the files of cells, and

    Attributes:
        cells: the cells to use; None for all.
        allow_unmeasured: let genes of a split have no expression in any cell; they are then left out of that split's figures.
        crispri: table of CRISPRi pairs, or None.
        truth: folder of the elements that truly act in each cell, or None.
        extra: names and paths of BED and BEDPE tracks for the genome browsers.
    """

    cells: tuple[str, ...] | None = None
    allow_unmeasured: bool = Field(False, description="Go on where genes have no expression in any cell.")
    crispri: Path | None = Field(None, description="Table of tested element-gene pairs (ENCODE CRISPR benchmark).")
    truth: Path | None = Field(None, description="Folder of BED files of the elements that truly act, where they are known.")
    extra: tuple[tuple[str, Path], ...] = ()


class FetchOptions(Options):
    """What is downloaded of a cell."""

    contacts: Contacts = Field(
        "powerlaw",
        description="Contacts of downloaded cells: by distance, from an average map (54 GB), or each cell's own map (some 20 GB a "
        "cell).",
        json_schema_extra={"more": "The average is the ABC model's, on hg38."},
    )
