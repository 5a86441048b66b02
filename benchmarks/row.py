"""What a row of the table is, and how times and memory are taken."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seq2exp_py.machine import give_back

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
GIGA = 1e9


class SkipError(Exception):
    """The row cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure and what it is held to.

    Attributes:
        what: what is measured, against what.
        unit: unit of the figure.
        must, aim: the least that must hold, and what is aimed at.
        more: whether a larger figure is better.
        kept: huge pages and kept memory as in `seq2exp predict`, or else the allocator as it comes.
    """

    what: str
    unit: str
    must: float
    aim: float | None = None
    more: bool = False
    kept: bool = False

    def verdict(self, value: float) -> str:
        """Which of the two the figure reaches."""
        reached = [name for name, bar in (("aim", self.aim), ("must", self.must)) if bar is not None and self.meets(value, bar)]
        return reached[0] if reached else "missed"

    def meets(self, value: float, bar: float) -> bool:
        return value >= bar if self.more else value <= bar


class Result(NamedTuple):
    """The figure, and what it was made from."""

    value: float
    details: dict[str, object]


def interleaved(work: dict[str, Callable[[], object]], repeats: int, warm: int = 1) -> dict[str, list[float]]:
    """Seconds of each piece of work, taken in turn so that what else the machine does falls on all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for i in range(warm + repeats):
        for name, run in work.items():
            gc.collect()
            start = time.perf_counter()
            result = run()
            elapsed = time.perf_counter() - start
            del result
            if i >= warm:
                seconds[name].append(elapsed)
    return seconds


def median_ratio(seconds: dict[str, list[float]], above: str, below: str) -> Result:
    """The ratio of two medians, with the range of the single times."""
    ratio = statistics.median(seconds[above]) / statistics.median(seconds[below])
    return Result(ratio, {name: summary(times) for name, times in seconds.items()})


def summary(times: list[float]) -> dict[str, object]:
    return {"median_s": statistics.median(times), "least_s": min(times), "most_s": max(times), "repeats": len(times)}


def peak_over(run: Callable[[], object]) -> float:
    """GB by which the resident memory of this process peaks during `run`, twice in a row, above what it held before."""
    if not RESET.exists():
        raise SkipError("peak memory is read from Linux's /proc")
    gc.collect()
    give_back()
    before = _kilobytes("VmRSS")
    RESET.write_text("5")
    run()
    run()
    return (_kilobytes("VmHWM") - before) * 1024 / GIGA


def _kilobytes(name: str) -> int:
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(name + ":"))
