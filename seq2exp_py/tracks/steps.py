"""A signal that is constant over stretches of bases: what bedGraph files and read coverage are."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Steps:
    """Stretches `[start, end)` of one chromosome with a value each, sorted and apart; 0 between them.

    Attributes:
        start, end: (n,) int64, 0-based half-open.
        value: (n,) float32.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float32]

    def values(self, start: int, end: int) -> NDArray[np.float32]:
        """The signal of the bases `[start, end)`; both may lie outside the chromosome."""
        out = np.zeros(max(0, end - start), dtype=np.float32)
        first = int(np.searchsorted(self.end, start, side="right"))
        last = int(np.searchsorted(self.start, end, side="left"))
        if last <= first:
            return out
        left = np.clip(self.start[first:last] - start, 0, len(out))
        right = np.clip(self.end[first:last] - start, 0, len(out))
        index = np.repeat(left - np.concatenate(([0], np.cumsum(right - left)[:-1])), right - left)
        out[index + np.arange(len(index))] = np.repeat(self.value[first:last], right - left)
        return out

    @classmethod
    def pileup(cls, start: NDArray[np.int64], end: NDArray[np.int64], size: int | None, weight: float = 1.0) -> Self:
        """How many of the intervals cover each base, times `weight`; intervals are cut at 0 and at `size`."""
        start, end = np.clip(start, 0, size), np.clip(end, 0, size)
        edges, where = np.unique(np.concatenate((start, end)), return_inverse=True)
        change = np.bincount(where[: len(start)], minlength=len(edges)) - np.bincount(where[len(start) :], minlength=len(edges))
        depth = np.cumsum(change)[:-1] if len(edges) else change
        covered = depth > 0
        return cls(
            edges[:-1][covered].astype(np.int64), edges[1:][covered].astype(np.int64), (depth[covered] * weight).astype(np.float32)
        )


EMPTY = Steps(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
