"""The values that a signal may have: numbers from 0 to `LARGEST`, for the network, the mask and every figure alike.

A signal says how much of something was measured; the mask adds it up as evidence, and the networks take its logarithm. So a value
below 0 (a log ratio, a difference of two tracks) is 0, and one that is infinite or above `LARGEST` (p = 0 in a track of -log10 p, a
sentinel for missing data) is the largest of the file that is not. NaN is missing, as in a bigWig: 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.notes import Note

LARGEST = 1e9


@dataclass(slots=True)
class Bounds:
    """How many bases of one file had a value that no signal has, among those seen.

    Attributes:
        below: bases below 0. above: bases that are infinite or above `LARGEST`.
    """

    below: int = 0
    above: int = 0

    def put(
        self, values: NDArray[Any], largest: Callable[[], float], bases: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """The values as a signal has them, float32 of the same shape; `bases` are those that each value stands for (1)."""
        below, above = values < 0, values > LARGEST
        if not (below.any() or above.any()):
            return np.asarray(np.nan_to_num(values, nan=0.0), np.float32)
        self.below += int(np.sum(below if bases is None else bases[below]))
        self.above += int(np.sum(above if bases is None else bases[above]))
        kept = np.where(below | np.isnan(values), 0.0, values)
        return np.asarray(np.where(above, largest() if above.any() else 0.0, kept), np.float32)

    def note(self, path: Path) -> None:
        """Say what was found in a file."""
        if self.below:
            Note.BELOW_ZERO.add(path=path, n=self.below)
        if self.above:
            Note.ABOVE_LARGEST.add(path=path, n=self.above, largest=f"{LARGEST:g}")

    def note_contacts(self, path: Path) -> None:
        """Say what was found in a contact map."""
        if self.below or self.above:
            Note.ODD_CONTACTS.add(path=path, n=self.below + self.above, largest=f"{LARGEST:g}")

    def put_contacts(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """As `put`, for contacts: what is masked stays NaN."""
        kept = self.put(values, lambda: LARGEST)
        return np.asarray(np.where(np.isnan(values), np.nan, kept), np.float32)


def largest_usable(values: NDArray[Any]) -> float:
    """The largest value that a signal may have; 0 where there is none."""
    return float(values[(values >= 0) & (values <= LARGEST)].max(initial=0.0))
