"""A small cell type in its real file formats, written by the libraries that people write them with."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest

from seq2exp_py import cli

SIZES = {"chr1": 300_000, "chr2": 200_000}
GENES = [("chr1", 20_000 + 25_000 * i, f"ENSG{i:011d}", f"NAME{i}", "+-"[i % 2]) for i in range(10)] + [
    ("chr2", 20_000 + 25_000 * i, f"ENSG{i + 10:011d}", f"NAME{i + 10}", "+-"[i % 2]) for i in range(6)
]
SPLITS = "train=chr1:0-150000;valid=chr1:150000-300000;test=chr2"


def write_fasta(path: Path, sizes: dict[str, int]) -> None:
    rng = np.random.default_rng(1)
    with path.open("w") as out:
        for name, size in sizes.items():
            bases = "".join(rng.choice(list("ACGT"), size))
            out.write(f">{name}\n" + "\n".join(bases[i : i + 60] for i in range(0, size, 60)) + "\n")


def write_bigwig(path: Path, sizes: dict[str, int], seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    with pyBigWig.open(str(path), "w") as out:
        out.addHeader(list(sizes.items()))
        for name, size in sizes.items():
            starts = np.arange(500, size - 500, 1000)
            values = rng.gamma(2, 3, len(starts)).round(3)
            out.addEntries([name] * len(starts), starts.tolist(), ends=(starts + 200).tolist(), values=values.tolist())


def write_cool(path: Path, sizes: dict[str, int], bin_size: int = 5000, balance: bool = True) -> None:
    bins = cooler.binnify(pd.Series(sizes), bin_size)
    first, second = np.triu_indices(len(bins))
    keep = second - first < 30
    first, second = first[keep], second[keep]
    counts = np.random.default_rng(2).poisson(200 / (1 + second - first)) + 1
    pixels = pd.DataFrame({"bin1_id": first, "bin2_id": second, "count": counts})
    cooler.create_cooler(str(path), bins, pixels, ordered=True)
    if balance:
        cooler.balance_cooler(cooler.Cooler(str(path)), store=True, min_nnz=0, mad_max=0)


def write_bam(path: Path, reads: list[tuple[str, int, int]], sizes: dict[str, int] = SIZES, order: str = "coordinate") -> None:
    """Reads of 36 bp as (chromosome, start, flag)."""
    header = {"HD": {"VN": "1.6", "SO": order}, "SQ": [{"SN": n, "LN": s} for n, s in sizes.items()]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for i, (chrom, start, flag) in enumerate(reads):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag, read.reference_id = f"r{i}", flag, list(sizes).index(chrom)
            read.reference_start, read.mapping_quality, read.cigarstring = start, 30, "36M"
            read.query_sequence = "A" * 36
            read.query_qualities = pysam.qualitystring_to_array("I" * 36)
            out.write(read)


def write_expression(path: Path, values: dict[str, float | str]) -> None:
    path.write_text("gene_id\tK562\n" + "".join(f"{gene}.3\t{value}\n" for gene, value in values.items()))


def build_world(folder: Path) -> None:
    write_fasta(folder / "genome.fa", SIZES)
    pysam.faidx(str(folder / "genome.fa"))
    (folder / "genes.bed").write_text("".join(f"{c}\t{s}\t{s + 4000}\t{g}\t0\t{strand}\n" for c, s, g, _, strand in GENES))
    (folder / "blacklist.bed").write_text("chr1\t100\t900\n")
    write_bigwig(folder / "dnase.bw", SIZES, 1)
    write_bigwig(folder / "h3k27ac.bw", SIZES, 2)
    write_cool(folder / "map.cool", SIZES)
    write_expression(folder / "expression.tsv", {gene: i * 1.5 for i, (_, _, gene, _, _) in enumerate(GENES)})
    (folder / "peaks.narrowPeak").write_text("chr1\t500\t700\tp1\t0\t.\t5\t3\t2\t50\n")
    (folder / "samplesheet.csv").write_text(
        "cell,assay,path\nK562,DNase,dnase.bw\nK562,H3K27ac,h3k27ac.bw\nK562,HiC,map.cool\n"
        "K562,expression,expression.tsv\nK562,peaks,peaks.narrowPeak\n"
    )


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    build_world(folder)
    return folder


@pytest.fixture
def world(pristine: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may break."""
    yield Path(shutil.copytree(pristine, tmp_path / "world"))


@pytest.fixture(scope="session")
def make() -> dict[str, Callable[..., None]]:
    """The writers, by what they write."""
    return {
        "fasta": write_fasta,
        "bigwig": write_bigwig,
        "cool": write_cool,
        "bam": write_bam,
        "expression": write_expression,
    }


class Said(NamedTuple):
    code: int
    out: str

    @property
    def errors(self) -> list[str]:
        """The lines that say what is wrong."""
        start = self.out.find("error: ")
        return self.out[start + 7 :].strip().splitlines() if start >= 0 else []


def check_arguments(world: Path, **changed: str) -> list[str]:
    options = {
        "--input": str(world / "samplesheet.csv"),
        "--fasta": str(world / "genome.fa"),
        "--genes": str(world / "genes.bed"),
        "--blacklist": str(world / "blacklist.bed"),
        "--splits": SPLITS,
        "--window": "20000",
    }
    options |= {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return ["check", *(word for pair in options.items() for word in pair)]


@pytest.fixture(scope="session")
def check_words() -> Callable[..., list[str]]:
    """The words of a `seq2exp check` on a world."""
    return check_arguments


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `seq2exp check` on a world, as its entry point does."""

    def run(world: Path, *flags: str, **changed: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["seq2exp", *check_arguments(world, **changed), *flags])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        return Said(int(stop.value.code or 0), said.out + said.err)

    return run
