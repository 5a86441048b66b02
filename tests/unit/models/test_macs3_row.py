from dataclasses import replace

import pytest
import torch
from baseline_batches import batch

from seq2exp_py.models import build

SMALL = {"window": 4000, "centre": 400}
PEAKS = [(160, 336), (1000, 1400)]


@pytest.fixture
def published():
    torch.manual_seed(0)
    return build("macs3", "tiny", variant="paper", resolution=16, **SMALL).eval()


def test_published_mask_is_the_peaks_alone(published):
    given = batch(peaks=PEAKS)
    given.excluded[:, 1000:1400] = True
    mask = published(given).mask
    assert mask.shape == (2, 250)
    assert mask[0, 9:23].tolist() == [0.0] + [1.0] * 11 + [0.0] * 2
    assert mask.mean().item() == pytest.approx((176 + 400) / 4000)


def test_a_token_partly_in_a_peak_keeps_its_share(published):
    assert published(batch(peaks=[(32, 36)])).mask[0, 2] == 0.25


def test_forced_centre_drops_blacklisted_bases_and_keeps_the_promoter():
    model = build("macs3", "tiny", resolution=16, **SMALL).eval()
    given = batch(peaks=PEAKS)
    given.excluded[:, 1000:1400] = True
    mask = model(given).mask[0]
    assert mask[63:87].max() == 0
    assert mask[113:137].min() == 1
    assert mask[10:21].min() == 1


def test_prediction_depends_on_the_peaks_and_on_signals_only_inside_them():
    torch.manual_seed(0)
    model = build("macs3", "tiny", resolution=16, **SMALL).eval()
    given = batch(peaks=PEAKS)
    elsewhere, inside = given.signals.clone(), given.signals.clone()
    elsewhere[:, 2500:] = 0
    inside[:, 1000:1400] = 0
    expected = model(given).expression
    torch.testing.assert_close(model(replace(given, signals=elsewhere)).expression, expected, atol=0, rtol=0)
    assert (model(replace(given, signals=inside)).expression - expected).abs().min() > 0
    assert (model(batch(peaks=PEAKS[:1])).expression - expected).abs().min() > 0


def test_as_published_a_centre_without_a_peak_leaves_the_features_alone(published):
    """A token of zeros has a gate of zero in every block, so nothing that happens elsewhere reaches the centre."""
    given, other = batch(peaks=PEAKS), batch(peaks=[(0, 1000)], seed=1)
    expected = published(given).expression
    torch.testing.assert_close(published(replace(other, features=given.features)).expression, expected, atol=0, rtol=0)
    assert (published(batch(peaks=[*PEAKS, (1900, 2000)])).expression - expected).abs().min() > 0
