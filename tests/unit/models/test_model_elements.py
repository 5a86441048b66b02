from dataclasses import replace

import pytest
import torch
from baseline_batches import batch

from seq2exp_py.models.parts.elements import elements

N = 4


def test_promoter_comes_first_then_elements_from_near_to_far():
    given = batch(width=20_000, peaks=[(2000, 2600), (7000, 7300), (12_000, 12_400), (9800, 10_300)])
    found = elements(given, slots=5, length=600)
    assert found.sequence.shape == (2, 6, 600)
    assert found.present.tolist() == [[True, True, True, True, False, False]] * 2
    # the peak over the TSS (10,000) is nearer than 1 kb: it is the promoter's own
    assert found.features[0, :, 0].tolist() == pytest.approx([0, 2.2, 2.85, 7.7, 0, 0])
    assert torch.equal(found.sequence[0, 0], given.sequence[0, 9700:10_300])
    assert (found.sequence[:, 4:] == N).all()


def test_elements_are_centred_short_ones_padded_long_ones_cut():
    given = batch(width=20_000, peaks=[(12_000, 12_100), (14_000, 15_000)])
    found = elements(given, slots=2, length=400)
    assert torch.equal(found.sequence[0, 1, 150:250], given.sequence[0, 12_000:12_100])
    assert (found.sequence[0, 1, :150] == N).all()
    assert (found.sequence[0, 1, 250:] == N).all()
    assert torch.equal(found.sequence[0, 2], given.sequence[0, 14_300:14_700])


def test_features_are_distance_contact_and_geometric_mean_of_the_marks():
    given = batch(width=20_000, peaks=[(13_000, 13_500)])
    h3k27ac, dnase, contact = given.signals[1].double().unbind(1)
    distance, log_contact, active = elements(given, 1, 400).features[1, 1].tolist()
    assert distance == 3.25
    assert log_contact == pytest.approx(contact[13_250].item())
    assert active == pytest.approx((h3k27ac[13_000:13_500].mean() * dnase[13_000:13_500].mean()).sqrt().item(), rel=1e-5)


def test_nearest_elements_win_the_slots():
    peaks = [(start, start + 100) for start in range(500, 20_000, 700)]
    given = batch(width=20_000, peaks=peaks)
    found = elements(given, slots=4, length=400)
    distances = sorted(abs((a + b) // 2 - 10_000) for a, b in peaks)
    assert found.features[0, 1:, 0].tolist() == pytest.approx([d / 1000 for d in distances if d > 1000][:4])


def test_samples_do_not_mix():
    given = batch(samples=3, width=20_000)
    given.peaks[0, 3000:3500] = given.peaks[2, 15_000:15_200] = given.peaks[2, 17_000:17_200] = True
    signals = given.signals.clone()
    signals[1] = 0
    found = elements(replace(given, signals=signals), 3, 400)
    assert found.present.sum(1).tolist() == [2, 1, 3]
    torch.testing.assert_close(found.features[..., 0], torch.tensor([[0, 6.75, 0, 0], [0, 0, 0, 0], [0, 5.1, 7.1, 0]]))


def test_without_peaks_signal_maxima_are_elements():
    given = batch(samples=1, width=20_000)
    signals = torch.zeros_like(given.signals)
    signals[:, 4000:4500, :2] = 5.0
    signals[:, 4500:5000, :2] = 2.0  # on the shoulder of the higher bin
    signals[:, 16_000:16_500, :2] = 1.0
    signals[:, 18_000:18_500, 1] = 9.0  # one mark alone is no activity
    found = elements(replace(given, signals=signals), 5, 400)
    assert found.present.sum().item() == 3
    assert found.features[0, 1:3, 0].tolist() == pytest.approx([5.75, 6.25])
    assert found.features[0, 1:3, 2].tolist() == pytest.approx([5.0, 1.0])


def test_window_edges_and_missing_contact():
    given = batch(width=4000, tracks=("DNase", "CTCF"), peaks=[(0, 100), (3990, 4000)])
    found = elements(given, 3, 400)
    assert found.present.sum(1).tolist() == [3, 3]
    assert found.features[:, :, 1].abs().max() == 0
    assert torch.equal(found.sequence[0, 1, 150:250], given.sequence[0, 0:100])
    assert found.features[0, 1, 2].item() == pytest.approx(given.signals[0, :100, 0].mean().item(), rel=1e-5)
