"""Part 1: the kernels against float64, and models on the card against the CPU."""

import copy

import torch
from torch import Tensor

from benchmarks import operands
from benchmarks.card import exact
from benchmarks.card.part import Part
from benchmarks.card.rehearsal import small_tiles
from benchmarks.card.sizes import Sizes, sizes
from seq2exp_py import models
from seq2exp_py.kernels import selective_scan

FLOAT, BRAIN = (1e-5, 1e-4), (1e-2, 2e-2)  # largest difference over the largest value: of the output, of a gradient
MODEL = 1e-3


def measure(part: Part) -> None:
    size = sizes(part.dry)
    if part.dry:
        small_tiles()
    for dtype, reverse in ((torch.float32, False), (torch.float32, True), (torch.bfloat16, False), (torch.bfloat16, True)):
        for length in (*(size.lengths if dtype == torch.float32 else ()), *size.long):
            with part.attempt(f"kernels, {length} steps"):
                part.add(**compared(part, size, length, dtype, reverse))
    torch.backends.cudnn.allow_tf32 = False
    for name in size.models:
        with part.attempt(f"{name} on the card and on the CPU"):
            part.add(**alike(part, size, name))


def scan(size: Sizes, length: int) -> dict[str, Tensor]:
    """Operands in float64 with the decays and step sizes of a trained model's range."""
    g = torch.Generator().manual_seed(length)
    channels, states = size.channels, size.states
    wide = {name: (1, length, channels) for name in ("u", "delta", "z")}
    shapes = wide | {"B": (1, length, states), "C": (1, length, states), "D": (channels,), "delta_bias": (channels,)}
    made = {name: torch.randn(shape, generator=g, dtype=torch.float64) for name, shape in shapes.items()}
    made["delta_bias"] -= 2
    return made | {"A": -4 * torch.rand(channels, states, generator=g, dtype=torch.float64)}


def compared(part: Part, size: Sizes, length: int, dtype: torch.dtype, reverse: bool) -> dict[str, object]:
    """Largest relative errors of one scan's output and gradients."""
    rounded = {name: x.to(dtype if x.ndim == 3 else torch.float32) for name, x in scan(size, length).items()}
    runs = []
    for wide in (True, False):
        leaves = {name: x.to(part.device, torch.float64 if wide else x.dtype).requires_grad_() for name, x in rounded.items()}
        if wide:
            y = exact.selective_scan(**leaves, reverse=reverse)
        else:
            y = selective_scan(**leaves, delta_softplus=True, reverse=reverse, backend="triton")
        weight = torch.cos(torch.arange(y.numel(), dtype=torch.float64, device=part.device)).view(y.shape)
        (y.double() * weight).sum().backward()
        runs.append({"y": y.detach().double(), **{name: leaf.grad.double() for name, leaf in leaves.items()}})
    errors = {name: apart(runs[1][name], wanted) for name, wanted in runs[0].items()}
    value, gradient = FLOAT if dtype == torch.float32 else BRAIN
    good = all(error < (value if name == "y" else gradient) for name, error in errors.items())
    return {"length": length, "dtype": str(dtype).removeprefix("torch."), "reverse": reverse, "equal": good, "errors": errors}


def apart(found: Tensor, wanted: Tensor) -> float:
    """Largest difference over the largest value."""
    scale = float(wanted.abs().max())
    return float((found - wanted).abs().max()) / scale if scale else float(found.abs().max())


def alike(part: Part, size: Sizes, name: str) -> dict[str, object]:
    """A model's prediction and mask on the card, and on the CPU."""
    torch.manual_seed(0)
    fields = size.fields | {"window": size.short}
    model, batch = models.build(name, size.preset, **fields).eval(), operands.batch(size.short)
    with torch.inference_mode():
        wanted = model(batch)
        found = copy.deepcopy(model).to(part.device)(batch.to(part.device))
    errors = {"expression": apart(found.expression.cpu(), wanted.expression)}
    if wanted.free is not None:
        errors["mask"] = apart(found.free.cpu(), wanted.free)
    return {"model": name, "window": size.short, "equal": all(e < MODEL for e in errors.values()), "errors": errors}
