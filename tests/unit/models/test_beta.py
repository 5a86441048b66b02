from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from seq2exp_py.models.parts import beta

PARAMETERS = [0.05, 0.3, 1.0, 7.5, 90.0, 1.2e3, 1e5]
GRID = [(a, b) for a in PARAMETERS for b in PARAMETERS]


def tensors(values=GRID, **options):
    a, b = torch.tensor(values, dtype=torch.float64).T
    return a.clone().requires_grad_(), b.clone().requires_grad_()


@pytest.mark.parametrize(("c", "d"), [(10.0, 90.0), (0.1, 0.1222), (1.0, 1.0), (1e4, 10.0)])
def test_kl_equals_torch_distributions_in_float64(c, d):
    a, b = tensors()
    other = torch.distributions.Beta(torch.tensor(c, dtype=torch.float64), torch.tensor(d, dtype=torch.float64))
    wanted = torch.distributions.kl_divergence(torch.distributions.Beta(a, b), other)
    assert torch.allclose(beta.kl(a, b, c, d).double(), wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.3), (0.3, 90.0), (7.5, 1.0), (90.0, 1200.0), (1e5, 90.0), (1e5, 1e5)])
def test_kl_equals_numerical_integration(a, b):
    c, d = 10.0, 90.0
    p, r = stats.beta(a, b), stats.beta(c, d)

    def of_logit(t):  # in t = logit(m), where the density has no poles
        m, n = special.expit(t), special.expit(-t)
        log_p = a * np.log(m) + b * np.log(n) - special.betaln(a, b)
        log_r = c * np.log(m) + d * np.log(n) - special.betaln(c, d)
        return np.exp(log_p) * (log_p - log_r)

    ends = (-min(700.0, 45 / a + 20), min(700.0, 45 / b + 20))
    middle = special.logit(np.clip(p.mean(), 1e-12, 1 - 1e-12))
    width = 40 / np.sqrt(min(a, b))
    points = sorted({max(ends[0], middle - width), middle, min(ends[1], middle + width)})
    cuts = [ends[0], *points, ends[1]]
    parts = [integrate.quad(of_logit, lo, hi, limit=2000, epsabs=1e-9)[0] for lo, hi in pairwise(cuts) if hi > lo]
    found = beta.kl(torch.tensor(a), torch.tensor(b), c, d).item()
    assert found == pytest.approx(sum(parts), rel=1e-4, abs=1e-5)
    assert r.mean() == pytest.approx(0.1)


def test_kl_is_zero_between_equals_and_has_a_direction():
    a, b = torch.tensor([3.0]), torch.tensor([5.0])
    assert beta.kl(a, b, 3.0, 5.0).abs().item() < 1e-7
    assert beta.kl(a, b, 10.0, 90.0).item() != pytest.approx(beta.kl(torch.tensor([10.0]), torch.tensor([90.0]), 3.0, 5.0).item())


def test_kl_gradient_is_the_derivative():
    a, b = tensors()
    beta.kl(a, b, 10.0, 90.0).double().sum().backward()
    x, y = (t.detach().numpy() for t in (a, b))
    by_a = (x - 10) * special.polygamma(1, x) + (100 - x - y) * special.polygamma(1, x + y)
    by_b = (y - 90) * special.polygamma(1, y) + (100 - x - y) * special.polygamma(1, x + y)
    np.testing.assert_allclose(a.grad, by_a, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(b.grad, by_b, rtol=1e-6, atol=1e-9)


def test_mean_and_sd_equal_scipy():
    a, b = (t.detach().float() for t in tensors())
    frozen = stats.beta(a.double().numpy(), b.double().numpy())
    np.testing.assert_allclose(beta.mean(a, b), frozen.mean(), rtol=1e-5)
    np.testing.assert_allclose(beta.sd(a, b), frozen.std(), rtol=1e-4)


def test_tempering_keeps_the_mean_and_bounds_the_sum():
    a, b = (t.detach() for t in tensors())
    c, d = beta.tempered(a, b, 1000.0)
    assert torch.allclose(beta.mean(c, d), beta.mean(a, b))
    assert (c + d).max() <= 1000.001
    small = a + b < 1000
    assert torch.equal(c[small], a[small])


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.05), (0.3, 7.5), (11.69, 20.49), (1e3, 90.0), (1e5, 1e5)])
def test_samples_follow_the_distribution(a, b):
    draws = beta.sample(torch.full((1, 4000), a), torch.full((1, 4000), b), [5])[0].double().numpy()
    inside = (draws > 2e-6) & (draws < 1 - 2e-6)
    frozen = stats.beta(a, b)
    if inside.all():
        assert stats.kstest(draws, frozen.cdf).pvalue > 1e-3
    assert (draws < 0.3).mean() == pytest.approx(frozen.cdf(0.3), abs=0.04)
    assert draws.mean() == pytest.approx(frozen.mean(), abs=4 * frozen.std() / np.sqrt(4000) + 1e-6)


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.6), (2.0, 5.0), (11.69, 20.49), (300.0, 90.0)])
def test_sample_gradient_is_the_implicit_one(a, b):
    x, y = (torch.full((1, 40), v, requires_grad=True) for v in (a, b))
    draws = beta.sample(x, y, [1])
    draws.sum().backward()
    m = draws.detach().double().numpy()[0]
    step = 1e-5
    density = stats.beta(a, b).pdf(m)
    by_a = -(special.betainc(a * (1 + step), b, m) - special.betainc(a * (1 - step), b, m)) / (2 * step * a) / density
    by_b = -(special.betainc(a, b * (1 + step), m) - special.betainc(a, b * (1 - step), m)) / (2 * step * b) / density
    usable = (m > 1e-3) & (m < 1 - 1e-3)
    np.testing.assert_allclose(x.grad[0][usable], by_a[usable], rtol=2e-2, atol=1e-6)
    np.testing.assert_allclose(y.grad[0][usable], by_b[usable], rtol=2e-2, atol=1e-6)


def test_a_draw_depends_on_its_own_seed_only():
    a, b = torch.rand(3, 50) + 0.5, torch.rand(3, 50) + 0.5
    together = beta.sample(a, b, [7, 8, 9])
    alone = beta.sample(a[1:2], b[1:2], [8])
    assert torch.equal(together[1:2], alone)
    assert not torch.equal(beta.sample(a[1:2], b[1:2], [9]), alone)


def test_extreme_parameters_keep_values_and_gradients_finite():
    a = torch.tensor([[1e-8, 0.05, 1e5, 0.69]], requires_grad=True)
    b = torch.tensor([[0.88, 0.05, 1e-3, 1.57]], requires_grad=True)
    draws = beta.sample(a, b, [1])
    draws.log().sum().backward()
    assert torch.isfinite(draws).all()
    assert torch.isfinite(a.grad).all()
    assert torch.isfinite(b.grad).all()


def test_everything_is_float32_under_autocast():
    a, b = torch.full((1, 8), 1e4), torch.full((1, 8), 3.0)
    with torch.autocast("cpu", torch.bfloat16):
        assert beta.sample(a, b, [1]).dtype == torch.float32
        inside = beta.kl(a, b, 10.0, 90.0)
    assert inside.dtype == torch.float32
    assert torch.equal(inside, beta.kl(a, b, 10.0, 90.0))
