"""Write a bigWig stretch by stretch, in whichever of its two encodings is smaller."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyBigWig

from seq2exp_py.files import whole
from seq2exp_py.genome.intervals import runs

BYTES_PER_RUN, BYTES_PER_BASE = 12, 4  # a bedGraph item holds start, end, value; a fixedStep item its value (bigWig specification)


class BigWigTrack:
    """An open bigWig that takes stretches in genome order; equal neighbours are merged where that is smaller."""

    def __init__(self, path: Path, sizes: Mapping[str, int]) -> None:
        """Open `path` and write its header.

        Args:
            path: file to write.
            sizes: length of every chromosome in bp; they are written in lexicographic order, UCSC's, and must be filled in it.
        """
        self._file = pyBigWig.open(str(path), "w")
        self._file.addHeader(sorted(sizes.items()))

    def add(self, chrom: str, start: int, values: npt.NDArray[np.float32]) -> None:
        """Append the values of `[start, start + len(values))` of a chromosome (0-based); stretches come in genome order.

        Raises:
            ValueError: a value is not finite.
        """
        if not np.isfinite(values).all():
            raise ValueError(f"{chrom}:{start}-{start + len(values)}: a value is no number")
        starts, ends = runs(values)
        if not len(starts):
            return
        if len(starts) * BYTES_PER_RUN < len(values) * BYTES_PER_BASE:
            names = np.full(len(starts), chrom)
            level = values[starts].astype(np.float64)
            self._file.addEntries(names, starts + start, ends=ends + start, values=level, validate=False)
        else:
            self._file.addEntries(chrom, start, values=values.astype(np.float64), span=1, step=1, validate=False)

    def close(self) -> None:
        """Write the index and the zoom levels."""
        self._file.close()


@contextmanager
def bigwig(path: Path, sizes: Mapping[str, int]) -> Iterator[BigWigTrack]:
    """A bigWig that appears under its name once it is whole."""
    with whole(path) as temporary:
        track = BigWigTrack(temporary, sizes)
        try:
            yield track
        finally:
            track.close()
