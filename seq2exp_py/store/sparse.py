"""Files of one value per base, written block by block in bounded memory; pages of zeros become holes that take no disk."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.genome.intervals import stretches

PAGE = 4096  # bytes; the unit in which file systems allocate
BLOCK = 1 << 20  # bases per block: a whole number of pages for every dtype


def write(path: Path, blocks: Iterable[NDArray[np.generic]], bytes_total: int, keep: bool = False) -> str | None:
    """Write blocks one after the other.

    Args:
        path: the file.
        blocks: arrays whose bytes follow each other; all but the last a multiple of `PAGE` bytes.
        bytes_total: size of the whole.
        keep: leave a file that holds only zeros; otherwise it is removed (a reader takes an absent file for zeros).

    Returns:
        SHA-256 of the file; None where there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, offset, filled = hashlib.sha256(), 0, False
    with path.open("wb") as handle:
        for block in blocks:
            raw = np.ascontiguousarray(block).view(np.uint8)
            digest.update(raw.data)
            for start, end in _runs(raw):
                filled = True
                handle.seek(offset + start)
                handle.write(raw[start:end].data)
            offset += len(raw)
        if offset != bytes_total:
            raise ValueError(f"{path}: {offset} bytes were given, expected {bytes_total}")
        handle.truncate(bytes_total)
    if filled or keep:
        return digest.hexdigest()
    path.unlink()
    return None


def _runs(raw: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, 2) stretches of bytes whose pages hold anything but zeros."""
    whole = len(raw) // PAGE * PAGE
    used = raw[:whole].view(np.uint64).reshape(-1, PAGE // 8).any(axis=1)
    used = np.r_[used, bool(raw[whole:].any())]
    return np.minimum(stretches(used, PAGE), len(raw))


def spans(size: int) -> list[tuple[int, int]]:
    """The blocks `[start, end)` of a chromosome of `size` bp."""
    return [(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]
