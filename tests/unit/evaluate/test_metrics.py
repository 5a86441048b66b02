"""Figures of merit against the libraries that others use."""

import numpy as np
import pandas as pd
import pytest
from results_fixtures import prediction
from scipy import stats
from sklearn import metrics as reference

from seq2exp_py.evaluate import metrics, published
from seq2exp_py.inference.folder import PredictionFolder
from seq2exp_py.scores import score


@pytest.fixture
def pair():
    rng = np.random.default_rng(1)
    x = rng.normal(1, 1, 500)
    return x, 0.7 * x + rng.normal(0, 0.5, 500)


def test_scores_equal_those_of_scipy_and_scikit_learn(pair):
    x, y = pair
    got = score(x, y)
    assert got.mse == pytest.approx(reference.mean_squared_error(x, y))
    assert got.mae == pytest.approx(reference.mean_absolute_error(x, y))
    assert got.r2 == pytest.approx(reference.r2_score(x, y))
    assert got.pearson == pytest.approx(stats.pearsonr(x, y).statistic)
    assert got.spearman == pytest.approx(stats.spearmanr(x, y).statistic)


def test_ties_count_as_spearman_counts_them():
    x, y = np.repeat([0.0, 1.0, 2.0], 5), np.tile([1.0, 1.0, 2.0], 5)
    assert score(x, y).spearman == pytest.approx(stats.spearmanr(x, y).statistic)


def test_genes_without_an_observed_value_do_not_count(pair):
    x, y = pair
    assert score(np.append(x, np.nan), np.append(y, 9.0)) == score(x, y)


def test_a_constant_prediction_has_no_correlation_and_at_most_zero_r2(pair):
    x, _ = pair
    got = score(x, np.full(len(x), x.mean()))
    assert np.isnan(got.pearson)
    assert np.isnan(got.spearman)
    assert got.r2 == pytest.approx(0)


def test_metrics_are_over_the_whole_split_not_over_batches():
    x, y = np.array([0.0, 1.0, 10.0, 11.0]), np.array([1.0, 0.0, 11.0, 10.0])
    halves = [score(x[s], y[s]).pearson for s in (slice(0, 2), slice(2, 4))]
    assert score(x, y).pearson > 0.9 > np.mean(halves)


def test_the_mean_of_the_training_genes_is_a_row_of_every_cell(tmp_path):
    folders = [PredictionFolder.open(prediction(tmp_path / f"{c}{s}", cell=c, seed=s)) for c in ("K562", "GM12878") for s in (1, 2)]
    table = metrics.table(folders)
    assert list(table) == metrics.COLUMNS
    base = table[(table["model"] == "train_mean") & (table["split"] == "test")]
    assert base["cell"].tolist() == ["GM12878", "K562"]
    part = folders[0].expression
    mean = part.loc[part["split"] == "train", "observed"].mean()
    test = part.loc[part["split"] == "test", "observed"]
    assert base["mse"].iloc[0] == pytest.approx(((test - mean) ** 2).mean())
    assert len(table) == 4 * 3 + 2 * 3


def test_published_figures_are_those_of_the_papers_tables():
    table = published.load().set_index(["model", "cell"])
    assert table.loc[("seq2exp_soft", "K562"), ["mse", "mae", "pearson"]].tolist() == [0.1856, 0.3054, 0.8723]
    assert table.loc[("enformer", "GM12878"), "pearson"] == 0.8327
    assert set(table["source"]) == {"seq2exp_paper", "prism_paper"}
    assert isinstance(table, pd.DataFrame)
