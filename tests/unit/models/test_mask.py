from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from seq2exp_py.errors import InputError
from seq2exp_py.models import build
from seq2exp_py.models.parts import mask
from seq2exp_py.models.parts.mask import MaskBeta, force, hard, single, soft
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.models.parts.mask_head import SignalBeta

SMALL = {"window": 256, "centre": 32, "d_model": 8, "layers": 1, "d_state": 2, "resolution": 1, "stem": 1}
SOFT = MaskConfig(variant="paper", signals="sum", certainty=10, sequence_certainty=1, floor=1, cap=None, **SMALL)
HARD = MaskConfig(variant="paper", signals="sum", certainty=1, sequence_certainty=1, floor=0, cap=None, **SMALL)


def silent(batch):
    return replace(batch, signals=torch.zeros_like(batch.signals))


def test_published_constants_without_signal(make_batch):
    batch = silent(make_batch(1, 256))
    a, b = SignalBeta(SOFT)(batch)
    assert a == pytest.approx(10.0)
    assert b == pytest.approx(18.8)
    a, b = SignalBeta(HARD)(batch)
    assert a.max().item() == pytest.approx(1e-8)
    assert b == pytest.approx(0.88)


def test_signal_beta_is_the_weighted_sum_of_raw_signals(make_batch):
    batch = make_batch(2, 256)
    a, _ = SignalBeta(SOFT)(batch)
    h3, dnase, hic = batch.signals.unbind(-1)
    assert torch.allclose(a, 10 * (1 + 0.4 * h3 + 0.4 * dnase + 0.2 * hic), rtol=1e-5)


def test_weights_belong_to_names_and_sum_to_one():
    part = SignalBeta(SOFT.model_copy(update={"tracks": ("DNase", "HiC")}))
    assert torch.allclose(part.weights, torch.tensor([2 / 3, 1 / 3]))
    assert part.offset == pytest.approx(0.2 * 2 / 3 + 1.0 / 3)
    more = SignalBeta(SOFT.model_copy(update={"tracks": ("H3K27ac", "CTCF", "HiC")}))
    assert torch.allclose(more.weights, torch.tensor([0.4, 0.4, 0.2]))


def test_corrected_signals_are_in_units_of_the_cells_scale(make_batch):
    batch = make_batch(1, 256)
    config = MaskConfig(**SMALL)
    deeper = replace(batch, signals=batch.signals * torch.tensor([3.0, 5.0, 1.0]), scale=torch.tensor([[3.0, 5.0, 1.0]]))
    assert torch.allclose(SignalBeta(config)(batch)[0], SignalBeta(config)(deeper)[0], rtol=1e-5)


@pytest.mark.parametrize(("name", "mean"), [("seq2exp_soft", 0.363), ("seq2exp_hard", 0.306)])
def test_published_mean_at_initialisation(name, mean, make_batch):
    torch.manual_seed(0)
    model = build(name, "paper", variant="paper", **(SMALL | {"d_model": 32})).eval()
    torch.nn.init.zeros_(model.mask_head.project.weight)
    batch = silent(make_batch(1, 256))
    distribution = model.mask_head(torch.zeros(1, 256, 32), batch)
    assert distribution.mean()[0, 0].item() == pytest.approx(mean, abs=5e-4)


def test_blacklist_wins_over_the_mask_and_the_centre_over_the_blacklist(make_batch):
    excluded = torch.zeros(1, 256, dtype=torch.bool)
    excluded[0, 100:140] = True
    batch = replace(make_batch(1, 256), excluded=excluded)
    value = torch.full((1, 256), 0.5, requires_grad=True)
    out = force(value, batch, SOFT)
    assert out[0, 99] == 0.5
    assert (out[0, 100:112] == 0).all()
    assert (out[0, 112:144] == 1).all()
    out.sum().backward()
    assert value.grad[0, 100:144].abs().sum() == 0
    assert value.grad[0, 144:].min() == 1


def test_hard_mask_is_exactly_zero_or_one_with_the_soft_gradient(make_batch):
    a = torch.full((1, 256), 2.0, requires_grad=True)
    distribution = MaskBeta(a, torch.full((1, 256), 2.0))
    out = hard(distribution, make_batch(1, 256), 3, HARD)
    assert set(out.detach().unique().tolist()) == {0.0, 1.0}
    value = soft(distribution, make_batch(1, 256), noise=3)
    assert torch.equal(out > 0, value >= 0.5)
    (wanted,) = torch.autograd.grad(value.sum(), a)
    (found,) = torch.autograd.grad(out.sum(), a)
    assert torch.equal(found, wanted)


def test_published_hard_rule_in_evaluation(make_batch):
    torch.manual_seed(1)
    model = build("seq2exp_hard", "paper", variant="paper", **SMALL).eval()
    model.mask_head.project.weight.data *= 20
    batch = make_batch(2, 256)
    outputs = torch.randn(2, 256, 8)
    low, high = F.softplus(model.mask_head.project(outputs)).unbind(-1)
    h3, dnase, hic = batch.signals.unbind(-1)
    wanted = high + 0.4 * h3 + 0.4 * dnase + 0.2 * hic >= low + 0.88
    assert torch.equal(hard(model.mask_head(outputs, batch), batch, None, model.config) > 0, wanted)


def test_minus_one_is_the_product_and_only_where_it_is_defined(make_batch):
    with pytest.raises(InputError, match="minus_one needs floor >= 1"):
        build("seq2exp_soft", "paper", minus_one=True, **SMALL)
    plain, product = (
        build("seq2exp_soft", "paper", signals="sum", minus_one=m, floor=1.0, cap=1e6, **SMALL) for m in (False, True)
    )
    product.load_state_dict(plain.state_dict())
    batch, outputs = make_batch(1, 256), torch.randn(1, 256, 8)
    summed, multiplied = plain.mask_head(outputs, batch), product.mask_head(outputs, batch)
    assert torch.allclose(summed.a - multiplied.a, torch.ones(1, 256), atol=1e-4)
    assert multiplied.b.min() > 0


def test_the_mask_is_the_same_under_autocast(make_batch):
    model = build("seq2exp_soft", "paper", **SMALL).eval()
    batch, outputs = make_batch(1, 256), torch.randn(1, 256, 8)
    with torch.autocast("cpu", torch.bfloat16):
        inside = model.mask_head(outputs, batch)
    assert inside.a.dtype == torch.float32
    assert torch.equal(inside.a, model.mask_head(outputs, batch).a)


def test_one_sample_of_a_batch(make_batch):
    batch = make_batch(3, 256)
    row = single(batch, 1)
    assert torch.equal(row.signals, batch.signals[1:2])
    assert row.gene_id == (batch.gene_id[1],)
    assert row.tracks == batch.tracks


def test_noise_seeds_differ_by_gene_cell_and_step(make_batch):
    batch = make_batch(2, 256)
    found = mask.seeds(batch, 1) + mask.seeds(batch, 2) + mask.seeds(replace(batch, cell=("X", "X")), 1)
    assert len(set(found)) == 6
