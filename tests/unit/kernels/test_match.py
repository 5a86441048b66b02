"""Filters over bases: the pass on a CPU against convolution and pooling in double precision, values and gradients."""

import pytest
import torch
from torch import Tensor

from seq2exp_py.kernels import best_match, c
from seq2exp_py.kernels.match import composed

pytestmark = pytest.mark.skipif(c.library() is None, reason="no C compiler")


def operands(length: int, channels: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 5, (3, length), generator=g, dtype=torch.uint8)
    weight, bias = torch.randn(channels, 4, width, generator=g), torch.randn(channels, generator=g)
    return codes, weight, bias


def run(function, codes: Tensor, leaves: list[Tensor], *how: object) -> tuple[Tensor, tuple[Tensor, ...]]:
    leaves = [x.requires_grad_() for x in leaves]
    y = function(codes, *leaves, *how)
    weight = torch.cos(torch.arange(y.numel(), dtype=y.dtype)).view(y.shape)
    return y.detach(), torch.autograd.grad((y * weight).sum(), leaves)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("silu", [False, True])
@pytest.mark.parametrize(
    ("length", "channels", "width", "pool", "same"),
    [
        (320, 16, 11, 16, True),
        (331, 32, 11, 16, True),
        (362, 64, 13, 5, False),
        (90, 16, 3, 7, True),
        (7, 16, 11, 7, True),
        (13, 16, 13, 1, False),
    ],
)
def test_one_pass_equals_convolution_and_pooling(length, channels, width, pool, same, silu, threads):
    codes, *leaves = operands(length, channels, width)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        y, grads = run(best_match, codes, [x.clone() for x in leaves], pool, same, silu)
    finally:
        torch.set_num_threads(before)
    expected, wanted = run(composed, codes, [x.double() for x in leaves], pool, same, silu)
    assert y.shape == expected.shape and y.dtype == torch.float32
    torch.testing.assert_close(y.double(), expected, atol=1e-5, rtol=1e-5)
    for grad, want in zip(grads, wanted, strict=True):
        torch.testing.assert_close(grad.double(), want, atol=1e-4, rtol=1e-4)


def test_of_equal_matches_the_first_learns():
    codes, weight = torch.tensor([[0, 1, 0, 2, 0, 3]], dtype=torch.uint8), torch.zeros(16, 4, 2)
    weight[:, 0, 0] = 1  # A and any base: found three times
    _, (grad, _) = run(best_match, codes, [weight, torch.zeros(16)], 5, False)
    assert grad[:, 1, 1].ne(0).all() and grad[:, 2:, 1].eq(0).all()


@pytest.mark.parametrize("channels", [15, 16])
def test_any_number_of_channels_and_codes_beyond_n(channels):
    codes, weight, bias = operands(64, channels, 5)
    beyond = torch.where(codes == 4, 255, codes).to(torch.uint8)
    torch.testing.assert_close(best_match(beyond, weight, bias, 4, True), composed(codes, weight, bias, 4, True, False))
