"""The large arrays of a store's folder, read a stretch at a time or mapped into memory."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.store import windows


class Maps:
    """Arrays of a store's folder, one value per place.

    `read` copies a stretch; however many it reads, nothing of the file stays in this process's memory. `get` maps a file into
    memory when first asked for it, and anew in every process that gets a copy.
    """

    def __init__(self, folder: Path, names: Iterable[str]):
        self.folder, self.names = folder, frozenset(names)
        self.open: dict[str, NDArray[Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "names": self.names, "open": {}}

    def get(self, name: str, dtype: str) -> NDArray[Any] | None:
        """The values of a file; None where the store has no such file."""
        if name not in self.names:
            return None
        if name not in self.open:
            self.open[name] = np.asarray(np.memmap(self.folder / name, dtype=dtype, mode="r"))
        return self.open[name]

    def read(self, name: str, dtype: str, start: int, out: NDArray[Any], fill: float = 0) -> None:
        """Copy the values from index `start` on, which may be negative, into `out` (contiguous).

        What lies beyond the file, and all of a file that the store has not, is `fill`.
        """
        if name not in self.names:
            out[:] = fill
            return
        with (self.folder / name).open("rb", buffering=0) as file:
            windows.read(file, np.dtype(dtype), start, out, fill)
