"""Peaks by MACS3, run as its own program: from reads where the cell has them, else from its signal track.

Settings follow the ABC model's candidate peaks, which are lenient on purpose: p < 0.1, no fragment model, the 150 bp around each
read's 5' end (shift -75, extension 150), every duplicate kept (Fulco et al. 2019; the Seq2Exp paper does not state its own).
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.genome.intervals import runs
from seq2exp_py.progress import counted, say
from seq2exp_py.tracks.fragments import Fragments
from seq2exp_py.tracks.reads import SKIPPED, records
from seq2exp_py.tracks.samplesheet import Row
from seq2exp_py.tracks.signal import Signal, open_replicates, open_signal

EXTENSION, SHIFT = 150, -75  # bp
GAP = 50  # bp; calls on a signal track closer than this are joined (on reads MACS3 takes the read length)
READS = {"bam": "BAM", "cram": "BED", "tagalign": "BED", "fragments": "BED"}  # our format -> how MACS3 is given it
SIZED = ("bam", "cram", "bigwig")  # formats that say how long chromosomes are
BLOCK = 1_000_000  # bases of a signal looked at together


def call(rows: Sequence[Row], out: Path, sizes: Mapping[str, int] | None, genome_size: str, p_value: float) -> None:
    """Call the peaks of one track of one cell.

    Args:
        rows: its files; if some are reads, peaks are called from those together, else from the mean of the signals.
        out: narrowPeak file to write (0-based half-open).
        sizes: chromosomes and their sizes, past which no peak goes; None = those that the files name.
        genome_size: effective size of the genome, for reads: bases, `hs` or `mm`; empty = the sum of `sizes`, else `hs`.
        p_value: peaks are bases less likely than this by chance.

    Raises:
        InputError: MACS3 is not installed or refuses the files.
    """
    program = find()
    reads = [row for row in rows if row.format in READS]
    with tempfile.TemporaryDirectory(prefix="seq2exp-macs3-") as folder, whole(out) as partial:
        work = Path(folder)
        if reads:
            made = from_reads(program, reads, work, genome_size or (str(sum(sizes.values())) if sizes else "hs"), p_value)
        else:
            made = from_signal(program, rows, work, sizes or _sizes(rows), p_value)
        called = write_inside(made, sizes or _known_sizes(rows), partial)
        if not called:
            given = ", ".join(str(row.path) for row in reads or rows)
            raise InputError(f"{given}: MACS3 finds no peak; check that the files hold reads of this genome, or raise --p-value")
    say(f"{out}: {called} peaks from {len(reads) or len(rows)} file(s) of {'reads' if reads else 'signal'}")


def find() -> str:
    """Where the `macs3` program is.

    Raises:
        InputError: it is not installed.
    """
    beside = Path(sys.executable).with_name("macs3")
    found = shutil.which("macs3") or (str(beside) if beside.is_file() else None)
    if found is None:
        raise InputError(
            "macs3 is not installed; install it with: pip install 'seq2exp_py[peaks]', or give peaks in the samplesheet"
        )
    return found


def from_reads(program: str, rows: Sequence[Row], work: Path, genome_size: str, p_value: float) -> Path:
    """Run `macs3 callpeak` on all the reads together; a mix of formats is given as BED."""
    formats = {READS[row.format] for row in rows}
    kind = formats.pop() if len(formats) == 1 else "BED"
    given = [
        row.path if READS[row.format] == kind and row.format not in ("cram", "fragments") else _as_bed(row, work) for row in rows
    ]
    model = ["--nomodel", "--shift", SHIFT, "--extsize", EXTENSION, "--keep-dup", "all"]
    where = ["--outdir", work, "-n", "called", "--tempdir", work]
    run(program, "callpeak", "-t", *given, "-f", kind, "-g", genome_size, "-p", p_value, *model, *where)
    return work / "called_peaks.narrowPeak"


def from_signal(program: str, rows: Sequence[Row], work: Path, sizes: Mapping[str, int], p_value: float) -> Path:
    """Run `macs3 bdgpeakcall` on the mean signal above the height that `threshold` gives."""
    with open_replicates(rows, sizes) as signal:
        cutoff = threshold(signal, sizes, p_value)
        _write_above(signal, sizes, cutoff, work / "signal.bdg")
    shape = ["-l", EXTENSION, "-g", GAP, "--no-trackline"]
    run(program, "bdgpeakcall", "-i", work / "signal.bdg", "-c", f"{cutoff:.6g}", *shape, "-o", work / "called.narrowPeak")
    return work / "called.narrowPeak"


def threshold(signal: Signal, sizes: Mapping[str, int], p_value: float) -> float:
    """The least height that a base reaches by chance with a probability below `p_value`.

    The background is MACS3's for a library without control: Poisson, with the genome's mean pile-up. One read is taken to be the
    smallest positive value of the track, as it is in read-depth-normalised coverage; in a smoothed track that is so small that the
    threshold comes down to the mean.
    """
    from scipy.stats import poisson  # slow to import, and CHECK needs no more of this file than `find`

    total, bases, unit = 0.0, 0, np.inf
    for _, _, values in _blocks(signal, sizes, "looking for the height of peaks"):
        positive = values[values > 0]
        total, bases = total + float(positive.sum(dtype=np.float64)), bases + len(values)
        unit = min(unit, float(positive.min())) if len(positive) else unit
    if total == 0:
        raise InputError("the signal is 0 everywhere, so it has no peaks; check the file and its chromosome names")
    height = float(poisson.isf(p_value, total / bases / unit)) + 1  # P(X >= height) = P(X > height - 1) <= p
    return height * unit


def run(program: str, *arguments: object) -> None:
    """Run MACS3; its last line of complaint becomes the error.

    Raises:
        InputError: it ended with an error.
    """
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("INFO")]
        raise InputError(f"macs3 {arguments[0]} failed: {said[-1].strip() if said else 'it said nothing'}; check the reads' format")


def write_inside(called: Path, sizes: Mapping[str, int], out: Path) -> int:
    """Copy a narrowPeak file, peaks cut at the end of their chromosome: MACS3, which moves and extends reads, knows none for BED.

    Args:
        called: what MACS3 wrote.
        sizes: bp of the chromosomes; peaks on others are left as they are.
        out: file to write.

    Returns:
        How many peaks are left.
    """
    kept = []
    for line in called.read_text().splitlines():
        fields = line.split("\t")
        start, end = max(int(fields[1]), 0), min(int(fields[2]), sizes.get(fields[0], sys.maxsize))
        if start < end:
            summit = min(int(fields[9]) + int(fields[1]), end - 1) - start
            kept.append("\t".join([fields[0], str(start), str(end), *fields[3:9], str(summit)]))
    out.write_text("".join(f"{line}\n" for line in kept))
    return len(kept)


def _as_bed(row: Row, work: Path) -> Path:
    """The reads of a BAM, CRAM or tagAlign file, or the cuts of fragments, as BED6, for MACS3 to read beside others."""
    if row.format == "tagalign":
        return row.path
    path = work / f"{row.replicate}.{row.line}.bed"
    if row.format == "fragments":
        with Fragments(row.path, None, row.barcodes, row.label) as file, path.open("w") as out:
            for chrom, cuts in file.cuts().items():
                out.writelines(f"{chrom}\t{cut}\t{cut + 1}\t.\t0\t+\n" for cut in cuts.tolist())
        return path
    with path.open("w") as out:
        for read in counted(records(row.path), row.path.name):
            if not read.flag & SKIPPED:
                strand = "-" if read.is_reverse else "+"
                out.write(f"{read.reference_name}\t{read.reference_start}\t{read.reference_end}\t.\t0\t{strand}\n")
    return path


def _sizes(rows: Sequence[Row]) -> dict[str, int]:
    """Chromosomes of signal files by what the files say."""
    for row in rows:
        if not _known_sizes([row]):
            raise InputError(f"{row.path}: does not say how long chromosomes are; add --genome with the genome store")
    return _known_sizes(rows)


def _known_sizes(rows: Sequence[Row]) -> dict[str, int]:
    """Chromosomes of the files that say how long they are."""
    found: dict[str, int] = {}
    for row in rows:
        if row.format in SIZED:
            with open_signal(row.path, row.format) as signal:
                found |= signal.sizes
    return found


def _blocks(signal: Signal, sizes: Mapping[str, int], what: str) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
    """Chromosome, start and values of every stretch of the genome."""
    spans = [(chrom, start, min(start + BLOCK, size)) for chrom, size in sizes.items() for start in range(0, size, BLOCK)]
    for chrom, start, end in counted(spans, what):
        yield chrom, start, signal.values(chrom, start, end)


def _write_above(signal: Signal, sizes: Mapping[str, int], least: float, path: Path) -> None:
    """Write the signal as bedGraph, values below `least` as 0: nothing there can be in a peak, and MACS3 wants no base left out."""
    with path.open("w") as out:
        for chrom, start, values in _blocks(signal, sizes, "writing the signal for MACS3"):
            high = np.where(values >= least, values, 0)
            for left, right in np.column_stack(runs(high)).tolist():
                out.write(f"{chrom}\t{start + left}\t{start + right}\t{high[left]:.6g}\n")
