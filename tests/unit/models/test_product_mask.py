"""Masks by odds: what tau, keep, the prior and the sequence's factor promise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seq2exp_py.errors import InputError
from seq2exp_py.models import build, configure
from seq2exp_py.models.parts import beta
from seq2exp_py.models.parts.inputs import outside
from seq2exp_py.models.parts.mask import MaskBeta, hard, highest, penalties
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.models.parts.mask_head import LIMIT, ProductHead
from seq2exp_py.models.parts.odds import SignalOdds

SMALL = {"window": 512, "centre": 64, "d_model": 8, "layers": 1, "d_state": 2, "resolution": 16, "stem": 3}
ROWS = ("seq2exp_soft", "seq2exp_hard", "seq2exp_retrain", "evidence")


def test_learned_exponents_start_at_the_formulas_and_have_gradients(make_batch):
    batch = make_batch(2, 512)
    fixed, learned = (SignalOdds(MaskConfig(**SMALL, learn_exponents=learn)) for learn in (False, True))
    assert torch.allclose(fixed(batch), learned(batch), rtol=1e-4)
    learned(batch).log1p().sum().backward()
    assert (learned.exponents.grad.abs()[:2] > 0).all() and learned.exponents.grad.isfinite().all()


def test_the_sequence_multiplies_the_odds_and_says_nothing_at_the_start(make_batch):
    head, batch, outputs = ProductHead(MaskConfig(**SMALL)), make_batch(2, 512), torch.randn(2, 32, 8)
    start, alone = head(outputs, batch), head(None, batch)
    assert torch.equal(start.a, alone.a)
    torch.nn.init.constant_(head.project.bias, 1.0)
    more = head(outputs, batch)
    odds = start.a / start.b - 1e-3
    assert torch.allclose(more.a / more.b - 1e-3, odds * np.e, rtol=1e-3, atol=1e-5)
    torch.nn.init.constant_(head.project.bias, 50.0)
    assert head(outputs, batch).mean().isfinite().all()
    assert head.factor(outputs).max().item() == pytest.approx(np.exp(LIMIT))


def test_the_prior_of_a_token_has_the_mean_of_the_signals_and_is_not_learned(make_batch):
    head, batch = ProductHead(MaskConfig(**SMALL)), make_batch(2, 512)
    found = head(torch.zeros(2, 32, 8), batch)
    c, d = found.prior
    assert torch.allclose(c / (c + d), found.mean(), rtol=1e-4)
    assert torch.allclose(c + d, torch.tensor(100.0))
    assert not c.requires_grad
    assert found.kl().item() == pytest.approx(beta.kl(found.a, found.b, c, d).mean().item())


def with_p(batch, seed=0):
    """A batch that has P of every base, NaN in the first 40."""
    p = torch.rand(batch.sequence.shape, generator=torch.Generator().manual_seed(seed))
    p[:, :40] = torch.nan
    return replace(batch, probability=p)


def odds(found):
    return found.a / found.b - 1e-3


def test_p_multiplies_the_odds_token_by_token_and_is_one_where_it_is_unknown(make_batch):
    batch = with_p(make_batch(2, 512))
    head, bare = (ProductHead(MaskConfig(**SMALL, sequence=kind)) for kind in ("pretrained", "none"))
    means = batch.probability.nan_to_num(1.0).view(2, 32, 16).mean(2)
    assert torch.allclose(odds(head(None, batch)), odds(bare(None, batch)) * means, rtol=1e-3, atol=1e-5)
    assert (means[:, :2] == 1).all() and not head.project.weight.requires_grad
    unknown = replace(batch, probability=torch.full_like(batch.probability, torch.nan))
    assert torch.equal(head(None, unknown).a, bare(None, unknown).a)
    with pytest.raises(ValueError, match="opened with P"):
        head(None, replace(batch, probability=None))


def test_the_gate_is_the_highest_p_near_the_tss_and_open_where_none_is_known(make_batch):
    config = {"window": 2048, "centre": 64, "resolution": 16}
    batch = with_p(make_batch(3, 2048))
    batch.probability[0, 1024 - 200 : 1024 + 200] = 0.25
    batch.probability[0, 1024 + 200] = 0.9  # just beyond
    batch.probability[1, 1024 - 200 : 1024 + 200] = torch.nan
    batch.probability[2, 1024 - 200 : 1024 + 200] = torch.nan
    batch.probability[2, 1024 - 200] = 0.5
    gated, free = (ProductHead(MaskConfig(**config, sequence="pretrained", tss_gate=gate)) for gate in (True, False))
    ratio = odds(gated(None, batch)).sum(1) / odds(free(None, batch)).sum(1)
    assert ratio.tolist() == pytest.approx([0.25, 1.0, 0.5], rel=1e-3)


def test_the_total_of_a_gene_knows_nothing_of_the_sequence(make_batch):
    batch = with_p(make_batch(1, 512))
    head = ProductHead(MaskConfig(**SMALL, sequence="pretrained"))
    before = odds(head(None, batch))
    changed = batch.probability.clone()
    changed[:, 256:] = 1e-3
    after = odds(head(None, replace(batch, probability=changed)))
    assert torch.equal(before[:, :16], after[:, :16]) and (after[:, 16:] <= before[:, 16:]).all()


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("sequence", ["pretrained", "none"])
def test_without_a_generator_the_mask_is_the_closed_form_in_every_row(name, sequence, make_batch):
    torch.manual_seed(0)
    batch = with_p(make_batch(2, 512))
    model = build(name, "paper", sequence=sequence, **SMALL).eval()
    model.settle([batch])
    out = model(batch)
    assert not any("generator" in key for key in model.state_dict())
    head = ProductHead(model.config)
    head.settle([batch])
    expected = head(None, batch).mean()
    wanted = expected if name in ("seq2exp_soft", "evidence") else (expected >= 0.5).float()
    tokens = outside(model.config)
    assert torch.allclose(out.mask[:, tokens], wanted[:, tokens], atol=1e-5)
    if name != "evidence":
        model.train()(batch).expression.sum().backward()


def test_what_does_not_go_together_is_a_sentence():
    with pytest.raises(InputError, match="sequence=pretrained needs signals=product"):
        configure("seq2exp_soft", "tiny", variant="paper", sequence="pretrained")
    with pytest.raises(InputError, match="tss_gate=true needs sequence=pretrained"):
        configure("seq2exp_soft", "tiny", tss_gate=True)


@pytest.mark.parametrize("name", ROWS)
def test_tau_keeps_the_share_asked_for(name, make_batch):
    torch.manual_seed(0)
    model = build(name, "paper", mask_ratio=0.2, **SMALL).eval()
    batches = [make_batch(8, 512, seed) for seed in range(8)]
    model.settle(batches)
    with torch.no_grad():
        kept = torch.cat([model.ratio(model(batch)) for batch in batches])
    assert kept.mean() == pytest.approx(0.2, abs=0.01)
    assert kept.std() > 0  # one threshold over genes
    assert float(build(name, "paper", mask_ratio=0.2, tau=0.7, **SMALL).state_dict()[_tau(name)]) == pytest.approx(0.7)


def _tau(name):
    return f"{'masker.' if name == 'seq2exp_retrain' else ''}mask_head.tau"


@pytest.mark.parametrize("name", ["seq2exp_hard", "seq2exp_retrain"])
def test_each_gene_can_keep_its_share_by_rank(name, make_batch):
    model = build(name, "paper", mask_ratio=0.25, keep="gene", **SMALL)
    for mode in (model.train(), model.eval()):
        assert mode.ratio(mode(make_batch(4, 512))).tolist() == [0.25] * 4


def test_the_highest_tokens_are_kept_beside_the_centre_and_none_that_is_blacklisted(make_batch):
    config = MaskConfig(**SMALL, mask_ratio=0.25, keep="gene")
    excluded = torch.zeros(1, 512, dtype=torch.bool)
    excluded[0, :16] = True
    batch, value = replace(make_batch(1, 512), excluded=excluded), torch.rand(1, 32)
    value[0, 0] = 0.999
    kept = highest(value, batch, config)[0]
    tokens = outside(config)
    assert kept[~tokens].all() and not kept[0]
    rest = tokens & (torch.arange(32) > 0)
    assert value[0][rest & kept].min() > value[0][rest & ~kept].max()
    mask = hard(MaskBeta(value, 1 - value), batch, None, config)
    assert torch.equal(mask[0] > 0, kept)


def test_the_share_is_held_only_where_asked(make_batch):
    distribution = MaskBeta(torch.full((1, 32), 3.0), torch.full((1, 32), 1.0))
    for hold, excess in ((False, None), (True, 0.98)):
        found = penalties(distribution, distribution.mean(), MaskConfig(**SMALL, hold=hold))[1]
        assert found is None if excess is None else found.item() == pytest.approx(excess)


def test_a_sum_keeps_the_defaults_it_had():
    config = MaskConfig(signals="sum")
    assert (config.mask_ratio, config.kl_weight, config.share) == (0.1, 0.01, None)
    assert MaskConfig(signals="sum", mask_ratio=None).mask_ratio is None


def test_a_small_window_keeps_a_larger_share_by_default_and_a_sum_what_it_kept():
    assert configure("seq2exp_soft", "small").mask_ratio == 0.02
    assert configure("seq2exp_soft", "tiny").mask_ratio == configure("evidence", "tiny").mask_ratio == 0.1
    assert configure("seq2exp_soft", "tiny", variant="paper").mask_ratio is None
    assert configure("seq2exp_retrain", "tiny", variant="paper").mask_ratio == 0.1


def test_the_closed_form_predicts_as_a_regression_does_and_needs_no_sequence(make_batch):
    model = build("evidence", "paper", **SMALL)
    batches = [make_batch(16, 512, seed) for seed in range(3)]
    batches = [replace(b, target=b.features[:, 3] + model.rows(b)[:, -1].float()) for b in batches]
    model.fit(batches)
    out = model(batches[0])
    assert (out.expression - batches[0].target).abs().mean() < 0.1 * batches[0].target.std()
    other = model(replace(batches[0], sequence=torch.full_like(batches[0].sequence, 4)))
    assert torch.equal(out.expression, other.expression) and torch.equal(out.mask, other.mask)


@pytest.mark.parametrize("tracks", [("H3K27ac", "HiC"), ("ATAC", "H3K27ac", "HiC"), ("HiC",), ("CTCF", "HiC")])
def test_any_set_of_tracks_makes_a_mask(tracks, make_batch):
    model = build("seq2exp_soft", "paper", tracks=tracks, **SMALL).eval()
    batch = make_batch(2, 512, tracks=tracks)
    negative = replace(batch, signals=batch.signals - 10)
    for given in (batch, negative):
        mask = model(given).mask
        assert mask.isfinite().all() and mask.min() > 0
