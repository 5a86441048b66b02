import math
from dataclasses import replace

import pytest
import torch
from baseline_batches import batch

from seq2exp_py.models import build
from seq2exp_py.models.hyenadna import Hyena, long_convolution

SMALL = {"window": 600, "centre": 20, "d_model": 6, "layers": 2, "d_filter": 8, "resolution": 1, "stem": 1}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return build("hyenadna", "tiny", **SMALL).eval()


def test_long_convolution_is_the_sum_over_earlier_positions():
    torch.manual_seed(0)
    u, h = torch.randn(2, 3, 50), torch.randn(3, 50)
    expected = torch.zeros(2, 3, 50)
    for t in range(50):
        for s in range(t + 1):
            expected[:, :, t] += u[:, :, s] * h[:, t - s]
    torch.testing.assert_close(long_convolution(u, h), expected, atol=1e-5, rtol=1e-5)


def test_operator_equals_the_formula_written_out():
    torch.manual_seed(1)
    config = build("hyenadna", "tiny", **SMALL).config
    mixer, length, width = Hyena(config), 40, config.d_model
    torch.nn.init.uniform_(mixer.filter.frequency, 1, 10)
    u = torch.randn(length, width)

    projected = u @ mixer.inward.weight.T + mixer.inward.bias
    short = mixer.short.weight[:, 0]  # (3 width, 3), oldest tap first
    x = torch.zeros(length, 3 * width)
    for t in range(length):
        x[t] = mixer.short.bias + sum(short[:, 2 - k] * projected[t - k] for k in range(3) if t >= k)
    gate, key, value = x[:, :width], x[:, width : 2 * width], x[:, 2 * width :]

    reach = 602  # window + 2
    taps = torch.zeros(length, width)
    for n in range(length):
        t, angle = n / (reach - 1), 2 * math.pi * n / reach
        h = torch.tensor([t, math.cos(1e-4 * angle), math.cos(angle), -math.sin(1e-4 * angle), -math.sin(angle)])
        for layer in mixer.filter.layers:
            h = torch.sin(mixer.filter.frequency * (layer.weight @ h + layer.bias))
        slow, fast = math.log(0.01) / 1.5, math.log(0.01) / 0.3
        for c in range(width):
            rate = abs(slow + (fast - slow) * c / (width - 1))
            taps[n, c] = mixer.filter.last.weight[c] @ h * math.exp(-t * rate)

    product = value * key
    long = torch.stack([sum(taps[t - s] * product[s] for s in range(t + 1)) for t in range(length)])
    expected = ((long + mixer.bias * product) * gate) @ mixer.outward.weight.T + mixer.outward.bias
    torch.testing.assert_close(mixer(u[None], slice(None))[0], expected, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(mixer(u[None], slice(10, 20))[0], expected[10:20], atol=2e-5, rtol=1e-4)


def test_prediction_ignores_bases_behind_the_centre_and_feels_those_before(model):
    given = batch(width=600)
    after, before = given.sequence.clone(), given.sequence.clone()
    after[:, 310:] = 3 - after[:, 310:].clamp(max=3)
    before[:, :200] = 3 - before[:, :200].clamp(max=3)
    expected = model(given).expression
    torch.testing.assert_close(model(replace(given, sequence=after)).expression, expected, atol=0, rtol=0)
    assert (model(replace(given, sequence=before)).expression - expected).abs().min() > 0


def test_cutting_the_window_at_the_centre_changes_nothing(model):
    given = batch(width=600)
    whole = model.embedding(given)
    for block in model.blocks:
        whole = block(whole, slice(None))
    expected = model.head(model.norm(whole)[:, 290:310].mean(1), given)
    torch.testing.assert_close(model(given).expression, expected, atol=1e-6, rtol=1e-5)


def test_filters_are_float32_under_autocast_and_without_weight_decay(model):
    with torch.autocast("cpu", torch.bfloat16):
        assert model.blocks[0].mixer.filter(30).dtype == torch.float32
        rough = model(batch(width=600)).expression
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, model(batch(width=600)).expression, atol=0.02, rtol=0.05)
    assert all(getattr(p, "no_decay", False) for p in model.blocks[0].mixer.filter.parameters())


def test_initial_weights_have_the_published_spread():
    torch.manual_seed(0)
    model = build("hyenadna", "paper", window=4000)
    assert model.blocks[0].mixer.inward.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert model.blocks[3].mixer.outward.weight.std().item() == pytest.approx(0.02 / math.sqrt(8), rel=0.05)
    assert model.blocks[1].mlp[2].weight.std().item() == pytest.approx(0.02 / math.sqrt(8), rel=0.05)
    assert model.blocks[0].mixer.inward.bias.abs().max() == 0
