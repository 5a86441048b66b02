from dataclasses import replace

import pytest
import torch
from torch import nn

from seq2exp_py.errors import InputError
from seq2exp_py.models import MODELS, build, configure
from seq2exp_py.models.config import PRESETS, ModelConfig
from seq2exp_py.models.parts.inputs import SequenceLayer, centre
from seq2exp_py.models.parts.mask import single

SMALL = {"window": 512, "centre": 64, "d_model": 16, "layers": 2, "d_state": 4}
FINE, COARSE = SMALL | {"resolution": 1, "stem": 1}, SMALL | {"resolution": 16, "stem": 11}
MINE = ["seq2exp_soft", "seq2exp_hard", "seq2exp_retrain", "caduceus_signals", "caduceus", "mamba"]
MASKED = MINE[:3]


def small(name, sizes=COARSE, **fields):
    torch.manual_seed(0)
    return build(name, "paper", **sizes, **fields).eval()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("seq2exp_soft", 1_114_243),
        ("seq2exp_hard", 26_174_979),
        ("seq2exp_retrain", 574_721),
        ("caduceus", 574_209),
        ("caduceus_signals", 574_593),
        ("caduceus_signals_2kb", 574_593),
        ("mamba", 502_401),
    ],
)
def test_trainable_parameters_of_the_paper(name, parameters):
    model = build(name, "paper", variant="paper")
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == parameters


def test_centre_of_the_paper_and_of_coarse_tokens():
    assert centre(ModelConfig()) == slice(99_000, 101_000)
    assert centre(ModelConfig(resolution=16)) == slice(6187, 6313)  # 99000 / 16 = 6187.5: both half-covered tokens belong to it


def test_settings_that_do_not_fit_are_refused():
    for fields, words in [
        ({"window": 1001}, "multiple"),
        ({"d_model": "x"}, "d_model"),
        ({"depth": 3}, "depth"),
        ({"stem": 4}, "odd"),
    ]:
        with pytest.raises(InputError, match=words):
            configure("caduceus", "paper", **fields)
    with pytest.raises(InputError, match="preset 'huge'"):
        configure("caduceus", "huge")
    with pytest.raises(InputError, match="model 'cad'"):
        build("cad")


def test_settings_given_as_text_are_converted():
    assert configure("seq2exp_hard", "tiny", layers="2", live="false", mask_ratio="0.2").model_dump()["mask_ratio"] == 0.2


def test_every_preset_of_my_models_builds():
    for preset in PRESETS:
        for name in [*MINE, "caduceus_signals_2kb"]:
            assert configure(name, preset).window in (200_000, 32_000, 2000)
            assert name in MODELS


