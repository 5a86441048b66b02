"""The store's folders: what their manifests say, and the checks that a folder is what its manifest says.

A genome store:
    sequence/<chrom>.u8   one code of `BASES` per base; absent: all N
    excluded.bed          the blacklist, sorted and merged
    genes.parquet         gene_id, gene_name, chrom, start, end, strand, tss (0-based), split (train, valid, test or ""),
                          sequence_fraction (share of known bases in the window), and the eight `genome.mrna.FEATURES`; sorted
                          by chromosome, start and id
A cell store, its genes in the same order:
    signals/<track>/<chrom>.f32   one little-endian float32 per base; absent: all 0
    peaks/<chrom>.u8              1 inside a peak; absent: no peak
    contacts.npy                  float32 (genes, bins), log10(contact + 1); bin b covers bases [b * bin_size, (b + 1) * bin_size)
                                  and a gene's first is floor((tss - half) / bin_size)
    contacts.json                 half, bin_size, and by gene the source, `hic` or `powerlaw`
    genes.parquet                 gene_id, observed (log10(x + 1), NaN where not measured), promoter_activity,
                                  strength of the promoter (`store.promoter`), crowding (`store.crowding`)
Zeros per base take no disk where the file system allows holes in files; a copy that does not keep holes is larger.
"""

import json
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from seq2exp_py import files
from seq2exp_py.errors import InputError, fault
from seq2exp_py.genome import mrna

VERSION = 3
MANIFEST = "manifest.json"
SEQUENCE, SIGNAL, FLAG = "<u1", "<f4", "<u1"  # dtypes of sequence, signals and peaks on disk
BASES = "ACGTN"  # code of a base = its index here
FEATURES = (*mrna.FEATURES, "promoter_activity")  # of a gene in a cell, in the order that models see them
CONTACT = "HiC"  # name of the contact to the TSS, the last signal of a batch


class InputFile(BaseModel):
    """A file that the store was made from."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path) -> "InputFile":
        """Describe a file."""
        return cls(name=path.name, sha256=files.sha256(path), size=path.stat().st_size)


class TrackInfo(BaseModel):
    """A signal track and its constants over the cell (`tracks.scale`); `signal / scale` means the same in every cell."""

    model_config = ConfigDict(extra="allow")
    name: str
    scale: float
    mean: float = 0.0
    p99: float = 0.0
    nonzero: float = 0.0
    level: float = 0.0
    spread: float = 0.0


class ContactsInfo(BaseModel):
    """Where the contacts come from.

    Attributes:
        source: name of the map; None where the cell has none (power law for every gene).
        bin_size: bp per bin.
        half: bp on either side of the TSS that the stored bins cover.
        normalisation: balancing weights used; None for the power law.
        scaling: `raw` (contacts as in the map) or `powerlaw` (multiplied by `constant`, see `store.contacts`).
        constant: what the map's contacts were multiplied by.
        unit: the batch's scale of the track: 1 with `raw`; with `powerlaw` its value at the TSS by the power law.
        genes_hic: number of genes whose contacts come from the map; the others have the power law's.
    """

    source: str | None
    bin_size: int
    half: int
    normalisation: str | None
    scaling: Literal["raw", "powerlaw"]
    constant: float = 1.0
    unit: float = 1.0
    genes_hic: int = 0


class ExpressionInfo(BaseModel):
    """Where the observed expression comes from; the store holds log10(value + 1)."""

    source: str | None
    column: str | None = None
    unit: str = "raw"
    log: str = "log10(x+1)"
    genes: int = 0


class GenomeRef(BaseModel):
    """The genome store that a cell store belongs to."""

    name: str
    chromosomes: dict[str, int]


class Manifest(BaseModel):
    """What every store folder says about itself; `notes`: what was noted of its inputs while it was made, one sentence each."""

    FORMAT: ClassVar[str]
    MADE_BY: ClassVar[str]
    format: str
    version: int = VERSION
    notes: list[str] = []
    inputs: dict[str, InputFile] = {}
    files: dict[str, str] = {}


class GenomeManifest(Manifest):
    """Manifest of a genome store."""

    FORMAT: ClassVar[str] = "seq2exp-genome"
    MADE_BY: ClassVar[str] = "seq2exp prepare-genome"
    format: Literal["seq2exp-genome"] = "seq2exp-genome"
    name: str
    chromosomes: dict[str, int]
    window: int
    min_sequence: float
    splits: str


class CellManifest(Manifest):
    """Manifest of a cell store."""

    FORMAT: ClassVar[str] = "seq2exp-cell"
    MADE_BY: ClassVar[str] = "seq2exp prepare-cell"
    format: Literal["seq2exp-cell"] = "seq2exp-cell"
    cell: str
    genome: GenomeRef
    tracks: list[TrackInfo]
    contacts: ContactsInfo
    expression: ExpressionInfo
    promoter_activity: str = ""


M = TypeVar("M", bound=Manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `manifest.json`; `manifest.files` must already hold the checksums."""
    said = manifest.model_dump()
    said |= {name: said.pop(name) for name in ("notes", "inputs", "files")}  # last, for the eye
    (folder / MANIFEST).write_text(json.dumps(said, indent=1) + "\n")


def read_manifest(folder: Path, kind: type[M]) -> M:
    """Read the manifest of a store and refuse what is not one.

    Raises:
        InputError: no manifest, another format, another version, or a field that is missing or wrong.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder}: no {MANIFEST} there; expected a folder made by `{kind.MADE_BY}`")
    try:
        said = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {error.lineno} is not JSON; make the folder again with `{kind.MADE_BY}`") from None
    if not isinstance(said, dict) or said.get("format") != kind.FORMAT:
        found = said.get("format") if isinstance(said, dict) else None
        raise InputError(f"{path}: format is {found!r}, expected {kind.FORMAT!r}; give a folder made by `{kind.MADE_BY}`")
    if said.get("version") != VERSION:
        raise InputError(
            f"{path}: version {said.get('version')} of the format, this program reads version {VERSION}; make it again"
        )
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        field, reason = fault(error)
        raise InputError(f"{path}: field {field}: {reason}; make the folder again with `{kind.MADE_BY}`") from None


def check_sizes(folder: Path, manifest: Manifest, chromosomes: dict[str, int]) -> None:
    """Check that every file of the manifest is there with the length that its chromosome asks; reads no content.

    Raises:
        InputError: a file is missing or cut short.
    """
    for name in manifest.files:
        path = folder / name
        if not path.is_file():
            raise InputError(f"{path}: missing, though the manifest lists it; make the folder again with `{manifest.MADE_BY}`")
        width = {".u8": 1, ".f32": 4}.get(path.suffix)
        wanted = chromosomes[path.stem] * width if width else None
        if wanted is not None and path.stat().st_size != wanted:
            found = path.stat().st_size
            raise InputError(
                f"{path}: {found} bytes, expected {wanted}: cut short; make the folder again with `{manifest.MADE_BY}`"
            )


def verify(folder: Path, manifest: Manifest, big: bool = True) -> None:
    """Check the content of every file against its checksum.

    Args:
        folder: the store.
        manifest: its manifest.
        big: also the files that hold one value per base; without, only the tables (quick).

    Raises:
        InputError: a file whose content changed after the store was made.
    """
    for name, wanted in manifest.files.items():
        path = folder / name
        if (big or path.suffix not in {".u8", ".f32"}) and files.sha256(path) != wanted:
            raise InputError(
                f"{path}: checksum differs from the manifest's: the file changed; make it again with `{manifest.MADE_BY}`"
            )
