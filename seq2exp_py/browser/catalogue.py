"""`tracks.json`: every track of a run, once; the UCSC hub and the IGV page are two renderings of this list.

All paths are relative to the folder that holds the cells' folders and `hub/` (the pipeline's --outdir), so the whole can be moved.
"""

import json
import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from seq2exp_py.browser.kinds import KINDS, Kind
from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.models.rows import label
from seq2exp_py.writers.palette import GREEN, RGB, TRACK_COLOUR

FORMAT, VERSION = "seq2exp-tracks", 1
NAME = "tracks.json"


class Track(BaseModel):
    """One track.

    Attributes:
        kind: what it shows, a key of `kinds.KINDS`.
        cell: the cell; empty for a track of the user's own, which belongs to no cell.
        model: the model; empty where the track is data.
        assay: name of the signal, or the user's name of the track.
        path: the file for UCSC, relative to the results.
        text: the same as BEDPE or BED, which igv.js reads better; empty where `path` serves.
        top: highest value worth drawing; 0 = as the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    cell: str = ""
    model: str = ""
    assay: str = ""
    path: str
    text: str = ""
    top: float = 0.0

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"no kind {kind!r}; they are {', '.join(KINDS)}")
        return kind

    @property
    def of(self) -> Kind:
        """What all tracks of its kind have in common."""
        return KINDS[self.kind]

    @property
    def id(self) -> str:
        """A name of letters, digits and _ that no other track has, as UCSC wants it."""
        return symbol("_".join(filter(None, (self.cell or "extra", self.model, self.assay, self.kind))))

    @property
    def colour(self) -> RGB:
        """Colour of the track, the same in every browser."""
        return self.of.colour or TRACK_COLOUR.get(self.assay, GREEN)

    @property
    def long(self) -> str:
        """A sentence for people, at most 80 letters."""
        what = self.of.words.format(assay=self.assay)
        return ": ".join(filter(None, (self.cell, label(self.model) if self.model else "", what)))[:80]

    @property
    def short(self) -> str:
        """At most 17 letters: what UCSC shows beside a track."""
        return f"{self.cell} {self.of.short or self.assay or self.kind}".strip()[:17]


def symbol(name: str) -> str:
    """A name in letters, digits and _, distinct for distinct names: other letters become their code."""
    return re.sub(r"[^A-Za-z0-9_]", lambda m: f"x{ord(m.group()):x}", name)


class Genome(BaseModel):
    """The assembly.

    Attributes:
        name: its name; native: whether UCSC has it under this name.
        chromosomes: length of each in bp.
        sequence: 2bit file relative to the results; empty where native.
        sizes: chrom.sizes file relative to the results.
    """

    name: str
    native: bool
    chromosomes: dict[str, int]
    sequence: str = ""
    sizes: str


class Catalogue(BaseModel):
    """All tracks of a run.

    Attributes:
        genome: the assembly; cells, models: their names, in order; tracks: the tracks, in the order to draw them.
        tables: per `<cell>.<model>` its elements BED and expression TSV, relative to the results; elements may be empty.
        genes: TSV of the genes (gene_id, gene_name, chrom, start, end, strand, tss), relative to the results.
        locus: where a browser opens.
    """

    format: Literal["seq2exp-tracks"] = "seq2exp-tracks"
    version: Literal[1] = 1
    genome: Genome
    cells: list[str]
    models: list[str]
    tracks: list[Track]
    tables: dict[str, dict[str, str]]
    genes: str
    locus: str

    def of(self, cell: str, *kinds: str) -> list[Track]:
        """The tracks of a cell that are of some kinds, in order; of all kinds where none is named."""
        return [t for t in self.tracks if t.cell == cell and (not kinds or t.kind in kinds)]

    def write(self, folder: Path) -> None:
        """Write `tracks.json`."""
        with whole(folder / NAME) as temporary:
            temporary.write_text(self.model_dump_json(indent=1) + "\n")


def read(folder: Path) -> Catalogue:
    """Read the `tracks.json` of a hub.

    Raises:
        InputError: there is none, or one of another version.
    """
    file = folder / NAME
    if not file.is_file():
        raise InputError(f"{folder}: no {NAME} in it; make it with `seq2exp hub --out {folder}`")
    try:
        return Catalogue.model_validate(json.loads(file.read_text()))
    except (ValidationError, json.JSONDecodeError) as error:
        raise InputError(f"{file}: expected format {FORMAT} version {VERSION}; make it again with `seq2exp hub`") from error
