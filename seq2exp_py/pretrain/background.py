"""Windows that are open in no cell: as many as there are peaks, of the same GC content, and half as many of any.

Without the first a classifier learns that open chromatin is rich in G and C, and stops there.
"""

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.pretrain.grid import STEP, Composition

TOLERANCE = 4  # bases of G or C, of 380, by which a background window may differ from its peak


def matched(peaks: NDArray[np.int64], free: NDArray[np.int64], around: Composition, rng: np.random.Generator) -> NDArray[np.int64]:
    """For each peak a free step of about its GC content; where there is none, the free step of the nearest content.

    Args:
        peaks: steps of the peaks' summits.
        free: steps that may be background.
        around: composition of the chromosome.
        rng: random numbers.

    Returns:
        Sorted, distinct steps: at most one per peak.
    """
    if not len(free) or not len(peaks):
        return np.zeros(0, np.int64)
    shuffled = rng.permutation(free)
    ordered = shuffled[np.argsort(around.gc[shuffled], kind="stable")]
    content = around.gc[ordered]
    low = np.searchsorted(content, around.gc[peaks] - TOLERANCE, side="left")
    high = np.searchsorted(content, around.gc[peaks] + TOLERANCE, side="right")
    low = np.minimum(low, len(content) - 1)  # beyond the richest free step, that one
    return np.unique(ordered[rng.integers(low, np.maximum(high, low + 1))])


def anywhere(number: int, free: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Sorted, distinct free steps, at most `number`."""
    return np.sort(rng.choice(free, min(number, len(free)), replace=False))


def centres(found: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A base of each step."""
    return np.asarray(found * STEP + rng.integers(0, STEP, len(found)), dtype=np.int64)
