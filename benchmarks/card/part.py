"""One part of the work on a card: what it measures is on disk as soon as it is measured."""

import gc
import json
import os
import statistics
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmarks import machine
from seq2exp_py import files

DRY = "cpu (dry run)"


class Part:
    """The results of one part, `<name>.json` in a folder: written anew after every row, so that a time limit loses none.

    Attributes:
        dry: whether this is a rehearsal on the CPU, at sizes that say nothing of speed.
        device: where tensors go.
    """

    def __init__(self, name: str, folder: Path, dry: bool) -> None:
        self.path, self.dry, self.started = folder / f"{name}.json", dry, time.monotonic()
        self.device = torch.device("cpu" if dry else "cuda")
        self.body: dict[str, Any] = {"part": name, "device": DRY if dry else torch.cuda.get_device_name()}
        self.body |= {"machine": about(dry), "finished": False, "seconds": 0.0, "rows": [], "failed": []}
        self.write()

    def write(self) -> None:
        """Put what is known so far on disk."""
        self.body["seconds"] = round(time.monotonic() - self.started, 1)
        with files.whole(self.path) as part:
            part.write_text(json.dumps(self.body, indent=1) + "\n")

    def add(self, **row: object) -> None:
        """Record one measurement."""
        self.body["rows"].append(row)
        print(self.body["part"], row, flush=True)
        self.write()

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """What fails inside is recorded with its reason, and the part goes on."""
        try:
            yield
        except Exception as error:
            short = str(error).strip().splitlines() or [""]
            self.body["failed"].append({"what": what, "reason": f"{type(error).__name__}: {short[0][:300]}"})
            traceback.print_exc()
            self.write()
        gc.collect()
        if not self.dry:
            torch.cuda.empty_cache()

    def finish(self) -> None:
        """Say that nothing is missing but what `failed` lists."""
        self.body["finished"] = True
        self.write()

    def seconds(self, work: Callable[[], object], repeats: int = 5, warm: int = 1) -> float:
        """Median time of a piece of work, with the device waited for."""
        taken = []
        for i in range(warm + repeats):
            start = time.perf_counter()
            work()
            self.wait()
            taken += [time.perf_counter() - start] if i >= warm else []
        return statistics.median(taken)

    def wait(self) -> None:
        """Wait for what the device has been given."""
        if not self.dry:
            torch.cuda.synchronize()

    def peak(self, work: Callable[[], object]) -> float | None:
        """GB that the device holds at most while the work is done; None in a rehearsal."""
        if self.dry:
            work()
            return None
        torch.cuda.reset_peak_memory_stats()
        work()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() / 1e9


def about(dry: bool) -> dict[str, object]:
    """The card, its driver's view of it, and versions."""
    known: dict[str, object] = {"processor": machine.processor(), "cores": machine.cores()}
    known |= {name: machine.version(name) for name in ("torch", "triton", "numpy")} | {"cuda": torch.version.cuda}
    if not dry:
        card = torch.cuda.get_device_properties(0)
        known |= {"card": card.name, "capability": f"{card.major}.{card.minor}", "memory_gb": card.total_memory / 1e9}
        known |= {"multiprocessors": card.multi_processor_count}
    return known


def folder() -> Path:
    """Where results go: $OUT."""
    found = Path(os.environ["OUT"])
    found.mkdir(parents=True, exist_ok=True)
    return found
