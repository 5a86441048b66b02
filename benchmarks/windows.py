import contextlib
import csv
import io
import tempfile
from collections import deque
from pathlib import Path

import pyBigWig
import pyfaidx

from benchmarks import operands
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py import simulate
from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.store import Store
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.store.loader import loader
from seq2exp_py.tracks.options import CellOptions

ROW = Row(
    "window of sequence and three tracks, 200 kb, against pyBigWig .values() lists of two tracks + pyfaidx strings",
    "times faster",
    20,
    50,
    more=True,
)

WINDOWS = 60


def measure() -> Result:
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
        folder = Path(name)
        given = simulate.preset("demo", seed=1, cells=("cellA",), formats=("bigwig", "bigwig"))
        simulate.write(given, folder / "in")
        sheet, fasta = folder / "in" / "samplesheet.csv", next((folder / "in").rglob("*.fa"))
        store = build(folder, fasta, sheet, given.splits)
        samples = store.samples()[:WINDOWS]
        tracks = [
            str(sheet.parent / row["path"]) for row in csv.DictReader(sheet.open()) if row["path"].endswith((".bw", ".bigWig"))
        ]
        work = {
            "ours": lambda: deque(loader(store, samples, operands.GENE, 1), maxlen=0),
            "peer": lambda: peer(store, samples, str(fasta), tracks[:2]),
        }
        ratio, details = median_ratio(interleaved(work, 5), "peer", "ours")
    return Result(ratio, details | {"windows": len(samples), "tracks_of_the_peer": len(tracks[:2])})


def build(folder: Path, fasta: Path, sheet: Path, splits: str) -> Store:
    genes = next((folder / "in").rglob("*.gtf*"))
    build_genome(
        GenomeOptions(fasta=fasta, genes=genes, splits=splits, name="sim", min_sequence=0),
        folder / "genome",
    )
    build_cell(CellOptions(genome=folder / "genome", samplesheet=sheet, cell="cellA"), folder / "cell")
    return Store.open(folder / "genome", [folder / "cell"])


def peer(store: Store, samples, fasta: str, tracks: list[str]) -> None:
    """What the published loader does for a window, less its contacts: strings and lists, padded beyond the chromosome."""
    sequence, files = pyfaidx.Fasta(fasta), [pyBigWig.open(track) for track in tracks]
    for sample in samples:
        gene = store.genes.iloc[sample.gene]
        start, size = gene.tss - operands.GENE // 2, len(sequence[gene.chrom])
        low, high = max(start, 0), min(start + operands.GENE, size)
        left, right = low - start, start + operands.GENE - high
        "N" * left + str(sequence[gene.chrom][low:high]) + "N" * right
        for file in files:
            [0.0] * left + file.values(gene.chrom, low, high) + [0.0] * right
