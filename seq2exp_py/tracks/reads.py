"""Coverage of sequenced reads, in reads per million: BAM, CRAM and tagAlign.

The rule, the same for all three: a read counts once, whatever its mate; unmapped, secondary, supplementary, duplicate and
QC-failed reads do not count (BAM flags 0xF04); mapping quality does not matter. Without `extension` a read covers the bases from
its first to its last aligned one. With `extension` N it covers the N bases that begin at its 5' end and run in its direction, so
that a single-end read stands for its fragment. Coverage is divided by the number of reads that count, in millions (RPM).
"""

import gzip
import tempfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pysam
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.notes import Note
from seq2exp_py.progress import say
from seq2exp_py.tracks import read_index
from seq2exp_py.tracks.steps import EMPTY, Steps
from seq2exp_py.tracks.text import check_intervals, intervals

pysam.set_verbosity(0)  # what htslib prints comes back as an error, in our words
SKIPPED = 0xF04  # unmapped, secondary, QC-failed, duplicate, supplementary (SAM specification, 1.4)
MILLION = 1e6
CRAM_FIELDS = b"required_fields=0x2e"  # flag, chromosome, position, CIGAR: a CRAM is read without its reference sequence
DAMAGED = (OSError, ValueError, OverflowError, MemoryError, NotImplementedError, pysam.SamtoolsError)  # of pysam, on a broken file
UNSORTED = "its reads are not sorted by coordinate; sort them (samtools sort -o sorted.bam {name}) and give the sorted file"


def extend(
    start: NDArray[np.int64], end: NDArray[np.int64], reverse: NDArray[np.bool_], extension: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bases that reads stand for: `extension` bases from the 5' end in the read's direction, or the aligned ones (None)."""
    if extension is None:
        return start, end
    left = np.where(reverse, end - extension, start)
    return left, left + extension


class Alignments:
    """A BAM or CRAM file as a signal, one chromosome in memory at a time; indexed and counted when first asked for values.

    The index beside a BAM is used where it fits (see `read_index`); otherwise, and always for a CRAM, where that is quick, one is
    made in a temporary folder.
    """

    def __init__(self, path: Path, extension: int | None = None, index: Path | None = None) -> None:
        self.path, self.extension = path, extension
        self.beside = index or _index_beside(path)
        try:
            pysam.quickcheck(str(path))
            with _open(path) as file:
                self.sizes: dict[str, int] = dict(zip(file.references, file.lengths, strict=True))
                order = file.header.to_dict().get("HD", {}).get("SO", "unknown")
                self._cram = bool(file.is_cram)
        except DAMAGED:
            raise InputError(
                f"{path}: is truncated or not a BAM/CRAM file; copy it again (samtools quickcheck -v tells more)"
            ) from None
        if order not in ("unknown", "coordinate"):
            raise InputError(f"{path}: {UNSORTED.format(name=path.name)}")
        self.ends: dict[str, int] = {}
        self._stack = ExitStack()
        self._file: Any = None
        self._own = False  # whether the index in use is the one beside the file
        self._weight = 0.0
        self._chrom, self._steps = "", EMPTY

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self.sizes)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Coverage in RPM of the bases `[start, end)`."""
        if chrom != self._chrom:
            self._steps = self._read(chrom) if chrom in self.sizes else EMPTY
            self._chrom = chrom
        return self._steps.values(start, end)

    def index(self) -> Path | None:
        """The index beside the file if it is the file's; None, with a note, where none can be used."""
        if self.beside is None:
            Note.NO_INDEX.add(path=self.path)
            return None
        reason = read_index.age(self.beside, self.path)
        if not reason and not self._cram:
            with _opened(self.path) as file:
                reason = read_index.misfit(self.beside, file)
        if reason:
            Note.INDEX_ANEW.add(path=self.beside, reason=reason)
        return None if reason or self._cram else self.beside

    def _read(self, chrom: str) -> Steps:
        """Coverage of a chromosome; by an index made for the run where the one beside the file turns out not to be the file's."""
        try:
            try:
                if self._file is None:
                    self._prepare(self.index())
                return self._pileup(chrom)
            except DAMAGED as error:
                if not self._own:
                    raise
                Note.INDEX_ANEW.add(path=self.beside, reason=f"is of another file ({_reason(error)})")
                self._prepare(None)
                return self._pileup(chrom)
        except DAMAGED as error:
            raise InputError(f"{self.path}: is damaged on {chrom} ({_reason(error)}); copy it again") from None

    def _pileup(self, chrom: str) -> Steps:
        first, last, reverse, seen = array("q"), array("q"), array("b"), 0
        for read in self._file.fetch(chrom):
            seen += 1
            if not read.flag & SKIPPED:
                first.append(read.reference_start)
                last.append(read.reference_end)
                reverse.append(read.is_reverse)
        if self._own and seen != self._indexed[chrom]:
            raise ValueError(f"{seen} reads of {self._indexed[chrom]} on {chrom}")
        left, right = extend(np.asarray(first, np.int64), np.asarray(last, np.int64), np.asarray(reverse, bool), self.extension)
        return Steps.pileup(left, right, self.sizes[chrom], self._weight)

    def _prepare(self, index: Path | None) -> None:
        """Open the file with an index, made for it if there is none, and count its reads."""
        self.close()
        self._own = index is not None
        self._file = _open(self.path, index or self._make_index())
        self._stack.callback(_close, self._file)
        self._indexed = {found.contig: found.total for found in self._file.get_index_statistics()} if self._own else {}
        total = int(pysam.view("-c", "-F", str(SKIPPED), str(self.path)))
        self._weight = MILLION / total if total else 0.0

    def _make_index(self) -> Path:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="seq2exp-index-")))
        index = folder / f"{self.path.name}.{'crai' if self._cram else 'csi'}"
        say(f"{self.path}: making an index for this run")
        try:
            pysam.index(*([] if self._cram else ["-c"]), "-o", str(index), str(self.path))
        except pysam.SamtoolsError:
            self._read_through()
            raise InputError(f"{self.path}: {UNSORTED.format(name=self.path.name)}") from None
        if self._cram and self.beside is not None and _text(self.beside) != _text(index):
            Note.INDEX_ANEW.add(path=self.beside, reason=read_index.OTHER)
        return index

    def _read_through(self) -> None:
        """Read every record.

        Raises:
            OSError: one is damaged.
        """
        with _opened(self.path) as file:
            for _ in file.fetch(until_eof=True):
                pass

    def close(self) -> None:
        """Close the file and remove an index made for it."""
        self._stack.close()

    def __enter__(self) -> "Alignments":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def records(path: Path) -> Iterator[Any]:
    """Yield every record of a BAM or CRAM file, as a `pysam.AlignedSegment`, in the file's order.

    Raises:
        InputError: the file is truncated or damaged.
    """
    try:
        with _opened(path) as file:
            yield from file.fetch(until_eof=True)
    except DAMAGED as error:
        raise InputError(f"{path}: is truncated or damaged ({_reason(error)}); copy it again") from None