@pytest.mark.parametrize("sizes", [FINE, COARSE], ids=["base", "16bp"])
@pytest.mark.parametrize("variant", ["paper", "corrected"])
@pytest.mark.parametrize("name", MINE)
def test_shapes_and_that_a_sample_does_not_depend_on_its_mates(name, variant, sizes, make_batch):
    model, batch = small(name, sizes, variant=variant), make_batch(8, 512)
    with torch.no_grad():
        out = model(batch)
        alone = [model(single(batch, i)) for i in range(8)]
    assert out.expression.shape == (8,)
    assert torch.allclose(out.expression, torch.cat([o.expression for o in alone]), atol=2e-6)
    if name in MASKED:
        assert out.mask.shape == out.sd.shape == (8, 512 // model.resolution)
        assert torch.allclose(out.mask, torch.cat([o.mask for o in alone]), atol=1e-6)
        assert (out.mask[:, centre(model.config)] == 1).all()


def test_the_linear_layer_gives_the_bias_for_n(make_batch):
    layer = SequenceLayer(ModelConfig(window=512, centre=64, d_model=16))
    nn.init.normal_(layer.project.bias)
    batch = make_batch(1, 512)
    out = layer(batch)
    unknown = batch.sequence == 4
    assert torch.allclose(out[unknown], layer.project.bias.expand(int(unknown.sum()), -1))
    adenine = batch.sequence == 0
    assert torch.allclose(out[adenine][0], layer.project.weight[:, 0] + layer.project.bias)


def test_coarse_tokens_of_the_linear_layer_are_maxima_over_bases_with_their_gradient(make_batch):
    layer = SequenceLayer(ModelConfig(window=512, centre=64, d_model=16, resolution=8, stem=1))
    nn.init.normal_(layer.project.bias)
    batch = make_batch(2, 512)
    layer(batch).square().sum().backward()
    gradient = layer.project.weight.grad.clone()
    layer.zero_grad()
    written_out = layer.project(batch.one_hot()).view(2, 64, 8, 16).amax(2)
    written_out.square().sum().backward()
    assert torch.equal(layer(batch), written_out)
    torch.testing.assert_close(gradient, layer.project.weight.grad)


@pytest.mark.parametrize("sizes", [FINE, COARSE], ids=["base", "16bp"])
def test_mamba_does_not_see_beyond_the_centre_and_caduceus_does(sizes, make_batch):
    batch = make_batch(2, 512)
    beyond = batch.sequence.clone()
    beyond[:, 300:] = (beyond[:, 300:] + 1) % 4
    other = replace(batch, sequence=beyond)
    mamba, caduceus = small("mamba", sizes), small("caduceus", sizes)
    assert torch.equal(mamba(batch).expression, mamba(other).expression)
    assert not torch.equal(caduceus(batch).expression, caduceus(other).expression)


def test_truncated_mamba_equals_the_whole_window(make_batch):
    model, batch = small("mamba", FINE), make_batch(2, 512)
    outputs = model.stack(model.embedding(batch))[:, centre(model.config)]
    assert torch.allclose(model.head(outputs.mean(1), batch), model(batch).expression, atol=1e-6)


@pytest.mark.parametrize("name", MINE)
def test_only_models_with_signals_see_signals_and_only_heads_see_features(name, make_batch):
    model, batch = small(name), make_batch(2, 512)
    changed = not torch.equal(model(batch).expression, model(replace(batch, signals=batch.signals * 2)).expression)
    assert changed == (name not in ("caduceus", "mamba"))
    features = batch.features.clone()
    features[:, 8] += 3
    without = small(name, promoter_activity=False)
    assert not torch.equal(model(batch).expression, model(replace(batch, features=features)).expression)
    assert torch.equal(without(batch).expression, without(replace(batch, features=features)).expression)


@pytest.mark.parametrize("name", MINE)
def test_corrected_inputs_do_not_depend_on_depth_and_published_ones_do(name, make_batch):
    batch = make_batch(2, 512)
    factor = torch.tensor([4.0, 0.5, 1.0])
    deeper = replace(batch, signals=batch.signals * factor, scale=batch.scale * factor)
    for variant, same in [("corrected", True), ("paper", name in ("caduceus", "mamba"))]:
        model = small(name, variant=variant)
        assert torch.allclose(model(batch).expression, model(deeper).expression, atol=1e-6) == same


def test_the_corrected_generator_reads_sequence_only(make_batch):
    batch = make_batch(1, 512)
    louder = replace(batch, signals=batch.signals + 1)
    for variant, same in [("corrected", True), ("paper", False)]:
        model = small("seq2exp_hard", variant=variant)
        nn.init.normal_(model.mask_head.project.weight)
        seen = [model.generator(model.embeddings(b)[1]) for b in (batch, louder)]
        assert torch.equal(*seen) == same


def test_training_samples_the_mask_and_evaluation_takes_its_mean(make_batch):
    model, batch = small("seq2exp_soft"), make_batch(2, 512)
    assert torch.equal(model(batch).mask, model(batch).mask)
    model.train()
    first = model(batch).mask
    assert torch.equal(first, model(batch).mask)
    assert not torch.equal(first, model(replace(batch, noise=5)).mask)


def test_compaction_gathers_the_kept_tokens_and_finds_the_centre(make_batch):
    model, batch = small("seq2exp_hard", FINE, variant="paper"), make_batch(3, 512)
    tokens, _ = model.embeddings(batch)
    seen = {}
    model.predictor.stack.register_forward_pre_hook(lambda _, args, kwargs: seen.update(tokens=args[0]), with_kwargs=True)
    kept = torch.rand(3, 512) < 0.2
    kept[:, centre(model.config)] = True
    model.predictor.compact(tokens, kept.float(), batch, live=True)
    for i in range(3):
        length = int(kept[i].sum())
        assert torch.equal(seen["tokens"][i, :length], tokens[i, kept[i]])
        assert (seen["tokens"][i, length:] == 0).all()


def test_compaction_of_everything_equals_the_dense_predictor(make_batch):
    model, batch = small("seq2exp_hard", FINE), make_batch(2, 512)
    tokens, mask = model.embeddings(batch)[0], torch.ones(2, 512)
    assert torch.allclose(model.predictor.compact(tokens, mask, batch, True), model.predictor.dense(tokens, mask, batch), atol=1e-6)


def task_gradient(model, batch):
    model.train()
    out = model(batch)
    weight = model.mask_head.project.weight
    return torch.autograd.grad((out.expression - batch.target).square().mean(), weight, allow_unused=True)[0]


def test_the_task_reaches_the_mask_head_unless_published(make_batch):
    batch = make_batch(2, 512)
    assert task_gradient(small("seq2exp_soft"), batch).abs().max() > 0
    assert task_gradient(small("seq2exp_hard", tau=0.1), batch).abs().max() > 0
    assert task_gradient(small("seq2exp_soft", variant="paper"), batch).abs().max() > 0
    assert task_gradient(small("seq2exp_hard", variant="paper"), batch) is None


def test_retrain_keeps_the_top_tokens_of_a_frozen_soft_mask_and_computes_them_once(make_batch):
    batch = make_batch(3, 512)
    soft, model = small("seq2exp_soft", FINE), small("seq2exp_retrain", FINE, keep="gene", mask_ratio=0.2)
    nn.init.normal_(soft.mask_head.project.weight)
    model.load_masker(soft.state_dict())
    mean, mask = soft(batch).mask, model(batch).mask
    assert mask.sum(1).tolist() == [64 + 90.0] * 3  # the centre, and a fifth of the rest
    for i in range(3):
        assert mean[i][mask[i] == 1].min() >= mean[i][mask[i] == 0].max() - 1e-6
    nn.init.zeros_(model.masker.mask_head.project.weight)
    assert torch.equal(model(batch).mask, mask)
    model.known.clear()
    assert not torch.equal(model(batch).mask, mask)
    assert not any(p.requires_grad for p in model.masker.parameters())


@torch.no_grad()
def test_outputs_are_float32_under_autocast(make_batch):
    batch = make_batch(2, 512)
    for name in MINE:
        model = small(name)
        with torch.autocast("cpu", torch.bfloat16):
            out = model(batch)
        assert out.expression.dtype == torch.float32
        assert torch.allclose(out.expression, model(batch).expression, atol=0.05)
        assert out.mask is None or out.mask.dtype == torch.float32
