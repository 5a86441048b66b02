"""Sequence out of a FASTA file, plain, bgzip or gzip, as one code per base."""

import gzip
import re
import shutil
import tempfile
import zlib
from pathlib import Path
from types import TracebackType

import numpy as np
import pysam
from numpy.typing import NDArray

from seq2exp_py.errors import InputError

BASES = "ACGTN"  # the code of a base is its index; every other letter (IUPAC) is N
N = BASES.index("N")
CODES = np.full(256, N, np.uint8)
for _code, _base in enumerate("ACGT"):
    CODES[[ord(_base), ord(_base.lower())]] = _code
BGZIP = re.compile(rb"\x1f\x8b\x08\x04.{8}BC", re.DOTALL)  # the first block's header, SAM specification section 4.1
BLOCK = 1 << 24  # bytes read at a time where a file is scanned


class Fasta:
    """A FASTA file opened for random access; use it in a `with` block.

    An index (`.fai`, for bgzip also `.gzi`) beside the file is used if it is not older than the file; otherwise one is made in a
    temporary folder, so that nothing is ever written beside the user's files. A gzip file, as archives offer them, allows no random
    access: it is unpacked into that folder, which then needs as many bytes as the genome has bases.

    Attributes:
        path: the file.
        sizes: bp of each sequence, in the order of the file.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        source = self._unpacked() if _kind(self.path) == "gzip" else self.path
        compressed = _kind(source) == "bgzip"
        fai, gzi = _beside(source, compressed) or self._index(source)
        try:
            self._file = pysam.FastaFile(
                str(source), filepath_index=str(fai), filepath_index_compressed=str(gzi) if compressed else None
            )
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path}: cannot be read as FASTA ({error}); is the file cut short, or its index of another file?"
            ) from None
        self.sizes: dict[str, int] = dict(zip(self._file.references, self._file.lengths, strict=True))
        if not any(self.sizes.values()):
            raise InputError(f"{path}: holds no sequence; expected a FASTA file with at least one base")

    def codes(self, chrom: str, start: int, end: int) -> NDArray[np.uint8]:
        """Codes of `BASES` of `[start, end)`, which must lie on the chromosome; lower case counts as upper, IUPAC letters as N."""
        if not 0 <= start <= end <= self.sizes[chrom]:
            raise ValueError(f"{chrom}:{start}-{end} is not on the chromosome of {self.sizes[chrom]} bp")
        return CODES[np.frombuffer(self._file.fetch(chrom, start, end).encode("latin-1"), np.uint8)]

    def _folder(self) -> Path:
        self._scratch = self._scratch or tempfile.TemporaryDirectory(prefix="seq2exp-fasta-")
        return Path(self._scratch.name)

    def _unpacked(self) -> Path:
        """Unpack a gzip file into the temporary folder."""
        place = self._folder() / "unpacked.fa"
        try:
            with gzip.open(self.path) as packed, place.open("wb") as plain:
                shutil.copyfileobj(packed, plain, BLOCK)
            _kind(place)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"{self.path}: cannot be unpacked ({error}); download it again") from None
        except InputError as error:
            raise InputError(str(error).replace(str(place), str(self.path))) from None
        return place

    def _index(self, source: Path) -> tuple[Path, Path]:
        """Make an index in the temporary folder."""
        _check_names(source, self.path)
        fai, gzi = self._folder() / "fai", self._folder() / "gzi"
        try:
            pysam.faidx(str(source), "--fai-idx", str(fai), "--gzi-idx", str(gzi))
        except pysam.SamtoolsError:
            raise InputError(
                f"{self.path}: cannot be indexed; every sequence needs bases, in lines of one length but for its last"
            ) from None
        return fai, gzi

    def __enter__(self) -> "Fasta":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        if self._scratch:
            self._scratch.cleanup()


def _kind(path: Path) -> str:
    """`plain`, `bgzip` or `gzip`; refuses what is none of these."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a FASTA file, plain, bgzip or gzip")
    with path.open("rb") as handle:
        head = handle.read(18)
    if head[:2] == b"\x1f\x8b":
        return "bgzip" if BGZIP.match(head) else "gzip"
    if not head.startswith(b">"):
        found = "is empty" if not head else f"starts with {head[:1].decode('latin-1')!r}, not with '>'"
        raise InputError(f"{path}: {found}; expected a FASTA file, plain, bgzip or gzip")
    return "plain"


def _beside(path: Path, compressed: bool) -> tuple[Path, Path] | None:
    """The index beside the file, if it is whole and not older."""
    fai, gzi = path.with_name(path.name + ".fai"), path.with_name(path.name + ".gzi")
    age = path.stat().st_mtime
    wanted = [fai, gzi] if compressed else [fai]
    return (fai, gzi) if all(p.is_file() and p.stat().st_mtime >= age for p in wanted) else None


def _check_names(path: Path, shown: Path | None = None) -> None:
    """Refuse a file in which two sequences have one name; the indexer would drop the second without an error."""
    names: set[bytes] = set()
    with gzip.open(path) if _kind(path) == "bgzip" else path.open("rb") as handle:
        rest = b"\n"
        while block := handle.read(BLOCK):
            block, rest = rest + block, b""
            last = block.rfind(b"\n>")
            if last >= 0 and b"\n" not in block[last + 1 :]:
                block, rest = block[:last], block[last:]
            for name in re.findall(rb"\n>(\S+)", block):
                if name in names:
                    raise InputError(
                        f"{shown or path}: the sequence name {name.decode()} occurs twice; every sequence needs a name of its own"
                    )
                names.add(name)
            rest = rest or block[-1:]
