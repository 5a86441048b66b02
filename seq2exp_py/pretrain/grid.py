"""A chromosome in steps of 20 bp: how many bases are known, how many are G or C, and what lies near a peak or is excluded."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.store import BASES

STEP = 20  # bp; step t covers the bases [20 t, 20 t + 20)
AROUND = 9  # steps on either side over which composition is counted: 380 bp, about a window


class Composition(NamedTuple):
    """Bases that are known, and G or C, within `AROUND` steps of each step, both (steps,)."""

    known: NDArray[np.int64]
    gc: NDArray[np.int64]


def steps(size: int) -> int:
    """Number of steps of a chromosome of `size` bp; the last may be cut short."""
    return -(-size // STEP)


def composition(codes: NDArray[np.uint8]) -> Composition:
    """Count the bases around each step of a chromosome given as codes of `BASES`."""
    known = per_step(codes != BASES.index("N"))
    gc = per_step((codes == BASES.index("C")) | (codes == BASES.index("G")))
    return Composition(near(known, AROUND), near(gc, AROUND))


def per_step(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(steps,) number of set bases in each step."""
    whole = len(flags) // STEP
    counts = np.zeros(steps(len(flags)), np.int64)
    counts[:whole] = flags[: whole * STEP].reshape(whole, STEP).sum(axis=1, dtype=np.int64)
    if whole < len(counts):
        counts[whole] = int(flags[whole * STEP :].sum())
    return counts


def near(counts: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """(steps,) sums of counts over each step and `reach` steps on either side."""
    total = np.concatenate([[0], np.cumsum(counts)])
    index = np.arange(len(counts))
    return np.asarray(total[np.minimum(index + reach + 1, len(counts))] - total[np.maximum(index - reach, 0)], dtype=np.int64)


def touched(starts: NDArray[np.int64], ends: NDArray[np.int64], size: int, reach: int) -> NDArray[np.bool_]:
    """(steps,) whether a step lies within `reach` steps of any interval `[start, end)`."""
    change = np.zeros(steps(size) + 1, np.int64)
    first = np.clip(starts // STEP - reach, 0, steps(size))
    last = np.clip((np.maximum(ends, starts + 1) - 1) // STEP + reach + 1, 0, steps(size))
    np.add.at(change, first, 1)
    np.add.at(change, last, -1)
    return np.asarray(np.cumsum(change[:-1]) > 0)
