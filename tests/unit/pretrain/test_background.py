"""Background of the same GC content, and the counts that it is chosen by."""

import numpy as np

from seq2exp_py.pretrain import background, grid


def test_counts_per_step_and_around_it():
    codes = np.full(70, 4, np.uint8)
    codes[:20], codes[20:25], codes[60:] = 0, 1, 2
    assert grid.steps(70) == 4
    assert grid.per_step(codes < 4).tolist() == [20, 5, 0, 10]
    assert grid.near(np.array([1, 2, 4, 8]), 1).tolist() == [3, 7, 14, 12]
    assert grid.composition(codes).gc.tolist() == [15] * 4 and grid.composition(codes).known.tolist() == [35] * 4


def test_steps_near_an_interval():
    starts, ends = np.array([40, 199]), np.array([41, 200])
    assert np.flatnonzero(grid.touched(starts, ends, 200, 0)).tolist() == [2, 9]
    assert np.flatnonzero(grid.touched(starts, ends, 200, 1)).tolist() == [1, 2, 3, 8, 9]


def test_matched_background_has_the_gc_content_of_the_peaks():
    rng = np.random.default_rng(0)
    around = grid.Composition(np.full(5000, 380), rng.integers(100, 280, 5000))
    peaks = np.flatnonzero(around.gc > 240)[:300]
    free = np.setdiff1d(np.arange(5000), peaks)
    found = background.matched(peaks, free, around, rng)
    assert len(found) > 200 and np.isin(found, free).all() and len(np.unique(found)) == len(found)
    assert abs(around.gc[found].mean() - around.gc[peaks].mean()) < 3
    assert abs(around.gc[background.anywhere(300, free, rng)].mean() - 190) < 10


def test_a_peak_richer_than_all_background_gets_the_richest():
    around = grid.Composition(np.full(4, 380), np.array([10, 20, 30, 300]))
    found = background.matched(np.array([3]), np.array([0, 1, 2]), around, np.random.default_rng(0))
    assert found.tolist() == [2]


def test_without_free_steps_there_is_no_background():
    around = grid.Composition(np.full(4, 380), np.array([10, 20, 30, 300]))
    nothing, rng = np.zeros(0, np.int64), np.random.default_rng(0)
    assert len(background.matched(np.array([3]), nothing, around, rng)) == len(background.anywhere(5, nothing, rng)) == 0
