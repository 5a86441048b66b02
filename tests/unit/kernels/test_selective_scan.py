"""Every implementation of the scan against the reference in double precision: values and gradients."""

import subprocess
import sys
from itertools import product

import pytest
import torch
from torch import Tensor

from seq2exp_py.errors import InputError
from seq2exp_py.kernels import c, cpu, numba, selective_scan, unavailable
from seq2exp_py.kernels.operands import SEGMENT

ENGINES = ["c", "numba"]


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """Each compiled engine in turn; C needs a compiler."""
    if request.param == "c" and c.library() is None:
        pytest.skip("no C compiler on this machine")
    monkeypatch.setattr(cpu, "engine", lambda: {"c": c, "numba": numba}[request.param])
    return request.param


def operands(batch: int, length: int, channels: int, state: int, seed: int = 0) -> dict[str, Tensor]:
    g = torch.Generator().manual_seed(seed)
    wide = {"u": (batch, length, channels), "delta": (batch, length, channels), "z": (batch, length, channels)}
    shapes = wide | {"B": (batch, length, state), "C": (batch, length, state), "D": (channels,), "delta_bias": (channels,)}
    tensors = {name: torch.randn(shape, generator=g, dtype=torch.float64) for name, shape in shapes.items()}
    tensors["delta_bias"] -= 2
    tensors["A"] = -4 * torch.rand(channels, state, generator=g, dtype=torch.float64)
    return tensors


def run(x: dict[str, Tensor], dtype: torch.dtype, backend: str, **flags: bool) -> tuple[Tensor, dict[str, Tensor]]:
    """Output, and gradients of a fixed weighted sum of it."""
    leaves = {name: t.to(dtype).requires_grad_() for name, t in x.items()}
    y = selective_scan(**leaves, backend=backend, **flags)
    weight = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).view(y.shape)
    (y.double() * weight).sum().backward()
    return y.detach().double(), {name: leaf.grad.double() for name, leaf in leaves.items()}


def scan(x: dict[str, Tensor], reverse: bool = False) -> Tensor:
    return selective_scan(**x, delta_softplus=True, reverse=reverse, backend="cpu")


def distance(a: Tensor, b: Tensor) -> float:
    """Largest difference relative to the largest value."""
    return float((a - b).abs().max() / b.abs().max().clamp_min(1e-30))


ANSWERS: dict[str, tuple[Tensor, dict[str, Tensor]]] = {}  # the same for every engine


def exact(x: dict[str, Tensor], **flags: bool) -> tuple[Tensor, dict[str, Tensor]]:
    key = repr((sorted((name, t.shape, float(t.sum())) for name, t in x.items()), flags))
    if key not in ANSWERS:
        ANSWERS[key] = run(x, torch.float64, "reference", **flags)
    return ANSWERS[key]


def agree(x, dtype=torch.float32, value=1e-5, gradient=1e-4, backend="cpu", **flags):
    y, grads = run(x, dtype, backend, **flags)
    rounded = {name: t.to(dtype).double() for name, t in x.items()}
    expected, wanted = exact(rounded, **flags)
    assert distance(y, expected) < value
    for name, grad in grads.items():
        assert distance(grad, wanted[name]) < gradient, name


@pytest.mark.parametrize("length", [1, 2, 3, SEGMENT - 1, SEGMENT, SEGMENT + 1, 200])
def test_lengths_around_the_segment(engine, length):
    agree(operands(2, length, 32, 4), delta_softplus=True)


@pytest.mark.parametrize("state", [1, 4, 16, 64])
def test_state_sizes(engine, state):
    agree(operands(1, 100, 16, state), delta_softplus=True)


@pytest.mark.parametrize("channels", [1, 15, 17, 48])
def test_any_number_of_channels(engine, channels):
    agree(operands(2, 70, channels, 3), delta_softplus=True, reverse=True)


@pytest.mark.parametrize(
    ("softplus", "reverse", "without"), list(product([False, True], [False, True], [(), ("D",), ("z", "delta_bias")]))
)
def test_flags(engine, softplus, reverse, without):
    x = operands(2, 80, 16, 4)
    x["delta"], x["delta_bias"] = x["delta"].abs(), x["delta_bias"].abs()
    agree({name: t for name, t in x.items() if name not in without}, delta_softplus=softplus, reverse=reverse)


