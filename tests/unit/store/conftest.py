"""A small genome and one cell, in real files written by the real libraries, and stores made from them."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pytest

from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.tracks.options import CellOptions

SIZES = {"chrA": 1_200_003, "chrB": 32_345, "chrC": 40_000}  # chrA needs more than one block; chrC has no gene
WIDTH = 20_000
BIN = 5_000
GENES = [  # gene, chrom, start, end, strand: the TSS is start on + and end - 1 on -
    ("ENSG01", "chrA", 600_123, 610_000, "+"),
    ("ENSG02", "chrA", 300_000, 350_001, "-"),
    ("ENSG03", "chrA", 40, 900, "+"),
    ("ENSG04", "chrA", 1_190_000, 1_200_003, "-"),
    ("ENSG05", "chrA", 1_048_570, 1_060_000, "+"),
    ("ENSG06", "chrB", 16_000, 17_000, "-"),
    ("ENSG07", "chrB", 31_000, 32_345, "-"),
]
SPLITS = "train=chrA;valid=chrA:250000-400000;test=chrB"


@dataclass(frozen=True)
class World:
    """Paths of the inputs and stores."""

    folder: Path
    fasta: Path
    genes: Path
    blacklist: Path
    samplesheet: Path
    genome: Path
    cell: Path

    def inputs(self, **more):
        """What the genome store is made from."""
        given = {
            "fasta": self.fasta,
            "genes": self.genes,
            "blacklist": self.blacklist,
            "splits": SPLITS,
            "window": WIDTH,
            "min_sequence": 0.3,
        }
        return GenomeOptions(**(given | more))

    def cell_inputs(self, **more):
        """What the cell store is made from."""
        given = {
            "genome": self.genome,
            "samplesheet": self.samplesheet,
            "cell": "K",
            "contact_norm": "NONE",
            "contact_scaling": "raw",
        }
        return CellOptions(**(given | more))


def write_fasta(path, sizes, seed=0):
    draw = np.random.default_rng(seed)
    with path.open("w") as out:
        for name, size in sizes.items():
            codes = draw.integers(0, 8, size)
            codes[size // 3 : size // 3 + 700] = 8
            text = np.frombuffer(b"ACGTacgtN", np.uint8)[codes].tobytes().decode()
            out.write(f">{name}\n" + "\n".join(text[i : i + 80] for i in range(0, size, 80)) + "\n")
    return path


def write_bigwig(path, sizes, seed=0):
    """Stretches of random values with gaps between them, some zero, some NaN."""
    draw = np.random.default_rng(seed)
    with pyBigWig.open(str(path), "w") as out:
        out.addHeader(list(sizes.items()))
        for chrom, size in sizes.items():
            edges = np.unique(draw.integers(0, size, size // 150))
            starts, ends = edges[:-1:2], edges[1::2]
            n = min(len(starts), len(ends))
            values = draw.gamma(1.0, 5.0, n).round(3)
            values[::7], values[::11] = 0.0, np.nan
            out.addEntries([chrom] * n, starts[:n].tolist(), ends=ends[:n].tolist(), values=values.tolist())
    return path


def write_cool(path, sizes, seed=0, pairs=None):
    """A map with random counts within 60 kb, or with the pairs of bins given as {(chrom, bin, bin): count}."""
    bins = cooler.binnify(pd.Series(sizes), BIN)
    first = bins.reset_index().groupby("chrom", observed=True)["index"].min()
    last = bins.reset_index().groupby("chrom", observed=True)["index"].max()
    if pairs is None:
        draw = np.random.default_rng(seed)
        pixels = [(int(a), int(b)) for c in sizes for a in range(first[c], last[c] + 1) for b in range(a, min(a + 12, last[c] + 1))]
        pixels = [p for p in pixels if draw.random() < 0.8]
        counts = draw.integers(1, 200, len(pixels))
    else:
        pixels = sorted((int(first[c] + min(a, b)), int(first[c] + max(a, b))) for c, a, b in pairs)
        counts = [pairs[k] for k in sorted(pairs, key=lambda k: (first[k[0]] + min(k[1:]), first[k[0]] + max(k[1:])))]
    frame = pd.DataFrame({"bin1_id": [a for a, _ in pixels], "bin2_id": [b for _, b in pixels], "count": counts})
    cooler.create_cooler(str(path), bins, frame, ordered=True)
    return path


def write_sheet(path, rows, cell="K"):
    path.write_text("cell,assay,path,format\n" + "".join(f"{cell},{assay},{file},{form}\n" for assay, file, form in rows))
    return path


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    d = tmp_path_factory.mktemp("world")
    draw = np.random.default_rng(5)
    write_fasta(d / "genome.fa", SIZES)
    (d / "genes.bed").write_text("".join(f"{c}\t{s}\t{e}\t{g}\t0\t{t}\n" for g, c, s, e, t in GENES))
    (d / "black.bed").write_text("chrA\t590000\t590100\nchrA\t590050\t595000\nchrA\t0\t10\nchrA\t1200000\t1200003\nchrC\t0\t100\n")
    write_bigwig(d / "h3.bw", {"chrA": SIZES["chrA"], "chrB": SIZES["chrB"], "chrZ": 1000}, 1)
    write_bigwig(d / "dnase1.bw", {"chrA": SIZES["chrA"]}, 2)
    write_bigwig(d / "dnase2.bw", SIZES, 3)
    write_cool(d / "map.cool", {"chrA": SIZES["chrA"]})
    with (d / "peaks.bed").open("w") as out:
        for chrom in ("chrA", "chrB"):
            for start in draw.integers(0, SIZES[chrom] - 500, SIZES[chrom] // 2000):
                out.write(f"{chrom}\t{start}\t{start + draw.integers(1, 500)}\n")
    (d / "expression.tsv").write_text("gene_id\tvalue\n" + "".join(f"{g[0]}.3\t{i * 10}\n" for i, g in enumerate(GENES[:-1])))
    rows = [("DNase", "dnase1.bw", ""), ("H3K27ac", "h3.bw", ""), ("HiC", "map.cool", ""), ("peaks", "peaks.bed", "")]
    (d / "sheet.csv").write_text(
        "cell,assay,path,replicate\n"
        + "".join(f"K,{a},{p},1\n" for a, p, _ in rows)
        + "K,DNase,dnase2.bw,2\nK,expression,expression.tsv,1\nOther,DNase,dnase2.bw,1\n"
    )
    made = World(d, d / "genome.fa", d / "genes.bed", d / "black.bed", d / "sheet.csv", d / "genome.store", d / "K.store")
    build_genome(made.inputs(), made.genome)
    build_cell(made.cell_inputs(), made.cell)
    return made


@pytest.fixture(scope="session")
def make():
    """The writers above, for tests that need files of their own."""
    return SimpleNamespace(fasta=write_fasta, bigwig=write_bigwig, cool=write_cool, sheet=write_sheet, sizes=SIZES, genes=GENES)
