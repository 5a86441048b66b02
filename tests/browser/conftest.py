"""A small finished run: simulated data through the real stages, with masks that follow DNase in place of a trained model's."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from seq2exp_py import simulate
from seq2exp_py.annotate.rules import Rules, Settings
from seq2exp_py.annotate.run import annotate
from seq2exp_py.browser.build_hub import build_hub
from seq2exp_py.browser.catalogue import Catalogue
from seq2exp_py.browser.igv import build_igv
from seq2exp_py.cli import prepare_cell, prepare_genome
from seq2exp_py.genome import Interval
from seq2exp_py.inference.folder import PredictionWriter
from seq2exp_py.store import Store

CELLS = ("cellA", "K-562.x")  # the second needs translation for UCSC, whose track names have letters, digits and _ alone
WINDOW, RESOLUTION, FLOOR = 32_000, 16, 0.1
HERE = Path(__file__).parent


@dataclass
class Run:
    results: Path
    genome: Path
    cells: list[Path]
    catalogue: Catalogue


def stage(command, *options):
    result = CliRunner().invoke(command, [str(o) for o in options], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def predict(store: Store, out: Path, model: str, masked: bool) -> None:
    cell = store.cell_stores[0]
    said = {"model": model, "cell": cell.name, "seed": 1, "resolution": RESOLUTION, "window": WINDOW, "floor": FLOOR}
    with PredictionWriter(out, masked) as writer:
        for gene, observed in zip(store.genes.itertuples(), cell.observed, strict=True):
            start = int(gene.tss) - WINDOW // 2
            window = Interval(gene.chrom, start, start + WINDOW)
            dnase = np.asarray(cell.signal("DNase", gene.chrom))[max(start, 0) : start + WINDOW]
            bins = np.zeros(WINDOW, np.float32)
            bins[max(-start, 0) :][: len(dnase)] = np.clip(dnase / 15, FLOOR, 0.95)
            mean = bins.reshape(-1, RESOLUTION).mean(1)
            mean[(WINDOW // 2 - 1000) // RESOLUTION : (WINDOW // 2 + 1000) // RESOLUTION] = 1
            row = {"gene_id": gene.gene_id, "gene_name": gene.gene_name, "cell": cell.name, "split": gene.split or "train"}
            row |= {"observed": observed, "predicted": 0.9 * observed + 0.1, "sd": np.nan, "mask_ratio": mean.mean()}
            writer.add(row, window, mean, mean / 20)
        writer.finish(said)


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Run:
    base = tmp_path_factory.mktemp("run")
    sim, genome, results = base / "sim", base / "genome", base / "results"
    simulate.write(simulate.preset("tiny", cells=CELLS), sim)
    files = ["--fasta", sim / "genome.fa", "--genes", sim / "genes.gtf", "--blacklist", sim / "blacklist.bed"]
    splits = ["--splits", "train=chr1;valid=chr2;test=chr3", "--window", WINDOW, "--name", "sim"]
    stage(prepare_genome.command, *files, *splits, "--out", genome)
    stores = []
    for cell in CELLS:
        stores.append(base / "stores" / cell)
        sheet = ["--genome", genome, "--input", sim / "samplesheet.csv", "--cell", cell]
        stage(prepare_cell.command, *sheet, "--out", stores[-1])
        for model, masked in (("seq2exp_soft", True), ("ridge", False)):
            predict(Store.open(genome, stores[-1:]), base / f"{cell}.{model}", model, masked)
            annotate(genome, stores[-1], [base / f"{cell}.{model}"], results / cell, Settings(elements=Rules(threshold=0.3)))
    pairs, regions = base / "pairs.bedpe", base / "regions.bed"
    pairs.write_text("#header\nchr1\t50000\t50500\tchr1\t90000\t90001\tpair\t500\nchr3\t100\t200\tchr3\t40000\t40001\tother\t5\n")
    regions.write_text("track name=mine\nchr2\t1000\t2000\tfirst\nchr2\t500\t700\n")
    extras = {"CRISPRi pairs": pairs, "regions": regions}
    catalogue = build_hub(results, genome, stores, results / "hub", "lab@example.org", extras=extras)
    build_igv(results / "hub", results / "igv")
    return Run(results, genome, stores, catalogue)


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the packages of package-lock.json, installed on the first use."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        pytest.skip("node and npm are not installed")
    if not all((HERE / "node_modules" / name).is_dir() for name in ("playwright-core", "@gmod/twobit")):
        done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install the packages of tests/browser: {done.stderr.strip()[-200:]}")
    return program
