"""Sequence out of a FASTA file, plain, bgzip or gzip, as one code per base."""

import gzip
import shutil
import tempfile
import zlib
from pathlib import Path
from types import TracebackType

import numpy as np
import pyfaidx
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome import bgzip, fasta_index
from seq2exp_py.notes import Note

BASES = "ACGTN"  # the code of a base is its index; every other letter (IUPAC) is N
N = BASES.index("N")
ALIEN = 255  # the code of what no sequence of nucleotides holds
CODES = np.full(256, ALIEN, np.uint8)
for _base in "ACGTURYKMSWBDHVNX-*.":
    CODES[[ord(_base), ord(_base.lower())]] = BASES.find(_base) if _base in BASES else N
BLOCK = 1 << 24  # bytes read at a time where a file is unpacked
DAMAGED = (
    OSError,
    ValueError,
    RuntimeError,
    IndexError,
    AssertionError,
    zlib.error,
)  # what pyfaidx and bgzf raise on a broken file


class Fasta:
    """A FASTA file opened for random access by pyfaidx; use it in a `with` block.

    An index beside the file (`.fai`) is used if it is not older than the file and fits it (see `fasta_index`); otherwise one is
    made in a temporary folder, as is the index of a bgzip file's blocks, so that nothing is ever written beside the user's files.
    A gzip file, as archives offer them, allows no random access: it is unpacked into that folder, which then needs as many bytes
    as the genome has bases.

    Attributes:
        path: the file.
        sizes: bp of each sequence, in the order of the file.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self._scratch = tempfile.TemporaryDirectory(prefix="seq2exp-fasta-")
        place = self._place(Path(self._scratch.name))
        beside = self.path.with_name(self.path.name + ".fai")
        reason = fasta_index.age(beside, self.path) if beside.is_file() else "missing"
        if not reason:
            shutil.copyfile(beside, place.with_name(place.name + ".fai"))
            reason = self._open(place)
        if reason:
            self._made_anew(place, beside, reason)
        self.sizes: dict[str, int] = {str(name): int(record.rlen) for name, record in self._file.index.items()}
        if not any(self.sizes.values()):
            raise InputError(f"{path}: holds no sequence; expected a FASTA file with at least one base")

    def codes(self, chrom: str, start: int, end: int) -> NDArray[np.uint8]:
        """Codes of `BASES` of `[start, end)`, which must lie on the chromosome; lower case counts as upper, IUPAC letters as N.

        Raises:
            InputError: the file is damaged there, or holds what is no nucleotide.
        """
        if not 0 <= start <= end <= self.sizes[chrom]:
            raise ValueError(f"{chrom}:{start}-{end} is not on the chromosome of {self.sizes[chrom]} bp")
        try:
            text = self._file.fetch(chrom, start + 1, end) if end > start else ""
        except DAMAGED as error:
            raise InputError(f"{self.path}: is damaged at {chrom}:{start}-{end} ({error}); copy it again") from None
        found = CODES[np.frombuffer(text.encode("latin-1", "replace"), np.uint8)]
        if len(found) != end - start:
            raise InputError(f"{self.path}: ends before {chrom}:{end}; copy it again")
        if len(found) and found.max() == ALIEN:
            at = int(np.argmax(found == ALIEN))
            where = f"base {start + at + 1} of {chrom}"
            raise InputError(f"{self.path}: {where} is {text[at]!r}, no nucleotide; expected letters of IUPAC (A, C, G, T, N, …)")
        return found

    def _place(self, folder: Path) -> Path:
        """The file under a name in the temporary folder that tells pyfaidx what it is, unpacked where it is gzip."""
        kind = _kind(self.path)
        if kind == "gzip":
            return self._unpacked(folder / "genome.fa")
        place = folder / ("genome.fa.gz" if kind == "bgzip" else "genome.fa")
        place.symlink_to(self.path.resolve())
        if kind == "bgzip":
            found, _ = bgzip.blocks(self.path)
            bgzip.write_gzi(folder / "genome.fa.gz.gzi", found)
        return place

    def _unpacked(self, place: Path) -> Path:
        """Unpack a gzip file."""
        try:
            with gzip.open(self.path) as packed, place.open("wb") as plain:
                shutil.copyfileobj(packed, plain, BLOCK)
            _kind(place)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"{self.path}: cannot be unpacked ({error}); download it again") from None
        except InputError as error:
            raise InputError(str(error).replace(str(place), str(self.path))) from None
        return place

    def _open(self, place: Path) -> str:
        """Open the file with the index in the temporary folder; why that is not the file's, or ""."""
        try:
            self._file = pyfaidx.Faidx(str(place), as_raw=True)
            return fasta_index.misfit(self._file)
        except (*DAMAGED, pyfaidx.FastaIndexingError) as error:
            return f"cannot be read ({error})"

    def _made_anew(self, place: Path, beside: Path, reason: str) -> None:
        """Index the file in the temporary folder."""
        if beside.is_file():
            Note.FAI_ANEW.add(path=beside, reason=reason)
        place.with_name(place.name + ".fai").unlink(missing_ok=True)
        try:
            self._file = pyfaidx.Faidx(str(place), as_raw=True)
            wrong = fasta_index.misfit(self._file)
        except pyfaidx.FastaIndexingError:
            wrong = "irregular"
        except DAMAGED as error:
            twice = str(error).startswith("Duplicate key")
            what = f"the sequence name {str(error)[15:-1]} occurs twice; every sequence needs a name of its own"
            raise InputError(f"{self.path}: {what if twice else f'cannot be read as FASTA ({error}); copy it again'}") from None
        if wrong:
            rule = "every sequence needs a name, and lines of one length but for its last, ended by LF or CRLF"
            raise InputError(f"{self.path}: cannot be indexed; {rule}")

    def __enter__(self) -> "Fasta":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        self._scratch.cleanup()


def _kind(path: Path) -> str:
    """`plain`, `bgzip` or `gzip`; refuses what is none of these."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a FASTA file, plain, bgzip or gzip")
    with path.open("rb") as handle:
        head = handle.read(2)
    if head == b"\x1f\x8b":
        return "bgzip" if bgzip.is_bgzip(path) else "gzip"
    if not head.startswith(b">"):
        found = "is empty" if not head else f"starts with {head[:1].decode('latin-1')!r}, not with '>'"
        raise InputError(f"{path}: {found}; expected a FASTA file, plain, bgzip or gzip")
    return "plain"
