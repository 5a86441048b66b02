"""The files: each written by the library that others read it with, and the same bytes for the same content."""

import gzip
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cooler
import h5py  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import pyBigWig
import pysam
from numpy.typing import NDArray

from seq2exp_py.genome import Strand
from seq2exp_py.genome.intervals import runs
from seq2exp_py.simulate.genes import Transcript
from seq2exp_py.simulate.signals import READ, Reads

LINE = 60  # bases on a line of FASTA
DATE = "2000-01-01T00:00:00.000000"  # of a .cool, which must not tell when it was made


def fasta(path: Path, sequence: dict[str, NDArray[np.uint8]], repeats: dict[str, NDArray[np.bool_]]) -> None:
    """Write bases, repeats in lower case, and the `.fai` beside it."""
    letters = np.frombuffer(b"ACGTNacgtn", dtype=np.uint8)
    with path.open("wb") as handle:
        for chrom, codes in sequence.items():
            text = letters[codes + 5 * repeats[chrom].astype(np.uint8)]
            whole = len(text) // LINE * LINE
            lines = np.full((whole // LINE, LINE + 1), ord("\n"), dtype=np.uint8)
            lines[:, :LINE] = text[:whole].reshape(-1, LINE)
            handle.write(f">{chrom}\n".encode() + lines.tobytes())
            handle.write(text[whole:].tobytes() + b"\n" if whole < len(text) else b"")
    pysam.faidx(str(path))


def gtf(path: Path, transcripts: Iterable[Transcript]) -> None:
    """Write gene, transcript, exon, CDS and UTR rows in GENCODE's style (1-based, closed)."""
    lines = []
    for t in transcripts:
        gene = f'gene_id "{t.gene.gene_id}"; gene_type "protein_coding"; gene_name "{t.gene.name}";'
        whole = f'{gene} transcript_id "{t.gene.gene_id}.T"; transcript_type "protein_coding"; tag "Ensembl_canonical";'
        rows = [("gene", t.gene.body.start, t.gene.body.end, gene), ("transcript", t.gene.body.start, t.gene.body.end, whole)]
        rows += [("exon", int(s), int(e), whole) for s, e in t.exons]
        rows += [
            ("CDS" if name == "CDS" else f"{'five' if name == 'UTR5' else 'three'}_prime_utr", s, e, whole)
            for name, s, e in t.parts()
        ]
        frames = _frames(t)
        for kind, start, end, text in rows:
            frame = frames.get(start, ".") if kind == "CDS" else "."
            lines.append(f"{t.gene.body.chrom}\tseq2exp\t{kind}\t{start + 1}\t{end}\t.\t{t.gene.strand}\t{frame}\t{text}\n")
    path.write_text("".join(lines))


def _frames(t: Transcript) -> dict[int, str]:
    """Start of each CDS piece → bases to skip to its first codon."""
    pieces = [(s, e) for name, s, e in t.parts() if name == "CDS"]
    done, frames = 0, {}
    for start, end in pieces if t.gene.strand is Strand.PLUS else pieces[::-1]:
        frames[start] = str(-done % 3)
        done += end - start
    return frames


def table(path: Path, rows: pd.DataFrame, header: bool = False) -> None:
    """Write tab-separated columns; floats with six digits."""
    rows.to_csv(path, sep="\t", index=False, header=header, float_format="%.6g", lineterminator="\n")


def bigwig(path: Path, reads: Reads, sizes: dict[str, int]) -> None:
    """Write coverage over the genome's mean (1x normalised) as bigWig."""
    with pyBigWig.open(str(path), "w") as handle:
        handle.addHeader(list(sizes.items()))
        for chrom, (starts, ends, values) in _coverage(reads, sizes):
            handle.addEntries(np.full(len(starts), chrom), starts, ends=ends, values=values)


def bedgraph(path: Path, reads: Reads, sizes: dict[str, int]) -> None:
    """Write coverage over the genome's mean as gzipped bedGraph."""
    with _gzip(path) as handle:
        for chrom, (starts, ends, values) in _coverage(reads, sizes):
            rows = pd.DataFrame({"chrom": chrom, "start": starts, "end": ends, "value": values})
            handle.write(rows.to_csv(sep="\t", index=False, header=False, float_format="%.5g", lineterminator="\n").encode())


def tagalign(path: Path, reads: Reads, sizes: dict[str, int]) -> None:
    """Write reads as gzipped tagAlign (BED6)."""
    with _gzip(path) as handle:
        for chrom in sizes:
            rows = [(start, min(start + READ, sizes[chrom]), strand) for start, strand in _placed(reads, chrom)]
            handle.write("".join(f"{chrom}\t{start}\t{end}\tN\t1000\t{strand}\n" for start, end, strand in rows).encode())


def bam(path: Path, reads: Reads, sizes: dict[str, int]) -> None:
    """Write reads as sorted BAM with its index."""
    header = pysam.AlignmentHeader.from_dict(
        {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": chrom, "LN": size} for chrom, size in sizes.items()]}
    )
    with pysam.AlignmentFile(str(path), "wb", header=header) as handle:
        for target, chrom in enumerate(sizes):
            for number, (start, strand) in enumerate(_placed(reads, chrom), 1):
                read = pysam.AlignedSegment(header)
                read.query_name, read.flag = f"{chrom}.{number}", 0 if strand == "+" else 16
                read.reference_id, read.reference_start, read.mapping_quality = target, start, 60
                read.cigartuples = [(0, min(READ, sizes[chrom] - start))]
                handle.write(read)
    pysam.index(str(path))


WRITERS: dict[str, tuple[str, Callable[[Path, Reads, dict[str, int]], None]]] = {
    "bigwig": ("bw", bigwig),
    "bedgraph": ("bedgraph.gz", bedgraph),
    "bam": ("bam", bam),
    "tagalign": ("tagAlign.gz", tagalign),
}


def narrow_peaks(path: Path, peaks: pd.DataFrame) -> None:
    """Write narrowPeak (BED6+4)."""
    scores = np.minimum(np.round(10 * peaks["q"]), 1000).astype(int)
    names = [f"peak_{i}" for i in range(1, len(peaks) + 1)]
    first = peaks[["chrom", "start", "end"]].assign(name=names, score=scores, strand=".")
    table(path, pd.concat([first, peaks[["fold", "p", "q", "summit"]]], axis=1))


def cool(path: Path, pixels: pd.DataFrame, weights: NDArray[np.float64], sizes: dict[str, int], bin_size: int) -> None:
    """Write contacts and their balancing weights as `.cool`; rewritten without dates, so that equal contacts are equal bytes."""
    bins = cooler.binnify(pd.Series(sizes, dtype=np.int64), bin_size).assign(weight=weights)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / "draft.cool"
        cooler.create_cooler(str(draft), bins, pixels, ordered=True, assembly="simulated")
        with h5py.File(draft, "r") as source, h5py.File(path, "w") as target:
            for name in source:
                source.copy(name, target)
            for name, value in source.attrs.items():
                target.attrs[name] = DATE if name == "creation-date" else value


def _coverage(
    reads: Reads, sizes: dict[str, int]
) -> Iterable[tuple[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]]:
    """Runs of non-zero coverage over the mean, by chromosome."""
    cover = {chrom: reads.coverage(chrom, size) for chrom, size in sizes.items()}
    mean = sum(int(c.sum()) for c in cover.values()) / sum(sizes.values())
    for chrom, values in cover.items():
        starts, ends = runs(values)
        counts = values[starts]
        kept = counts != 0
        yield chrom, (starts[kept], ends[kept], np.round(counts[kept].astype(np.float64) / mean, 4))


def _placed(reads: Reads, chrom: str) -> Sequence[tuple[int, str]]:
    """(start, strand) of every read, sorted; a minus read ends on its fragment's last base."""
    plus = [(int(start), "+") for start in reads.plus[chrom]]
    return sorted(plus + [(max(0, int(end) - READ + 1), "-") for end in reads.minus[chrom]])


@contextmanager
def _gzip(path: Path) -> Iterator[gzip.GzipFile]:
    """Open a gzip file that records neither its name nor the time."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as handle:
        yield handle
