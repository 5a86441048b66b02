"""Every row of the paper's tables and the controls, trained and compared in one run."""

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.models import MODELS

pytestmark = pytest.mark.pipeline


def test_one_run_trains_every_model_and_compares_them(pipeline, tmp_path):
    done = pipeline(tmp_path, "-profile", "test", "--models", "all", "--cells", "cellA", "--outdir", "results")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    tables = tmp_path / "results" / "evaluation"
    metrics = pd.read_csv(tables / "metrics.tsv", sep="\t").query("split == 'test' and model in @MODELS")
    assert sorted(metrics.model) == sorted(MODELS)
    assert np.isfinite(metrics.mse).all()
    compared = set(pd.read_csv(tables / "comparisons.tsv", sep="\t").model)
    assert compared >= set(MODELS) - {"ridge"}, "every row but the control is held against the control"
