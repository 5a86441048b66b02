"""Predictions of a split while training, and their errors."""

import math

import numpy as np
import torch

from seq2exp_py.machine import autocast, gemm_dtype
from seq2exp_py.models.base import Model
from seq2exp_py.scores import score
from seq2exp_py.store import Sample, Store
from seq2exp_py.store.loader import loader
from seq2exp_py.training.metrics import Valid
from seq2exp_py.training.world import World


def decide(precision: str, device: torch.device, world: World) -> str:
    """Turn `auto` into bf16 where a process multiplies matrices clearly faster in it, else into fp32; the same in all processes."""
    if precision != "auto":
        return precision
    return "bf16" if world.any(gemm_dtype(device.type) is torch.bfloat16) else "fp32"


@torch.no_grad()
def validate(model: Model, store: Store, samples: list[Sample], batch: int, precision: str, world: World) -> Valid:
    """Predict samples in evaluation mode, spread over the processes, and score them all at once."""
    training = model.training
    model.eval()
    rows: list[tuple[float, float, float]] = []
    for part in loader(store, samples[world.rank :: world.size], model.config.window, batch, workers=1):
        part = part.to(model.device)
        with autocast(model.device, precision):
            output = model(part)
        rows += torch.stack([output.expression, part.target, model.ratio(output)], 1).tolist()
    model.train(training)
    predicted, observed, ratio = np.array(world.gather(rows)).reshape(-1, 3).T
    return Valid(score(observed, predicted), float(ratio.mean()) if len(ratio) else math.nan)
