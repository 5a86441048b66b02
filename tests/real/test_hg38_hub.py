"""The hub of a genome made from the real FASTA belongs to UCSC's hg38, chromosome by chromosome."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pytest
from click.testing import CliRunner

from seq2exp_py.annotate.rules import Settings
from seq2exp_py.annotate.run import annotate
from seq2exp_py.browser.build_hub import build_hub
from seq2exp_py.cli import prepare_cell, prepare_genome
from seq2exp_py.genome import Interval
from seq2exp_py.inference.folder import PredictionWriter
from seq2exp_py.store.read import GenomeStore

DATA = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
SIZES = DATA / "genome" / "hg38.chrom.sizes"
WINDOW, RESOLUTION = 32_000, 16
SPLITS = "train=chr22;valid=chr22:20000000-30000000;test=chr22:30000000-50818468"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SIZES.exists(), reason=f"no chromosome sizes of hg38 in {DATA / 'genome'} (SEQ2EXP_REAL_DATA)"),
]


def stage(command, *words):
    done = CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Path:
    """Genes of chr22 with a mask on the right half of each window."""
    folder = tmp_path_factory.mktemp("hg38")
    genome, cell, results = folder / "genome", folder / "K562", folder / "results"
    table = pd.read_csv(DATA / "annotation/xpresso_18377_genes.hg38.tsv.gz", sep="\t")
    table[table["chrom"] == "chr22"].to_csv(folder / "genes.tsv", sep="\t", index=False)
    files = ["--fasta", DATA / "genome/hg38.chr22_chrX.fa.gz", "--genes", folder / "genes.tsv"]
    stage(
        prepare_genome.command,
        *files,
        "--window",
        WINDOW,
        "--splits",
        "train=chr22;valid=chr22:20000000-30000000;test=chr22:30000000-50818468",
        "--name",
        "hg38",
        "--out",
        genome,
    )
    (folder / "sheet.csv").write_text(
        f"cell,assay,path\nK562,DNase,{DATA}/signals/K562_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw\n"
        f"K562,expression,{DATA}/expression/expression_chr22_chrX.tsv\n"
    )
    sheet = ["--input", folder / "sheet.csv", "--cell", "K562", "--expression-column", "K562_RAMPAGE_RPM_384bp"]
    stage(prepare_cell.command, "--genome", genome, *sheet, "--out", cell)
    mask = np.repeat(np.float32([0.1, 0.9]), WINDOW // RESOLUTION // 2)
    with PredictionWriter(folder / "prediction", True) as writer:
        for gene in GenomeStore(genome).genes.itertuples():
            row = {"gene_id": gene.gene_id, "gene_name": gene.gene_name, "cell": "K562", "split": "test", "observed": 1.0}
            start = int(gene.tss) - WINDOW // 2
            row |= {"predicted": 1.0, "sd": np.nan, "mask_ratio": 0.5}
            writer.add(row, Interval(gene.chrom, start, start + WINDOW), mask, mask / 20)
        said = {"model": "seq2exp_soft", "cell": "K562", "seed": 1, "resolution": RESOLUTION, "window": WINDOW, "floor": 0.1}
        writer.finish(said)
    annotate(genome, cell, [folder / "prediction"], results / "K562", Settings())
    build_hub(results, genome, [cell], results / "hub", "lab@example.org")
    return results / "hub"


def test_every_chromosome_of_the_hub_is_hg38s(hub):
    known = dict(line.split() for line in SIZES.read_text().splitlines())
    ours = dict(line.split() for line in (hub / "genome/hg38.chrom.sizes").read_text().splitlines())
    assert ours == {"chr22": known["chr22"]}  # a store keeps the chromosomes that have genes
    files = re.findall(r"bigDataUrl (\S+)", (hub / "hub.txt").read_text())
    assert {"../K562/masks/K562.seq2exp_soft.max.bw", "../K562/elements/K562.seq2exp_soft.bb"} <= set(files)
    for name in files:
        with pyBigWig.open(str(hub / name)) as track:
            assert {chrom: str(size) for chrom, size in track.chroms().items()} == ours, name


def test_the_hub_names_ucscs_assembly_and_brings_no_sequence(hub):
    assert "\ngenome hg38\n\n" in (hub / "hub.txt").read_text()
    assert "twoBitPath" not in (hub / "hub.txt").read_text()
    assert list(hub.rglob("*.2bit")) == []
