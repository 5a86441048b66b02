"""Cells that a model was not trained on: the mean of the training cells, and what changes, against counting by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from results_fixtures import prediction
from scipy import stats

from seq2exp_py.evaluate.run import evaluate

GENES = 90
TRAINED = ("A", "B")
MODELS = {"gbm": 0.3, "ridge": 1.0}  # noise of their prediction


@pytest.fixture
def world(tmp_path):
    """Observed and predicted by cell, and the folders of a run with --train_cells A,B --cells A,B,C and two seeds."""
    rng = np.random.default_rng(3)
    own = pd.DataFrame({"gene_id": [f"G{i:03}" for i in range(GENES)], "gene_name": "N", "split": ["train", "valid", "test"] * 30})
    base = rng.normal(1, 1, GENES)
    observed = {cell: base + rng.normal(0, 0.5, GENES) for cell in "ABC"}
    observed["C"][:2] = np.nan
    said, paths = {}, []
    for model, noise in MODELS.items():
        for seed in (1, 2):
            for cell, values in observed.items():
                said[cell, model, seed] = np.nan_to_num(values, nan=1.0) + rng.normal(0, noise, GENES)
                table = own.assign(observed=values, predicted=said[cell, model, seed])
                place = tmp_path / f"{cell}.{model}.{seed}"
                paths.append(prediction(place, model, cell, seed, masked=False, table=table, trained_on=TRAINED))
    return own, observed, said, paths


def read(folder, name):
    return pd.read_csv(folder / f"{name}.tsv", sep="\t")


def test_scores_of_an_unseen_cell_are_those_counted_by_hand(world, tmp_path):
    own, observed, said, paths = world
    evaluate(paths, tmp_path / "out", ["ridge"], 300)
    table = read(tmp_path / "out", "unseen").set_index(["model", "genes", "score"])
    assert set(table["cell"]) == {"C"}
    mean = (observed["A"] + observed["B"]) / 2
    for genes in ("all", "test"):
        used = (
            np.isfinite(observed["C"]) & (own["split"].isin(["train", "valid", "test"] if genes == "all" else ["test"])).to_numpy()
        )
        y = observed["C"][used]
        bar = table.loc[("cells_mean", genes, "mse")]
        assert bar["n"] == used.sum()
        assert bar["value"] == pytest.approx(((mean[used] - y) ** 2).mean(), rel=1e-4)
        for model in MODELS:
            made = [said["C", model, s][used] for s in (1, 2)]
            moved = [(said["C", model, s] - (said["A", model, s] + said["B", model, s]) / 2)[used] for s in (1, 2)]
            error = np.mean([((p - y) ** 2).mean() for p in made])
            row = table.loc[(model, genes, "mse")]
            assert row["trained_on"] == "A+B"
            assert row["value"] == pytest.approx(error, rel=1e-4)
            assert (row["control"], row["difference"]) == ("cells_mean", pytest.approx(error - bar["value"], rel=1e-3, abs=1e-5))
            assert row["difference_low"] < row["difference"] < row["difference_high"]
            change = table.loc[(model, genes, "change")]
            expected = np.mean([stats.pearsonr(d, y - mean[used]).statistic for d in moved])
            assert change["value"] == pytest.approx(expected, rel=1e-4)
            assert change["low"] < change["value"] < change["high"]
    better = table.loc[("gbm", "all", "change")]
    assert better["control"] == "ridge"
    assert better["difference"] == pytest.approx(better["value"] - table.loc[("ridge", "all", "change"), "value"], abs=1e-5)
    assert better["difference_low"] > 0
    assert np.isnan(table.loc[("ridge", "all", "change"), "difference"])
    assert ("cells_mean", "all", "change") not in table.index


def test_the_mean_of_the_training_cells_is_a_row_and_a_control_of_the_unseen_cell_alone(world, tmp_path):
    evaluate(world[3], tmp_path / "out", ["ridge"], 100)
    metrics, compared = read(tmp_path / "out", "metrics"), read(tmp_path / "out", "comparisons")
    said = metrics.loc[metrics["model"] != "train_mean", ["cell", "unseen"]]
    assert set(said.itertuples(index=False, name=None)) == {("A", "no"), ("B", "no"), ("C", "yes")}
    assert set(metrics.loc[metrics["model"] == "cells_mean", "cell"]) == {"C"}
    assert set(compared.loc[compared["control"] == "cells_mean", "cell"]) == {"C"}
    assert "cells_mean" not in set(compared["model"])
    assert set(read(tmp_path / "out", "summary").query("model == 'gbm'")["unseen"]) == {"yes", "no"}


def test_a_model_whose_training_cells_it_did_not_predict_has_no_change(world, tmp_path):
    kept = [path for path in world[3] if path.name not in ("A.ridge.1", "A.ridge.2")]
    evaluate(kept, tmp_path / "some", ["ridge"], 100)
    assert set(read(tmp_path / "some", "unseen")["model"]) == {"cells_mean", "gbm"}
    for path in world[3]:
        if ".gbm." in path.name:  # trained on A alone
            said = json.loads((path / "manifest.json").read_text())
            (path / "manifest.json").write_text(json.dumps(said | {"trained_on": ["A"]}))
    evaluate(world[3], tmp_path / "other", ["ridge"], 100)
    table = read(tmp_path / "other", "unseen").query("cell == 'C'")
    assert set(table["model"]) == {"cells_mean", "gbm"} and set(table["trained_on"]) == {"A"}
    evaluate([path for path in world[3] if path.name[0] != "A"], tmp_path / "none", ["ridge"], 100)
    assert not (tmp_path / "none" / "unseen.tsv").exists()


def test_cells_that_were_all_trained_on_have_no_such_table(world, tmp_path):
    evaluate([path for path in world[3] if path.name[0] != "C"], tmp_path / "out", ["ridge"], 100)
    assert not (tmp_path / "out" / "unseen.tsv").exists()
    assert set(read(tmp_path / "out", "metrics")["unseen"]) == {"no"}
