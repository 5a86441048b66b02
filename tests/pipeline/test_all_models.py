"""Every row of the paper's tables and the controls, trained with two seeds and compared in one run."""

import csv
import math

import pytest

from seq2exp_py.models import MODELS

pytestmark = pytest.mark.pipeline


def test_one_run_trains_every_model_with_two_seeds_and_compares_them(pipeline, tmp_path):
    done = pipeline(tmp_path, "-profile", "test", "--models", "all", "--seeds", "2", "--cells", "cellA", "--outdir", "results")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    tables = tmp_path / "results" / "evaluation"
    metrics = [row for row in read(tables / "metrics.tsv") if row["split"] == "test" and row["model"] in MODELS]
    assert sorted((row["model"], row["seed"]) for row in metrics) == sorted((m, s) for m in MODELS for s in "12")
    assert all(math.isfinite(float(row["mse"])) for row in metrics)
    compared = {row["model"] for row in read(tables / "comparisons.tsv")}
    assert compared >= set(MODELS) - {"ridge"}, "every row but the control is held against the control"


def read(path):
    with path.open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))
