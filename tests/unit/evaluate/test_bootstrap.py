"""Intervals against scipy's, and their coverage."""

import numpy as np
import pytest
from scipy import stats

from seq2exp_py.evaluate import bootstrap


@pytest.mark.parametrize("metric", ["mse", "pearson"])
def test_interval_agrees_with_scipys_bca(metric):
    rng = np.random.default_rng(3)
    x = rng.gamma(2, 1, 200)
    y = (x + rng.normal(0, 0.8, 200))[None]
    ours = bootstrap.bca(bootstrap.STATISTICS[metric](x, y), 200, 5000)

    def plain(a, b):
        return ((a - b) ** 2).mean() if metric == "mse" else np.corrcoef(a, b)[0, 1]

    theirs = stats.bootstrap(
        (x, y[0]), plain, paired=True, vectorized=False, n_resamples=5000, method="BCa", rng=np.random.default_rng(0)
    )
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.08 * width)


def test_the_same_data_gives_the_same_interval():
    rng = np.random.default_rng(0)
    x, y, z = rng.normal(size=(3, 60))
    one = bootstrap.paired("mse", x, y[None], z[None], 500)
    assert one == bootstrap.paired("mse", x, y[None], z[None], 500)
    swapped = bootstrap.paired("mse", x, z[None], y[None], 500)
    assert swapped.value == pytest.approx(-one.value)


def test_a_model_against_itself_is_not_significant():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 60))
    same = bootstrap.paired("mse", x, y[None], y[None], 200)
    assert (same.value, same.low, same.high, same.significant) == (0, 0, 0, False)


def test_intervals_of_no_difference_cover_zero_about_as_often_as_they_say():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(120):
        x = rng.normal(size=80)
        y, z = x + rng.normal(size=(2, 80))
        hits += not bootstrap.paired("mse", x, y[None], z[None], 400).significant
    assert 0.88 <= hits / 120 <= 1.0


def test_pairing_sees_a_difference_that_seeds_and_genes_would_hide():
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    error = rng.normal(0, 0.5, 300)
    better = bootstrap.paired("mse", x, (x + error)[None], (x + 1.05 * error)[None], 500)
    assert better.significant
    assert better.high < 0


def test_seeds_are_averaged_not_counted_as_samples():
    rng = np.random.default_rng(0)
    x, y, z = rng.normal(size=(3, 100))
    one = bootstrap.paired("mse", x, y[None], z[None], 500)
    assert bootstrap.paired("mse", x, np.stack([y] * 5), z[None], 500) == one


def test_weighted_statistics_equal_the_resampled_ones():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    drawn = rng.integers(0, 50, 50)
    weights = np.bincount(drawn, minlength=50)[None].astype(float)
    assert bootstrap.pearson(x, y[None])(weights)[0] == pytest.approx(np.corrcoef(x[drawn], y[drawn])[0, 1])
    assert bootstrap.mae(x, y[None])(weights)[0] == pytest.approx(np.abs(x[drawn] - y[drawn]).mean())


def test_one_gene_has_no_interval():
    assert np.isnan(bootstrap.bca(lambda w: w.sum(axis=1), 1)).all()
