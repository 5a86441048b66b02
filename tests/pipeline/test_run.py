"""The test profile for real: what it makes, and that it goes on after a kill as if nothing had happened."""

import csv
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from same_results import hashes

from seq2exp_py.runtime.nextflow import Nextflow

pytestmark = pytest.mark.pipeline
ROOT = Path(__file__).parents[2]


def test_makes_tracks_tables_and_report_for_each_cell(finished):
    results = finished / "results"
    for cell in ("cellA", "cellB"):
        made = {path.name for path in (results / cell).glob("*/*")}
        assert {f"{cell}.seq2exp_soft.{name}" for name in ("mean.bw", "bed", "bedpe", "htseq.txt")} <= made
    assert "Seq2Exp" in (results / "multiqc" / "multiqc_report.html").read_text()
    assert (results / "pipeline_info" / "params.json").exists()
    versions = (results / "pipeline_info" / "seq2exp_software_mqc_versions.yml").read_text()
    assert re.search(r"Nextflow: '2\d\.\d\d\.\d", versions)


def test_scores_every_cell_and_model_on_held_out_genes(finished):
    with (finished / "results" / "evaluation" / "metrics.tsv").open() as handle:
        rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["split"] == "test"]
    assert {(row["cell"], row["model"]) for row in rows} >= {(c, m) for c in ("cellA", "cellB") for m in ("seq2exp_soft", "ridge")}
    assert all(float(row["mse"]) > 0 and int(row["n"]) > 0 for row in rows)


def test_second_run_computes_nothing(resumable, pipeline, tmp_path):
    done = pipeline(resumable, "-profile", "test", "--outdir", str(tmp_path / "results"), "-resume")
    assert done.returncode == 0
    assert "Submitted process" not in done.stdout
    assert done.stdout.count("Cached process") >= 20


def test_killed_in_the_middle_and_resumed_gives_the_same_files(finished, program: Nextflow, tmp_path):
    command = [program.command, "run", str(ROOT), "-profile", "test", "--outdir", "results"]
    with (tmp_path / "log").open("w") as log:
        first = subprocess.Popen(command, cwd=tmp_path, env=program.env, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 1000
        while "LEARN:TRAIN" not in (tmp_path / "log").read_text():
            assert first.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.2)
        time.sleep(2)
        os.killpg(first.pid, signal.SIGKILL)  # Nextflow and its tasks, without a chance to tidy up
        first.wait()
    again = subprocess.run([*command, "-resume"], cwd=tmp_path, env=program.env, capture_output=True, text=True, timeout=1500)
    assert again.returncode == 0, again.stdout[-3000:]
    assert "Cached process > SEQ2EXP:PREPARE:PREPARE_GENOME" in again.stdout
    assert hashes(tmp_path / "results") == hashes(finished / "results")