class TagAlign:
    """A tagAlign file (BED6 of reads) as a signal; every line counts as one read."""

    def __init__(self, path: Path, extension: int | None = None) -> None:
        columns = {0: ("chrom", str), 1: ("start", int), 2: ("end", int), 5: ("strand", str)}
        reads = intervals(path, columns)
        check_intervals(path, reads)
        left, right = extend(reads["start"].to_numpy(), reads["end"].to_numpy(), (reads["strand"] == "-").to_numpy(), extension)
        self.sizes: dict[str, int] = {}
        self.ends = {str(chrom): int(end) for chrom, end in reads.groupby("chrom", observed=True)["end"].max().items()}
        weight = MILLION / len(reads) if len(reads) else 0.0
        where = reads.groupby("chrom", observed=True).indices
        self._steps = {str(chrom): Steps.pileup(left[rows], right[rows], None, weight) for chrom, rows in where.items()}

    @property
    def chroms(self) -> tuple[str, ...]:
        """Names of the chromosomes in the file."""
        return tuple(self._steps)

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """Coverage in RPM of the bases `[start, end)`."""
        return self._steps.get(chrom, EMPTY).values(start, end)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "TagAlign":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(path: Path, index: Path | None = None) -> Any:
    return pysam.AlignmentFile(str(path), index_filename=str(index) if index else None, format_options=[CRAM_FIELDS])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file that is closed whatever happens: one that is only forgotten speaks of it on the terminal."""
    file = _open(path)
    try:
        yield file
    finally:
        _close(file)


def _close(file: Any) -> None:
    """Close a file; that one which could not be read cannot be closed properly either is nothing to say."""
    with suppress(OSError):
        file.close()


def _reason(error: BaseException) -> str:
    """The first line of an error; of samtools' own words where it is theirs."""
    words = str(error).strip() or type(error).__name__
    if isinstance(error, pysam.SamtoolsError):
        words = words.partition("stderr=")[2].strip("'\\n ") or "samtools cannot read it"
    return words.splitlines()[0]


def _text(index: Path) -> bytes:
    """What an index of a CRAM says; nothing where it cannot be unpacked."""
    try:
        return gzip.decompress(index.read_bytes())
    except (OSError, EOFError, zlib.error):
        return b""


def _index_beside(path: Path) -> Path | None:
    names = [path.with_name(path.name + end) for end in (".bai", ".csi", ".crai")] + [
        path.with_suffix(end) for end in (".bai", ".crai")
    ]
    return next((name for name in names if name.is_file()), None)
