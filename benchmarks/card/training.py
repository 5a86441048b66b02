"""Part 2, second half: training from a store for fifty steps, and what a step's time goes to."""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.card import steps, store
from benchmarks.card.part import Part
from benchmarks.card.sizes import Sizes, sizes
from seq2exp_py import models
from seq2exp_py.store.loader import loader
from seq2exp_py.training import Clock, Request
from seq2exp_py.training.clock import OutOfTimeError
from seq2exp_py.training.state import NAME
from seq2exp_py.training.train import train

MODEL, GENES, TOP = "seq2exp_soft", 24, 10


def measure(part: Part) -> None:
    size = sizes(part.dry)
    window = size.fields.get("window", 200_000)
    with tempfile.TemporaryDirectory() as name:
        genome, cell = store.made(Path(name), window, GENES)
        with part.attempt("top ten"):
            part.add(**profiled(part, size, genome, cell))
        with part.attempt("steps from a store"):
            part.add(**trained(part, size, genome, cell, Path(name)))


def trained(part: Part, size: Sizes, genome: Path, cell: Path, folder: Path) -> dict[str, object]:
    """Train as `seq2exp train` does, blocks recomputed, and stop at the limit; steps and genes per second."""
    fields: dict[str, Any] = size.fields | {"steps": size.steps, "epochs": None, "precision": "bf16", "checkpointing": True}
    batch = size.batches[-1]
    request = Request(
        genome,
        (cell,),
        MODEL,
        folder / "out",
        folder / "state",
        size.preset,
        fields=fields | {"batch": batch},
        device=part.device.type,
    )
    start = time.perf_counter()
    try:
        train(request, Clock(limit=size.limit))
        done = size.steps
    except OutOfTimeError:
        done = int(torch.load(folder / "state" / NAME, map_location="cpu", weights_only=True)["state"]["step"])
    seconds = time.perf_counter() - start
    said = {"model": MODEL, "preset": size.preset, "batch": batch, "precision": "bf16", "recomputed": True}
    return said | {"steps": done, "seconds": seconds, "genes_per_second": done * batch / seconds}


def profiled(part: Part, size: Sizes, genome: Path, cell: Path) -> dict[str, object]:
    """The operations on which a training step of one gene spends most, by their own time on the device."""
    opened = store.opened(genome, cell)
    model = models.build(MODEL, size.preset, tracks=opened.tracks, **size.fields).to(part.device)
    batch = next(iter(loader(opened, opened.samples("train")[:1], model.config.window, 1))).to(part.device)
    step = steps.Training(model, "bf16", recomputed=False)
    step(batch)
    kinds = [ProfilerActivity.CPU, *([] if part.dry else [ProfilerActivity.CUDA])]
    with profile(activities=kinds) as found:
        step(batch)
        part.wait()
    own = "self_cpu_time_total" if part.dry else "self_device_time_total"
    rows = sorted(found.key_averages(), key=lambda row: -getattr(row, own))
    total = sum(getattr(row, own) for row in rows) or 1.0
    top = [
        {"name": r.key[:80], "ms": getattr(r, own) / 1e3, "calls": r.count, "share": getattr(r, own) / total} for r in rows[:TOP]
    ]
    return {"model": MODEL, "batch": 1, "precision": "bf16", "top": top, "total_ms": total / 1e3}
