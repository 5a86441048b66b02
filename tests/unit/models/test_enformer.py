import math
from dataclasses import replace

import pytest
import torch
from baseline_batches import batch

from seq2exp_py.errors import InputError
from seq2exp_py.models import build, configure
from seq2exp_py.models.enformer import AttentionPool, position_features, relative_shift

SMALL = {"window": 4000, "bases": 3072, "bins": 14, "dim": 24, "depth": 2, "heads": 2, "d_key": 4, "rounding": 4}


@pytest.fixture
def model():
    torch.manual_seed(0)
    made = build("enformer", "tiny", **SMALL).eval()
    for layer in made.trunk.transformer:  # the output layer starts at zero; give the attention something to do
        torch.nn.init.normal_(layer[0][1].out.weight, std=0.1)
    return made


def test_trunk_has_the_published_widths():
    assert configure("enformer").widths() == [768, 768, 896, 1024, 1152, 1280, 1536]


def test_stages_have_the_published_lengths():
    trunk = build("enformer", dim=12, heads=1, d_key=4, depth=1, rounding=6).trunk.eval()
    lengths = []
    for step in (trunk.stem, *trunk.tower):
        step.register_forward_hook(lambda step, given, out: lengths.append(out.shape[2]))
    with torch.no_grad():
        out = trunk(torch.zeros(1, 196_608, 4))
    assert lengths == [98_304, 49_152, 24_576, 12_288, 6144, 3072, 1536]
    assert out.shape == (1, 896, 24)


def test_relative_shift_picks_the_offset_of_each_pair():
    x = torch.randn(2, 3, 5, 9)
    shifted = relative_shift(x)
    for i in range(5):
        for j in range(5):
            assert torch.equal(shifted[..., i, j], x[..., i, 4 + j - i])
    assert torch.equal(relative_shift(x[..., :1, :1]), x[..., :1, :1])


def test_position_features_written_out():
    length, count = 24, 2
    made = position_features(length, 6 * count, "functions")
    assert made.shape == (47, 12)
    for row, offset in enumerate(range(-23, 24)):
        x = abs(offset)
        exponential = [2 ** (-x / h) for h in (8, length)]
        masks = [float(x < edge) for edge in (1, 3)]
        densities = []
        for mean in (length / count, length):
            sd = length / (2 * count)
            shape, rate = (mean / sd) ** 2, mean / sd**2
            log = (shape - 1) * math.log(x) - rate * x - math.lgamma(shape) + shape * math.log(rate) if x else -math.inf
            densities.append(math.exp(log) + 1e-8)
        gamma = [d / max(densities) for d in densities]
        plain = exponential + masks + gamma
        signed = [math.copysign(1, offset) * value if offset else 0.0 for value in plain]
        assert made[row].tolist() == pytest.approx(plain + signed, abs=1e-6)


def test_original_gamma_features_peak_at_one_for_each_function():
    made = position_features(1536, 192, "offsets")[:, 64:96]
    torch.testing.assert_close(made.amax(0), torch.ones(32))
    # values of the original TensorFlow table at offset 1 and 0, first function
    assert made[1536, 0].item() == pytest.approx(3.9662e-4, rel=1e-3)
    assert made[1535, 0].item() == pytest.approx(5.3561e-7, rel=1e-3)


def test_attention_pool_weighs_two_positions_and_keeps_an_odd_last_one():
    pool = AttentionPool(3)
    x = torch.randn(2, 3, 5)
    out = pool(x)
    weight = torch.softmax(torch.stack([2 * x[..., 0], 2 * x[..., 1]], -1), -1)
    torch.testing.assert_close(out[..., 0], (weight * x[..., :2]).sum(-1))
    torch.testing.assert_close(out[..., 2], x[..., 4])


def test_only_the_central_bases_are_read_and_all_bins_averaged(model):
    given = batch(width=4000)
    edges, inner = given.sequence.clone(), given.sequence.clone()
    edges[:, :464] = edges[:, 3536:] = 0
    inner[:, 900:1000] = 0
    expected = model(given).expression
    torch.testing.assert_close(model(replace(given, sequence=edges)).expression, expected, atol=0, rtol=0)
    assert (model(replace(given, sequence=inner)).expression - expected).abs().min() > 0
    embedded = model.trunk(given.one_hot()[:, 464:3536])
    assert embedded.shape == (2, 14, 48)
    torch.testing.assert_close(model.head(embedded.mean(1), given), expected)


def test_a_window_shorter_than_the_published_one_is_read_whole():
    model = build("enformer", "tiny", window=2048, centre=200).eval()
    assert model(batch(width=2048)).expression.shape == (2,)


def test_heads_must_split_the_width_into_families_of_position_features():
    with pytest.raises(InputError, match="multiple of 6"):
        configure("enformer", dim=1024)


@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_presets_keep_the_structure(preset):
    with torch.device("meta"):
        model = build("enformer", preset)
    assert len(model.trunk.tower) == 6
    assert sum(p.numel() for p in model.parameters()) < 5e6
