"""What makes the same signal comparable between cells: a few constants of each track.

`scale` is the level that the strongest 1 % of bases have in the middle: the 99.5th percentile over all bases, zeros included; where
fewer than 1 % of bases have any signal, the median of those. A base at `signal / scale` = 1 is thus as strong among its own cell's
bases in every cell. It does not care whether weak bases hold small values (coverage) or nothing (peak-level tracks), nor for a few
absurd values, as a mean does. A track without signal has 1.

`level` and `spread` are the mean and standard deviation of the empty genome: of the bases that are at most three standard
deviations above the mean of those that are left, until none leaves. What peaks hold leaves within a few rounds, whether they cover
2 % or 20 % of the bases; a track that is 0 outside peaks has 0 and 0. A negative value counts as 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOP = 0.01  # share of bases that count as the strongest
CLIP = 3.0  # standard deviations above the mean beyond which a base is not the empty genome's
ROUNDS = 100  # of clipping; a handful is enough
LEAST = 1e-20  # of a scale, so that no value over it is infinite in 32 bits
SHIFT = 16  # bits of a float32 that are dropped: 7 of the mantissa stay, so that a percentile is exact to 1 in 128


@dataclass(frozen=True, slots=True)
class Constants:
    """Constants of one track of one cell, in the track's own unit.

    Attributes:
        mean: over all bases.
        p99: 99th percentile of the bases above 0; 0 where there are none.
        nonzero: share of bases that are not 0.
        scale: see the module; above 0.
        level, spread: mean and standard deviation of the empty genome, see the module.
    """

    mean: float
    p99: float
    nonzero: float
    scale: float
    level: float = 0.0
    spread: float = 0.0


class Accumulator:
    """Constants of a track that is seen block by block, in constant memory."""

    def __init__(self) -> None:
        self._bases = self._nonzero = 0
        self._total = 0.0
        self._counts = np.zeros(1 << (31 - SHIFT), np.int64)

    def add(self, block: NDArray[np.float32]) -> None:
        """Count some bases in; values must be finite."""
        self._bases += block.size
        block = block[block != 0].astype(np.float32)
        self._nonzero += block.size
        self._total += float(block.sum(dtype=np.float64))
        above = block[block > 0]
        self._counts += np.bincount(above.view(np.uint32) >> SHIFT, minlength=len(self._counts))

    def constants(self) -> Constants:
        """The constants of what was added."""
        if not self._bases:
            return Constants(0.0, 0.0, 0.0, 1.0)
        above = int(self._counts.sum())
        scale = max(self._above(min(TOP * self._bases, above) / 2), LEAST) if above else 1.0
        p99, nonzero = self._above(above / 100), self._nonzero / self._bases
        return Constants(self._total / self._bases, p99, nonzero, scale, *self._background())

    def _background(self) -> tuple[float, float]:
        """Mean and standard deviation of the empty genome."""
        counts = self._counts.copy()
        counts[0] += self._bases - counts.sum()
        used = np.flatnonzero(counts).astype(np.uint32)
        counts, middles = counts[used], np.where(used > 0, (_edges(used) + _edges(used + 1)) / 2, 0.0)
        for _ in range(ROUNDS):
            level = float(np.average(middles, weights=counts))
            spread = float(np.sqrt(np.average((middles - level) ** 2, weights=counts)))
            keep = middles <= level + CLIP * spread
            if keep.all():
                break
            counts, middles = counts[keep], middles[keep]
        return level, spread

    def _above(self, bases: float) -> float:
        """The value that `bases` bases exceed (the middle of its bin); 0 where no base is above 0."""
        down = np.cumsum(self._counts[::-1])
        if not down[-1]:
            return 0.0
        bin = len(down) - 1 - int(np.searchsorted(down, bases, side="right" if bases < down[-1] else "left"))
        return float(_edges(np.array([bin, bin + 1], np.uint32)).mean())


def _edges(bins: NDArray[np.uint32]) -> NDArray[np.float64]:
    """The least value of some bins of the histogram."""
    return np.asarray((bins << SHIFT).view(np.float32), np.float64)


def summarise(blocks: Iterable[NDArray[np.float32]]) -> Constants:
    """Constants of a track given as blocks of bases, e.g. chromosome by chromosome; every base counts once."""
    accumulator = Accumulator()
    for block in blocks:
        accumulator.add(block)
    return accumulator.constants()
