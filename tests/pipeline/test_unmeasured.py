"""Cells without expression: what can be had is had, and the report says what was not trained."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from seq2exp_py.cli.simulate import command as simulate

pytestmark = pytest.mark.pipeline
SIZE = ["--genome", "sim", "--preset", "tiny", "--window", "32000", "--epochs", "1", "--models", "ridge,macs3"]


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """Options of a run whose samplesheet has no expression of cell `bare`."""
    world = tmp_path / "world"
    made = CliRunner().invoke(simulate, ["--preset", "tiny", "--cells", "whole,bare", "--out", str(world)])
    assert made.exit_code == 0, made.output
    sheet = world / "samplesheet.csv"
    sheet.write_text("".join(line for line in sheet.read_text().splitlines(keepends=True) if "bare,expression" not in line))
    splits = yaml.safe_load((world / "params.yaml").read_text())["splits"]
    files = ["--input", str(sheet), "--fasta", str(world / "genome.fa"), "--gtf", str(world / "genes.gtf")]
    return [*files, *SIZE, "--splits", splits, "--outdir", "results"]


def test_what_was_not_trained_is_in_the_report(options, pipeline, tmp_path):
    done = pipeline(tmp_path, *options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "TRAIN (whole.ridge.1)" in done.stdout and "TRAIN (bare" not in done.stdout
    report = "".join(path.read_text() for path in (tmp_path / "results/multiqc/sections").glob("*untrained*"))
    assert "bare.ridge.1" in report and "bare.macs3.1" in report and "has no expression to train ridge on" in report
    other = pipeline(tmp_path, *options, "--train_cells", "whole", "-resume")
    assert other.returncode == 0, other.stdout[-3000:]
    assert list((tmp_path / "results/bare").rglob("*.bb")) and "PREDICT (bare.macs3.1)" in other.stdout


def test_a_run_of_cells_without_expression_alone_ends_with_a_sentence(options, pipeline, tmp_path):
    done = pipeline(tmp_path, *options, "--cells", "bare")
    assert done.returncode == 2
    assert "none of the cells bare has expression, which training needs" in done.stdout
