"""Crowding against a written-out sum over all pairs, and what the strength of promoters does."""

import numpy as np
import pytest

from seq2exp_py.store.contents import TrackInfo
from seq2exp_py.store.crowding import CLOSED, crowding
from seq2exp_py.store.promoter import strengths


def of(tss, strength=None):
    return crowding(np.full(len(tss), "chr1"), np.array(tss), np.ones(len(tss)) if strength is None else np.array(strength))


def test_crowding_is_the_share_of_a_promoter_among_all_that_compete():
    draw = np.random.default_rng(0)
    chrom, tss, strength = draw.choice(["chr1", "chr2"], 60), draw.integers(0, 3_000_000, 60), draw.gamma(0.7, 1.4, 60)
    expected = []
    for g in range(60):
        taken = 0.0
        for j in range(60):
            apart = abs(int(tss[j]) - int(tss[g]))
            if chrom[j] == chrom[g] and 500 < apart <= 600_000:
                taken += (0.2 + 0.8 * strength[j]) * (max(apart, 5000) / 5000) ** -0.87
        own = min(0.2 + 0.8 * strength[g], 1.0)
        expected.append(own / (own + taken))
    assert crowding(chrom, tss, strength) == pytest.approx(expected)


def test_a_gene_alone_or_with_a_shared_promoter_is_not_crowded():
    assert of([1_000_000]).tolist() == of([1_000_000], [0.0]).tolist() == [1]
    assert of([1_000_000, 1_000_500, 1_600_500]).tolist() == pytest.approx(
        [1 / (1 + 120**-0.87) if place else 1 for place in (0, 1, 1)]
    )
    assert of([0, 501]).tolist() == [0.5, 0.5]


def test_a_closed_promoter_has_little_beside_a_typical_one_which_keeps_most():
    assert of([0, 1000], [0.0, 1.0]).tolist() == pytest.approx([CLOSED / (CLOSED + 1), 1 / (1 + CLOSED)])
    assert of([0, 1000], [3.0, 1.0])[0] == 0.5  # a strong one has no more than a typical one, but leaves less
    assert of([0, 1000], [3.0, 1.0])[1] == pytest.approx(1 / (1 + CLOSED + (1 - CLOSED) * 3))


def reader(levels):
    """Tracks of one chromosome, constant over blocks of 10 kb."""
    return lambda track, chrom: np.repeat(np.float32(levels[track]), 10_000)


def test_strength_is_the_activity_above_the_background_whatever_the_unit():
    levels = {"H3K27ac": [1, 6, 41], "DNase": [0, 10, 0], "CTCF": [99, 0, 0]}
    tracks = [
        TrackInfo(name="H3K27ac", scale=20, level=0.5, spread=0.25),
        TrackInfo(name="DNase", scale=10),
        TrackInfo(name="CTCF", scale=1),
    ]
    sites = [("chr1", 5_000), ("chr1", 15_000), ("chr1", 25_000), ("chr1", 29_500)]
    raw = [0.0, (0.3 * 1.05) ** 0.5 - 0.05, (2.05 * 0.05) ** 0.5 - 0.05, None]
    raw[3] = ((0.75 * 41 - 1) / 20 * 0.05 + 0.05**2) ** 0.5 - 0.05  # a quarter of its 2 kb lies beyond the chromosome
    expected = np.array(raw) / np.mean(raw)
    assert strengths(reader(levels), tracks, sites) == pytest.approx(expected)
    other = [t.model_copy(update={"scale": 7 * t.scale, "level": 7 * t.level, "spread": 7 * t.spread}) for t in tracks]
    assert strengths(reader({k: 7 * np.array(v) for k, v in levels.items()}), other, sites) == pytest.approx(expected)


def test_promoters_are_alike_where_nothing_tells_them_apart():
    sites, silent = [("chr1", 5_000), ("chr1", 15_000)], [TrackInfo(name="DNase", scale=1)]
    assert strengths(reader({}), [], sites).tolist() == [1, 1]
    assert strengths(reader({"DNase": [0, 0]}), silent, sites).tolist() == [1, 1]
    assert strengths(reader({"CTCF": [0, 3]}), [TrackInfo(name="CTCF", scale=1)], sites).tolist() == [0, 2]
