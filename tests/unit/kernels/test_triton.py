"""The Triton kernels: through Triton's interpreter at small sizes, compiled for a card that need not be there, and on a card."""

import os
import subprocess
import sys

import pytest
import torch

pytest.importorskip("triton", reason="triton is not installed")

INTERPRETED = """
import torch
from seq2exp_py.kernels import selective_scan
from seq2exp_py.kernels.triton import launch
launch.CHUNK, launch.TILE, launch.WIDTH, launch.BACK = 8, 4, 16, 8
g = torch.Generator().manual_seed(0)
for (reverse, length), (gated, channels) in zip([(False, 19), (True, 19), (False, 1)], [(True, 16), (False, 20), (True, 16)]):
    wide = {"u": (2, length, channels), "delta": (2, length, channels)} | ({"z": (2, length, channels)} if gated else {})
    shapes = wide | {"B": (2, length, 2), "C": (2, length, 2), "D": (channels,), "delta_bias": (channels,)}
    x = {name: torch.randn(shape, generator=g, dtype=torch.float64) for name, shape in shapes.items()}
    x["A"] = -4 * torch.rand(channels, 2, generator=g, dtype=torch.float64)
    x |= {} if gated else {"delta": x["delta"].abs(), "delta_bias": x["delta_bias"].abs()}
    runs = []
    for dtype, backend in ((torch.float64, "reference"), (torch.float32, "triton")):
        leaves = {name: t.detach().to(dtype, copy=True).requires_grad_() for name, t in x.items()}
        y = selective_scan(**leaves, delta_softplus=gated, reverse=reverse, backend=backend)
        y.backward(torch.cos(torch.arange(y.numel(), dtype=dtype)).view(y.shape))
        runs.append([y.detach(), *(leaf.grad for leaf in leaves.values())])
    for name, wanted, got in zip(["y", *x], *runs):
        error = float((got - wanted).abs().max() / wanted.abs().max().clamp_min(1e-30))
        assert error < (1e-5 if name == "y" else 1e-4) or float(wanted.abs().max()) == 0, (name, reverse, length, gated, error)
print("equal")
"""

COMPILED = """
from benchmarks.card import compiled
for built in compiled.all_kernels((80, 90), ("fp32",)):
    print(*built)
"""


def python(code: str, **environment: str) -> str:
    """Run code in an interpreter of its own, because Triton decides at import how it runs."""
    environment = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if "Cannot find ptxas" in done.stderr:
        pytest.skip("this build of triton has no ptxas")
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_interpreted_kernels_equal_the_reference():
    assert python(INTERPRETED, TRITON_INTERPRET="1").strip() == "equal"


def test_kernels_compile_for_cards_keep_each_recurrence_in_one_thread_and_spill_nothing(tmp_path):
    printed = python(COMPILED, TRITON_CACHE_DIR=str(tmp_path), PYTHONWARNINGS="ignore")
    kernels = [line.split() for line in printed.splitlines()]
    assert [name for name, *_ in kernels] == [name for name in ("advance", "chain", "forward", "retreat", "backward") for _ in "89"]
    shuffled = {name for name, *_, shuffles in kernels if int(shuffles)}  # dB and dC are sums over the threads' channels
    assert shuffled <= {"chain", "backward"}
    assert all(int(shuffles) < 8 for name, *_, shuffles in kernels if name == "chain")  # of its indices, not of its steps
    for name, arch, _, registers, spilled, shared, _ in kernels:
        assert 0 < int(registers) <= 255 and int(shared) <= 48 * 1024, (name, arch)
        assert int(spilled) == 0, (name, arch)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("length", [1, 2, 3, 255, 256, 257, 5000])
@pytest.mark.parametrize("reverse", [False, True])
def test_kernels_on_a_card_equal_the_cpu(length, reverse):
    from seq2exp_py.kernels import selective_scan

    g = torch.Generator().manual_seed(0)
    shapes = {"u": (2, length, 256), "delta": (2, length, 256), "z": (2, length, 256), "B": (2, length, 16), "C": (2, length, 16)}
    x = {name: torch.randn(shape, generator=g) for name, shape in (shapes | {"D": (256,), "delta_bias": (256,)}).items()}
    x["A"] = -4 * torch.rand(256, 16, generator=g)
    runs = []
    for device in ("cpu", "cuda"):
        leaves = {name: t.to(device).requires_grad_() for name, t in x.items()}
        y = selective_scan(**leaves, delta_softplus=True, reverse=reverse)
        y.square().sum().backward()
        runs.append([y.detach().cpu(), *(leaf.grad.cpu() for leaf in leaves.values())])
    for name, wanted, got in zip(["y", *x], *runs, strict=True):
        assert float((got - wanted).abs().max() / wanted.abs().max().clamp_min(1e-30)) < 1e-4, name
