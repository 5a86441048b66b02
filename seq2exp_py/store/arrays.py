"""Windows of some genes in some cells as they are read; `store.batch` makes tensors of them for the networks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Arrays:
    """What a `Batch` holds, field by field of the same shape and type, as NumPy arrays."""

    sequence: NDArray[np.uint8]
    signals: NDArray[np.float32]
    scale: NDArray[np.float32]
    background: NDArray[np.float32]
    crowding: NDArray[np.float32]
    excluded: NDArray[np.bool_]
    peaks: NDArray[np.bool_]
    features: NDArray[np.float32]
    target: NDArray[np.float32]
    start: NDArray[np.int64]
    gene_id: tuple[str, ...]
    cell: tuple[str, ...]
    tracks: tuple[str, ...]
    noise: int = 0
    probability: NDArray[np.float32] | None = None

    @property
    def width(self) -> int:
        """Bases in a window, L."""
        return int(self.sequence.shape[1])