def test_bfloat16_in_and_out_with_a_float32_state(engine):
    x = operands(1, 300, 32, 16)
    agree(x, torch.bfloat16, value=1e-2, gradient=1e-2, delta_softplus=True)
    assert run(x, torch.bfloat16, "cpu", delta_softplus=True)[0].dtype == torch.float64


def test_float32_holds_over_8192_steps_with_slow_decay(engine):
    x = operands(1, 8192, 16, 16)
    x["A"] *= 0.05
    agree(x, delta_softplus=True)


def test_5000_steps_backwards(engine):
    agree(operands(1, 5000, 16, 4), delta_softplus=True, reverse=True)


def test_200_kb_is_finite_and_near_the_exact_states(engine):
    x = {name: t.float() for name, t in operands(1, 200_000, 16, 4).items()}
    y = selective_scan(**x, delta_softplus=True, backend="cpu")
    assert torch.isfinite(y).all()
    tail = {name: t[:, -4000:] if t.ndim == 3 else t for name, t in x.items()}
    exact = selective_scan(**{name: t.double() for name, t in tail.items()}, delta_softplus=True, backend="reference")
    assert distance(y[:, -1000:].double(), exact[:, -1000:]) < 1e-3


def test_extreme_gates_steps_and_decays_stay_finite(engine):
    x = {name: t.float() for name, t in operands(1, 70, 16, 4).items()}
    x["z"] *= 200
    x["delta"] *= 100
    x["A"] *= 100
    agree({name: t.double() for name, t in x.items()}, delta_softplus=True)


def test_reverse_is_the_scan_of_the_flipped_sequence(engine):
    x = {name: t.float() for name, t in operands(2, 130, 16, 4).items()}
    flipped = {name: t.flip(1) if t.ndim == 3 else t for name, t in x.items()}
    assert torch.equal(scan(x, reverse=True), scan(flipped).flip(1))


def test_batch_members_do_not_meet(engine):
    x = {name: t.float() for name, t in operands(3, 90, 16, 4).items()}
    alone = {name: t[1:2] if t.ndim == 3 else t for name, t in x.items()}
    assert torch.equal(scan(x)[1:2], scan(alone))


def test_strided_inputs_need_no_copy_to_be_right(engine):
    x = {name: t.float() for name, t in operands(2, 90, 16, 4).items()}
    both = torch.cat([x["u"], x["z"]], -1)
    halves = both.chunk(2, -1)
    assert torch.equal(scan(x), scan(x | {"u": halves[0], "z": halves[1]}))


def test_threads_do_not_change_the_result(engine):
    x = {name: t.float() for name, t in operands(1, 90, 64, 4).items()}
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = scan(x)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(one, scan(x))


def test_torch_keeps_its_number_of_threads(engine):
    before = torch.get_num_threads()
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            x = {name: t.float().requires_grad_() for name, t in operands(1, 90, 64, 4).items()}
            torch.autograd.grad(scan(x).sum(), list(x.values()))
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(before)


def test_gradients_of_the_reference_are_those_of_finite_differences():
    x = {name: t.requires_grad_() for name, t in operands(1, 4, 2, 2).items()}
    names = list(x)
    assert torch.autograd.gradcheck(
        lambda *tensors: selective_scan(**dict(zip(names, tensors, strict=True)), delta_softplus=True, backend="reference"),
        tuple(x.values()),
    )


def test_unavailable_backends_say_why_in_one_sentence():
    x = {name: t.float() for name, t in operands(1, 3, 2, 2).items()}
    for name in ("triton", "mamba_ssm"):
        reason = unavailable(name, torch.device("cpu"))
        assert reason and name in reason and "\n" not in reason
        with pytest.raises(InputError, match="CUDA"):
            selective_scan(**x, backend=name)
    with pytest.raises(InputError, match="not one of"):
        selective_scan(**x, backend="fast")


def test_import_needs_neither_triton_nor_mamba_ssm_nor_numba():
    code = (
        "import sys; sys.modules |= dict.fromkeys(['triton', 'mamba_ssm', 'numba']); "
        "import seq2exp_py.kernels as k; print(k.selective_scan.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "selective_scan"
