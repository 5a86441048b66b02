"""Coverage of sequenced reads, in reads per million: BAM, CRAM and tagAlign.

The rule, the same for all three: a read counts once, whatever its mate; unmapped, secondary, supplementary, duplicate and
QC-failed reads do not count (BAM flags 0xF04); mapping quality does not matter. Without `extension` a read covers the bases from
its first to its last aligned one. With `extension` N it covers the N bases that begin at its 5' end and run in its direction, so
that a single-end read stands for its fragment. Coverage is divided by the number of reads that count, in millions (RPM).
"""

import tempfile
from array import array
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pysam
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.progress import say
from seq2exp_py.tracks.steps import EMPTY, Steps
from seq2exp_py.tracks.text import check_intervals, intervals

pysam.set_verbosity(0)  # what htslib prints comes back as an error, in our words
SKIPPED = 0xF04  # unmapped, secondary, QC-failed, duplicate, supplementary (SAM specification, 1.4)
MILLION = 1e6
CRAM_FIELDS = b"required_fields=0x2e"  # flag, chromosome, position, CIGAR: a CRAM is read without its reference sequence
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
    """A BAM or CRAM file as a signal, one chromosome in memory at a time; indexed and counted when first asked for values."""

    def __init__(self, path: Path, extension: int | None = None, index: Path | None = None) -> None:
        self.path, self.extension = path, extension
        self.index = index or _index_beside(path)
        try:
            pysam.quickcheck(str(path))
            with _open(path) as file:
                self.sizes: dict[str, int] = dict(zip(file.references, file.lengths, strict=True))
                order = file.header.to_dict().get("HD", {}).get("SO", "unknown")
                self._cram = bool(file.is_cram)
        except (OSError, ValueError, pysam.SamtoolsError):
            raise InputError(
                f"{path}: is truncated or not a BAM/CRAM file; copy it again (samtools quickcheck -v tells more)"
            ) from None
        if order not in ("unknown", "coordinate"):
            raise InputError(f"{path}: {UNSORTED.format(name=path.name)}")
        self.ends: dict[str, int] = {}
        self._stack = ExitStack()
        self._file: Any = None
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

    def _read(self, chrom: str) -> Steps:
        first, last, reverse = array("q"), array("q"), array("b")
        try:
            if self._file is None:
                self._prepare()
            for read in self._file.fetch(chrom):
                if not read.flag & SKIPPED:
                    first.append(read.reference_start)
                    last.append(read.reference_end)
                    reverse.append(read.is_reverse)
        except (OSError, ValueError, pysam.SamtoolsError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise InputError(f"{self.path}: is damaged on {chrom}, or its index is of another file ({reason})") from None
        left, right = extend(np.asarray(first, np.int64), np.asarray(last, np.int64), np.asarray(reverse, bool), self.extension)
        return Steps.pileup(left, right, self.sizes[chrom], self._weight)

    def _prepare(self) -> None:
        """Index the file if it has no index, and count its reads."""
        self._file = self._stack.enter_context(_open(self.path, self.index or self._make_index()))
        total = int(pysam.view("-c", "-F", str(SKIPPED), str(self.path)))
        self._weight = MILLION / total if total else 0.0

    def _make_index(self) -> Path:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="seq2exp-index-")))
        index = folder / f"{self.path.name}.{'crai' if self._cram else 'csi'}"
        say(f"{self.path}: has no index beside it; making one for this run")
        try:
            pysam.index(*([] if self._cram else ["-c"]), "-o", str(index), str(self.path))
        except pysam.SamtoolsError:
            raise InputError(f"{self.path}: {UNSORTED.format(name=self.path.name)}") from None
        return index

    def close(self) -> None:
        """Close the file and remove an index made for it."""
        self._stack.close()

    def __enter__(self) -> "Alignments":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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


def _index_beside(path: Path) -> Path | None:
    names = [path.with_name(path.name + end) for end in (".bai", ".csi", ".crai")] + [
        path.with_suffix(end) for end in (".bai", ".crai")
    ]
    return next((name for name in names if name.is_file()), None)
