"""The precision-recall curve and what is resampled of it."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from seq2exp_py.evaluate.bootstrap import Draws
from seq2exp_py.evaluate.pair_scores import Scored, figures
from seq2exp_py.evaluate.ranking import Ranking, auprc, average_precision


@pytest.fixture
def ranked():
    rng = np.random.default_rng(0)
    truth = rng.random(3000) < 0.1
    return rng.normal(size=3000) + truth, truth


def test_auprc_is_near_average_precision_and_knows_ties(ranked):
    score, truth = ranked
    assert auprc(score, truth) == pytest.approx(average_precision_score(truth, score), abs=0.01)
    doubled = auprc(np.append(score, score), np.append(truth, truth))
    assert auprc(score, truth, np.full(3000, 2.0)) == pytest.approx(doubled)
    assert np.isnan(auprc(score, np.zeros(3000, bool)))


def test_the_end_point_at_which_everything_is_called_does_not_count():
    assert auprc(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])) == pytest.approx(0.0)  # two points, both at recall 1/2
    assert auprc(np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, True, False, False])) == pytest.approx(0.5)


def test_average_precision_is_that_of_scikit_learn(ranked):
    score, truth = ranked
    few = np.round(score[:40], 1)
    assert average_precision(few, truth[:40]) == pytest.approx(average_precision_score(truth[:40], few))


def test_pairs_without_a_score_rank_lowest():
    score, truth = np.array([np.nan, 0.0, 1.0, 2.0]), np.array([True, False, False, True])
    assert auprc(score, truth) == auprc(np.array([-9.0, 0.0, 1.0, 2.0]), truth)


def test_precision_at_recall_is_that_of_the_first_threshold_that_finds_enough():
    score, truth = np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, True, False])
    assert Ranking(score, truth).precision_at(2 / 3) == (pytest.approx(2 / 3), 3.0)
    assert np.isnan(Ranking(score, truth & False).precision_at(0.7)).all()


def test_a_score_differs_from_itself_by_nothing_and_from_noise_by_more(ranked):
    score, truth = ranked
    noise = np.random.default_rng(1).normal(size=3000)
    gene = np.arange(3000) // 10
    scores = {"mask": score, "evidence": score.copy(), "noise": noise}
    far = np.linspace(0, 2e5, 3000)
    pairs = Scored(truth, gene, far, np.where(gene % 2, "one", "two"), far < 1e5, scores)
    table, differences = figures(pairs, 200)
    of = differences.set_index(["subset", "score", "control"])
    assert of.loc[("all", "mask", "evidence"), ["difference", "low", "high"]].tolist() == [0, 0, 0]
    assert of.loc[("in_window", "mask", "noise"), "low"] > 0
    area = table.set_index(["subset", "score"])
    assert area.loc[("reach", "mask"), "auprc"] == pytest.approx(auprc(score, truth))
    assert area.loc[("all", "mask"), "auprc"] == pytest.approx(auprc(np.where(far < 1e5, score, -9), truth))
    assert area.loc[("one", "mask"), "pairs"] + area.loc[("two", "mask"), "pairs"] == 3000
    assert (area["low"].isna() | (area["low"] <= area["auprc"] + 1e-9)).all()
    assert area.loc[("within_gene", "mask"), "auprc"] > area.loc[("within_gene", "noise"), "auprc"]


def test_a_statistic_without_a_value_does_not_spoil_the_others():
    draws = Draws.of(lambda w: np.column_stack([w.mean(axis=1) + np.arange(len(w)) * 1e-3, np.full(len(w), np.nan)]), 20, 100)
    assert np.isfinite(draws.interval(np.array([1.0, 0.0]))).all()
    assert np.isnan(draws.interval(np.array([0.0, 1.0]))).all()
