"""The `macs3` row for real: peaks that no one gave are called from a cell's reads and come into its store."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from seq2exp_py.cli.simulate import command as simulate
from seq2exp_py.store.read import CellStore
from seq2exp_py.tracks import peaks

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.pipeline
MACS3 = shutil.which("macs3") or Path(sys.executable).with_name("macs3").is_file()


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> list[str]:
    """A run on simulated files; cellB has reads of DNase, and no cell has peaks."""
    world = tmp_path_factory.mktemp("world") / "simulated"
    made = CliRunner().invoke(simulate, ["--preset", "tiny", "--formats", "tagalign,bigwig", "--out", str(world)])
    assert made.exit_code == 0, made.output
    sheet = pd.read_csv(world / "samplesheet.csv", dtype=str)
    sheet[sheet["assay"] != "peaks"].to_csv(world / "samplesheet.csv", index=False)
    files = {"input": "samplesheet.csv", "fasta": "genome.fa", "gtf": "genes.gtf"}
    splits = yaml.safe_load((world / "params.yaml").read_text())["splits"]
    given = {name: str(world / file) for name, file in files.items()} | {"genome": "sim", "splits": splits, "outdir": "results"}
    small = {"preset": "tiny", "window": "32000", "epochs": "1", "models": "macs3", "control": "macs3", "cells": "cellB"}
    return [word for name, value in {**given, **small}.items() for word in (f"--{name}", value)]


@pytest.mark.skipif(not MACS3, reason="macs3 is not installed (extra 'peaks')")
def test_peaks_called_from_reads_are_those_of_the_store(options, pipeline, tmp_path):
    done = pipeline(tmp_path, *options)
    assert done.returncode == 0, done.stdout
    (called,) = {path.resolve() for path in (tmp_path / "work").rglob("cellB.narrowPeak")}
    manifest = next(path for path in (tmp_path / "work").rglob("cellB/manifest.json") if not path.parent.is_symlink())
    store = CellStore(manifest.parent)
    for chrom, found in peaks.read(called).groupby("chrom"):
        inside = store.peaks(str(chrom))
        assert inside is not None and inside.sum() == (found["end"] - found["start"]).sum() > 0
    assert "macs3: '3." in (tmp_path / "results" / "pipeline_info" / "seq2exp_software_mqc_versions.yml").read_text()


def test_without_macs3_the_first_check_says_so_in_one_sentence(options, program, tmp_path):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    (site,) = bare.glob("lib/python3*/site-packages")
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    path = [str(bare / "bin"), *(place for place in program.env["PATH"].split(os.pathsep) if not Path(place, "macs3").exists())]
    ours = f"process.beforeScript = \"export PATH='{bare}/bin':\\$PATH\"\n"  # conf/base.config would take the checkout's .venv
    (tmp_path / "bare.config").write_text(ours)
    command = [program.command, "run", str(ROOT), "-c", "bare.config", *options]
    env = {**program.env, "PATH": os.pathsep.join(path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert "error: macs3 is not installed" in done.stdout
    assert done.returncode == 2
    assert "PREPARE_GENOME" not in done.stdout
