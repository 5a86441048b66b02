"""Which file formats an assay may come in, and how a file name tells its format."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from seq2exp_py.errors import InputError


@dataclass(frozen=True, slots=True)
class Signals:
    """A format of signal tracks.

    Attributes:
        suffixes: how its files' names end, in lower case and without `.gz`.
        reader: `module.class` of this folder that reads it (`signal.Signal`), imported when a file of it is opened.
        takes: what it is given beside the path: `extension` of reads, `index` of the file, `barcodes` and their `label`.
    """

    suffixes: tuple[str, ...]
    reader: str
    takes: tuple[str, ...] = ()


SIGNALS = {
    "bigwig": Signals(("bw", "bigwig"), "signal.BigWig"),
    "bedgraph": Signals(("bdg", "bg", "bedgraph"), "signal.BedGraph"),
    "bam": Signals(("bam",), "reads.Alignments", ("extension", "index")),
    "cram": Signals(("cram",), "reads.Alignments", ("extension", "index")),
    "tagalign": Signals(("tagalign",), "reads.TagAlign", ("extension",)),
    "fragments": Signals(("fragments",), "fragments.Fragments", ("extension", "barcodes", "label")),
}
CONTACTS = ("cool", "mcool", "hic", "bedpe")
EXPRESSION = ("tsv", "csv")
PEAKS = ("narrowpeak", "broadpeak", "bed", "bigwig")
GENE_LIST = ("tsv",)
FRAGMENTS = ("fragments", "ATAC")  # the format that is an assay's name too, and the track that it makes
RESERVED = {"HiC": CONTACTS, "expression": EXPRESSION, "peaks": PEAKS, "ABC": GENE_LIST}
FORMATS = tuple(dict.fromkeys((*SIGNALS, *CONTACTS, *EXPRESSION, *PEAKS)))

_SUFFIXES = {
    "cool": "cool",
    "mcool": "mcool",
    "hic": "hic",
    "bedpe": "bedpe",
    "tsv": "tsv",
    "txt": "tsv",
    "csv": "csv",
    "narrowpeak": "narrowpeak",
    "broadpeak": "broadpeak",
    "bed": "bed",
}


KNOWN = (*RESERVED, "DNase", "H3K27ac", "ATAC", FRAGMENTS[0])  # assays that mean something by their name; others are signal tracks
OTHER_NAMES = {
    "dhs": "DNase",
    "dnasei": "DNase",
    "dnasehs": "DNase",
    "microc": "HiC",
    "insituhic": "HiC",
    "omnic": "HiC",
    "tpm": "expression",
}


def meant(assay: str) -> str | None:
    """The known assay that a name is a slip of the pen for, or another word for: `dnase`, `H3K27AC`, `Hi-C`, `ATAC-seq`, `DHS`.

    A name that differs in a digit is another mark (`H3K23ac`), and none of these.
    """
    if assay in KNOWN:
        return None
    plain = _plain(assay)
    words = {_plain(known): known for known in KNOWN} | OTHER_NAMES
    digits = "".join(c for c in plain if c.isdigit())
    near = next(iter(get_close_matches(plain, words, n=1, cutoff=0.8)), plain)  # a name itself, if it is one of them
    alike = near[0] == plain[0] and digits == "".join(c for c in near if c.isdigit()) and len(plain) > 3
    return words.get(near) if alike or near == plain else None


def _plain(name: str) -> str:
    return re.sub(r"(?:chip)?seq$", "", re.sub(r"[\W_]", "", name).lower()) or name.lower()


def allowed(assay: str) -> tuple[str, ...]:
    """Formats that a file of `assay` may have; every assay name that is not reserved is a signal track."""
    return RESERVED.get(assay, tuple(SIGNALS))


def file_of(path: Path) -> Path:
    """The file on disk behind a path that may name a map inside it (`maps.mcool::/resolutions/5000`)."""
    return Path(str(path).split("::", 1)[0])


def guess(path: Path) -> str | None:
    """The format that the name of a file tells (`.gz` is looked through), or None."""
    words = file_of(path).name.lower().split(".")
    words = words[:-1] if words[-1] in ("gz", "bgz") else words
    if len(words) < 2:
        return None
    return next((name for name, row in SIGNALS.items() if words[-1] in row.suffixes), _SUFFIXES.get(words[-1]))


def resolve(path: Path, format: str | None, choices: Collection[str]) -> str:
    """The format of a file: the one declared, else the one its name tells.

    Raises:
        InputError: it is not one of `choices`.
    """
    found = format or guess(path)
    if found is None or found not in choices:
        what = f"format '{found}'" if found else "no format that its name tells"
        raise InputError(f"{path}: has {what}; expected one of {', '.join(choices)} (column 'format' of the samplesheet)")
    return found
