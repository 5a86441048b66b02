"""Part 2: one training step and one prediction of each model at the paper's sizes: time, memory, genes per second."""

from dataclasses import replace

import torch
from torch import nn

from benchmarks import operands
from benchmarks.card.part import Part
from benchmarks.card.sizes import Sizes, sizes
from seq2exp_py import models
from seq2exp_py.machine import autocast
from seq2exp_py.models.base import Model
from seq2exp_py.models.parts.backbone import Stack
from seq2exp_py.store.batch import Batch


def measure(part: Part) -> None:
    size = sizes(part.dry)
    for name in size.models:
        for batch in size.batches:
            for precision in ("fp32", "bf16"):
                with part.attempt(f"{name}, batch {batch}, {precision}, prediction"):
                    part.add(**row(part, size, name, batch, precision, "prediction"))
                with part.attempt(f"{name}, batch {batch}, {precision}, training"):
                    part.add(**row(part, size, name, batch, precision, "training"))


def row(part: Part, size: Sizes, name: str, batch: int, precision: str, work: str) -> dict[str, object]:
    """Time and memory of one kind of step; blocks are recomputed where what they keep does not fit on the card."""
    said = {"model": name, "preset": size.preset, "batch": batch, "precision": precision, "work": work}
    for recomputed in (False, True) if work == "training" else (False,):
        try:
            return said | {"recomputed": recomputed} | timed(part, size, name, batch, precision, work, recomputed)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
    raise MemoryError("does not fit on the card")


def timed(
    part: Part, size: Sizes, name: str, batch: int, precision: str, work: str, recomputed: bool, window: int | None = None
) -> dict[str, object]:
    """Seconds and GB of a step, and genes per second."""
    fields = size.fields | ({} if window is None else {"window": window})
    model = models.build(name, size.preset, **fields).to(part.device)
    given = operands.batch(model.config.window, batch).to(part.device)
    step = Training(model, precision, recomputed) if work == "training" else Prediction(model, precision)
    peak = part.peak(lambda: step(given))
    seconds = part.seconds(lambda: step(given), repeats=min(3, size.repeats), warm=0)
    return {"seconds": seconds, "peak_gb": peak, "genes_per_second": batch / seconds}


class Training:
    """A step of AdamW under autocast."""

    def __init__(self, model: Model, precision: str, recomputed: bool) -> None:
        self.model, self.precision = model.train(), precision
        for stack in (m for m in model.modules() if isinstance(m, Stack)):
            stack.checkpointing = recomputed
        self.optimiser = torch.optim.AdamW(model.parameters())

    def __call__(self, batch: Batch) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        with autocast(self.model.device, self.precision):
            output = self.model(replace(batch, noise=1))
        loss = nn.functional.smooth_l1_loss(output.expression, batch.target)
        (loss if output.regulariser is None else loss + output.regulariser).backward()
        self.optimiser.step()


class Prediction:
    """A forward pass under autocast."""

    def __init__(self, model: Model, precision: str) -> None:
        self.model, self.precision = model.eval(), precision

    def __call__(self, batch: Batch) -> None:
        with torch.inference_mode(), autocast(self.model.device, self.precision):
            self.model(batch)
