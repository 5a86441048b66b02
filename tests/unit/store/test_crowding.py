"""Crowding against a written-out sum over all pairs."""

import numpy as np
import pytest

from seq2exp_py.store.crowding import crowding


def test_crowding_is_the_sum_over_the_other_promoters():
    draw = np.random.default_rng(0)
    tss = draw.integers(0, 3_000_000, 60)
    expected = []
    for here in tss:
        apart = [abs(int(other) - int(here)) for other in tss]
        expected.append(1 / (1 + sum((max(d, 5000) / 5000) ** -0.87 for d in apart if 500 < d <= 600_000)))
    assert crowding(tss) == pytest.approx(expected)


def test_a_gene_alone_or_with_a_shared_promoter_is_not_crowded():
    assert crowding(np.array([1_000_000])).tolist() == [1]
    assert crowding(np.array([1_000_000, 1_000_500, 1_600_500])).tolist() == pytest.approx(
        [1 / (1 + 120**-0.87) if place else 1 for place in (0, 1, 1)]
    )
    assert crowding(np.array([0, 501])).tolist() == [0.5, 0.5]
