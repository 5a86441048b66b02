"""What a prediction asks of a model, whether it is a network or not."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.store import Sample, Store

Floats = NDArray[np.float32]


class Nothing(NamedTuple):
    """The mask of a window of N without signal.

    Attributes:
        floor: its mean outside the centre; None without a mask.
        forced: bp around the TSS that the predictor sees whatever the mask says, 0 for none.
        tau: of a mask whose odds are shares of the evidence's total, over tau; None for any other.
    """

    floor: float | None
    forced: int
    tau: float | None


class Read(NamedTuple):
    """What a model makes of a batch of `B` samples.

    Attributes:
        samples: the samples. start: (B,) genomic 0-based start of each window; width: its bases.
        target: (B,) observed, expression: (B,) predicted log10(expression + 1).
        mask, sd: (B, T) the mask that is kept and its standard deviation; None without. ratio: (B,) mask ratio, NaN without a mask.
    """

    samples: Sequence[Sample]
    start: NDArray[np.int64]
    width: int
    target: Floats
    expression: Floats
    mask: Floats | None
    sd: Floats | None
    ratio: Floats


class Reader(NamedTuple):
    """A model in evaluation mode.

    Attributes:
        empty: what it makes of a window of N without signal. device: where it computes.
        run: reads samples of a store, in order, so many at once.
    """

    empty: Nothing
    device: str
    run: Callable[[Store, Sequence[Sample], int], Iterator[Read]]
