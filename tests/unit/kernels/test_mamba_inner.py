"""One direction of a mixer: the pieces of the fast path against plain operations in double precision, values and gradients."""

import pytest
import torch
from torch import Tensor

from seq2exp_py.kernels import c, cpu, fused, mamba_inner, numba

INNER, STATE, RANK, WIDTH = 32, 4, 2, 4


@pytest.fixture(params=["c", "numba"])
def engine(request, monkeypatch):
    """Each compiled engine in turn, with pieces of one segment, so that states pass from piece to piece."""
    if request.param == "c" and c.library() is None:
        pytest.skip("no C compiler on this machine")
    for module in (cpu, fused):
        monkeypatch.setattr(module, "engine", lambda: {"c": c, "numba": numba}[request.param])
    monkeypatch.setattr(fused, "PIECE", 130)


def operands(batch: int, length: int) -> list[Tensor]:
    g = torch.Generator().manual_seed(0)
    shapes = (batch, length, 2 * INNER), (INNER, WIDTH), (INNER,), (RANK + 2 * STATE, INNER), (INNER, RANK), (INNER,), (INNER,)
    xz, conv_w, conv_b, x_proj, dt_w, dt_b, D = (torch.randn(s, generator=g, dtype=torch.float64) for s in shapes)
    A_log = torch.arange(1.0, STATE + 1, dtype=torch.float64).log().repeat(INNER, 1)
    return [xz, conv_w * 0.5, conv_b, x_proj * 0.2, dt_w, dt_b - 3, A_log, D]


def run(x: list[Tensor], dtype: torch.dtype, backend: str, reverse: bool, keep: slice | None) -> tuple[Tensor, tuple[Tensor, ...]]:
    leaves = [t.to(dtype).requires_grad_() for t in x]
    y = mamba_inner(*leaves, reverse=reverse, keep=keep, backend=backend)
    weight = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).view(y.shape)
    return y.detach().double(), torch.autograd.grad((y.double() * weight).sum(), leaves)


def distance(a: Tensor, b: Tensor) -> float:
    return float((a.double() - b).abs().max() / b.abs().max())


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("keep", [None, slice(50, 190), slice(0, 3), slice(300, 330)])
def test_pieces_equal_the_plain_operations(engine, reverse, keep):
    x = operands(2, 330)
    y, grads = run(x, torch.float32, "cpu", reverse, keep)
    expected, wanted = run(x, torch.float64, "reference", reverse, keep)
    assert y.shape == expected.shape and distance(y, expected) < 1e-5
    for i, (grad, want) in enumerate(zip(grads, wanted, strict=True)):
        assert distance(grad, want) < 1e-4, i


@pytest.mark.parametrize("length", [1, 2, 64, 65])
def test_short_sequences(engine, length):
    x = [t.float() for t in operands(1, length)]
    assert distance(mamba_inner(*x, reverse=True), run(operands(1, length), torch.float64, "reference", True, None)[0]) < 1e-5


def test_kept_positions_are_those_of_the_whole(engine):
    x = [t.float() for t in operands(2, 200)]
    for reverse in (False, True):
        part = mamba_inner(*x, reverse=reverse, keep=slice(90, 110))
        assert torch.allclose(part, mamba_inner(*x, reverse=reverse)[:, 90:110], atol=1e-5)


def test_what_a_kept_position_cannot_see_gets_no_gradient(engine):
    ahead, back = (run(operands(1, 200), torch.float32, "cpu", reverse, slice(90, 110))[1][0] for reverse in (False, True))
    assert ahead[:, 110:].abs().max() == 0 < ahead[:, :110].abs().max()
    assert back[:, :90].abs().max() == 0 < back[:, 90:].abs().max()


def test_reverse_is_the_direction_of_the_flipped_sequence(engine):
    xz, *weights = (t.float() for t in operands(2, 200))
    assert torch.allclose(mamba_inner(xz, *weights, reverse=True), mamba_inner(xz.flip(1), *weights).flip(1), atol=1e-5)


def test_bfloat16_activations_with_float32_weights(engine):
    xz, *weights = (t.float() for t in operands(2, 200))
    y = mamba_inner(xz.bfloat16(), *weights)
    assert y.dtype == torch.bfloat16
    assert distance(y, mamba_inner(xz.bfloat16().float(), *weights).double()) < 1e-2
    grad = run([xz.bfloat16(), *weights], torch.bfloat16, "cpu", False, None)[1][0]
    assert grad.dtype == torch.bfloat16 and torch.isfinite(grad).all()


def test_no_tensor_of_length_by_channels_by_state_is_made_or_kept(engine):
    length = 2000
    x = [t.float().requires_grad_() for t in operands(1, length)]
    y = mamba_inner(*x)
    kept = sum(t.numel() for t in y.grad_fn.saved_tensors if t is not None) - sum(t.numel() for t in x)
    assert kept <= (length / 64 + 1) * INNER * STATE


def test_channels_that_fill_no_vector_take_the_plain_way():
    g = torch.Generator().manual_seed(0)
    xz, weights = (
        torch.randn(1, 20, 12, generator=g),
        [torch.randn(s, generator=g) * 0.3 for s in ((6, 4), (6,), (5, 6), (6, 1), (6,), (6, 2), (6,))],
    )
    assert torch.allclose(mamba_inner(xz, *weights), mamba_inner(xz, *weights, backend="reference"), atol=1e-5)
