"""The formula of the evidence against a written-out loop, and what each of its parts promises."""

import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from seq2exp_py.evidence import formula as F
from seq2exp_py.evidence.formula import Formula
from seq2exp_py.tracks.contacts import PSEUDOCOUNT, power_law


@pytest.fixture
def gene():
    """One gene's tokens: two tracks, distances, contacts as stored, and bp between the bins."""
    draw = np.random.default_rng(0)
    signals = draw.gamma(0.5, 20, (40, 2)) - 3
    distance = np.abs(np.arange(40) * 500 + 250 - 10_000).astype(float)
    apart = np.abs((np.arange(40) * 500) // 5000 - 2) * 5000.0
    stored = np.log10(power_law(apart) * draw.gamma(4, 0.25, 40) + PSEUDOCOUNT + 1)
    stored[7] = 0
    return signals, np.array([30.0, 10.0]), np.array([[1.0, 0.5], [0.2, 0.1]]), distance, stored, apart


def written_out(signals, scale, background, distance, stored, apart, crowding, f):
    evidence, total = [], 0.0
    for t in range(len(distance)):
        product = 1.0
        for i in range(2):
            level = background[i, 0] + f.spreads * background[i, 1]
            product *= max(signals[t, i] - level, 0) / scale[i] + f.epsilon
        activity = math.sqrt(product) - f.epsilon
        expected = math.exp(-4.80 + 11.63 * 0.87 - 0.87 * math.log(max(apart[t], 5000) + 1)) + PSEUDOCOUNT
        over = (10 ** stored[t] - 1) / expected if stored[t] and apart[t] else 1.0
        evidence.append(activity * over**f.quotient * (f.anchor / max(distance[t], f.nearest)) ** f.gamma)
        total += evidence[-1] * (f.promoter if distance[t] < f.near else 1)
    odds = [crowding * e / (f.tau * (total / len(distance) + f.quiet)) for e in evidence]
    return np.array([(o + 1e-3) / (o + 1e-3 + 1) for o in odds])


def mask(signals, scale, background, distance, stored, apart, crowding, f):
    evidence = F.activity(signals, scale, background, f) * F.contact(distance, F.over_power_law(stored, apart), f)
    return F.mean(F.odds(evidence, F.total(evidence, distance, f), crowding, f))


@pytest.mark.parametrize(
    "changes", [{}, {"gamma": 1.2, "nearest": 5000.0, "promoter": 1.0, "quotient": 0.5, "spreads": 1.0, "tau": 0.1}]
)
def test_the_mask_is_that_of_a_written_out_loop_on_arrays_and_on_tensors(gene, changes):
    f = Formula(**changes)
    expected = written_out(*gene, 0.4, f)
    assert mask(*gene, np.float64(0.4), f) == pytest.approx(expected, rel=1e-12)
    tensors = [torch.from_numpy(x) for x in gene]
    assert mask(*tensors, torch.tensor(0.4, dtype=torch.float64), f).numpy() == pytest.approx(expected, rel=1e-12)


def test_the_unit_of_a_track_and_the_anchor_cancel(gene):
    signals, scale, background, *rest = gene
    here = mask(*gene, np.float64(1), Formula())
    unit = np.array([7.0, 0.1])
    assert mask(signals * unit, scale * unit, background * unit[:, None], *rest, np.float64(1), Formula()) == pytest.approx(here)
    moved = Formula(anchor=100.0, quiet=0.005 * (100 / 5000) ** 0.87)
    assert mask(*gene, np.float64(1), moved) == pytest.approx(here)


def test_negative_and_background_values_are_no_activity():
    background = np.array([[2.0, 1.0]])
    values = np.array([[-5.0], [0.0], [4.0], [4.1]])
    found = F.activity(values, np.ones(1), background, Formula())
    assert found == pytest.approx([0, 0, 0, 0.1])
    assert F.activity(values, np.ones(1), background, Formula(spreads=None)) == pytest.approx([0, 0, 4, 4.1])


def test_one_of_two_tracks_alone_is_weak_and_none_is_one_everywhere():
    both, one = np.array([[1.0, 1.0]]), np.array([[1.0, 0.0]])
    scale, none = np.ones(2), np.zeros((2, 2))
    assert F.activity(both, scale, none, Formula()) == pytest.approx([1.0])
    assert F.activity(one, scale, none, Formula()) == pytest.approx([math.sqrt(1.05 * 0.05) - 0.05])
    assert F.activity(np.empty((3, 0)), np.empty(0), np.empty((0, 2)), Formula()) == pytest.approx([1, 1, 1])


def test_activity_is_that_of_the_named_marks_or_of_every_track():
    assert Formula().columns(("H3K27ac", "CTCF", "ATAC", "HiC")) == [0, 2]
    assert Formula().columns(("CTCF", "H3K4me1", "HiC")) == [0, 1]
    assert Formula().columns(("HiC",)) == []
    assert Formula(activity_tracks=("CTCF",)).columns(("H3K27ac", "CTCF", "HiC")) == [1]


def test_a_power_law_as_the_store_has_it_changes_nothing():
    apart = np.array([0.0, 5000, 50_000, 100_000])
    stored = np.log10(power_law(apart) + PSEUDOCOUNT + 1).astype(np.float32)
    assert F.over_power_law(stored, apart) == pytest.approx([1, 1, 1, 1], rel=1e-3)
    assert F.over_power_law(np.zeros(2), apart[:2]) == pytest.approx([1, 1])


def test_the_diagonal_of_a_map_says_nothing():
    apart = np.array([5000.0, 0, 5000])
    twice, thrice = (np.log10(n * power_law(apart) + (n - 1) * PSEUDOCOUNT + PSEUDOCOUNT + 1) for n in (2, 3))
    assert F.over_power_law(twice, apart) == pytest.approx([2, 1, 2])
    assert F.over_power_law(np.where(apart == 0, thrice, twice), apart) == pytest.approx(F.over_power_law(twice, apart))


def test_a_gene_without_evidence_has_the_least_mask():
    zero = np.zeros(5)
    found = F.mean(F.odds(zero, F.total(zero, zero, Formula()), np.float64(1), Formula()))
    assert found == pytest.approx([F.LEAST / (1 + F.LEAST)] * 5)


def test_the_little_evidence_of_a_quiet_gene_is_not_everything():
    distance, strong, weak = np.full(100, 5000.0), np.zeros(100), np.zeros(100)
    strong[3], weak[3] = 10.0, 0.001
    masks = [F.mean(F.odds(e, F.total(e, distance, Formula()), np.float64(1), Formula()))[3] for e in (strong, weak)]
    assert masks[0] > 0.9
    assert masks[1] < 0.1


def test_crowding_can_be_left_out(gene):
    f = Formula(crowded=False)
    assert mask(*gene, np.float64(0.1), f) == pytest.approx(mask(*gene, np.float64(1.0), f))


def test_a_constant_out_of_range_is_refused():
    with pytest.raises(ValidationError):
        Formula(epsilon=0)
