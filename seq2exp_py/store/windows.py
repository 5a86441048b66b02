"""Windows out of files or arrays over a chromosome, or over contact bins, by slices: no loop over bases."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray


def cut(values: NDArray[np.generic] | None, start: int, out: NDArray[np.generic], fill: float = 0) -> None:
    """Copy `values[start : start + len(out)]` into `out`; positions outside the array get `fill`.

    Args:
        values: one value per base of the chromosome; None where nothing is known (all `fill`).
        start: 0-based position of `out[0]`; may be negative or past the end.
        out: where to write, one value per base of the window.
        fill: the value beyond the chromosome.
    """
    if values is None:
        out[:] = fill
        return
    left, right = inside(len(values), start, len(out))
    out[:left] = fill
    out[left:right] = values[start + left : start + right]
    out[right:] = fill


def read(file: io.FileIO, dtype: np.dtype[Any], start: int, out: NDArray[Any], fill: float = 0) -> None:
    """As `cut`, out of an open file that holds values of `dtype` and nothing else; `out` is contiguous.

    Raises:
        EOFError: the file has become shorter while it was read.
    """
    size = file.seek(0, io.SEEK_END) // dtype.itemsize
    left, right = inside(size, start, len(out))
    out[:left] = fill
    out[right:] = fill
    if right == left:
        return
    file.seek((start + left) * dtype.itemsize)
    part = out[left:right].view(np.uint8).data
    while len(part):
        got = file.readinto(part)
        if not got:
            raise EOFError(f"{file.name}: ends too early")
        part = part[got:]


def inside(size: int, start: int, width: int) -> tuple[int, int]:
    """The part `[left, right)` of a window of `width` bases from `start` on that lies on a chromosome of `size` bp."""
    left = min(max(-start, 0), width)
    return left, min(max(size - start, left), width)


def mark(starts: NDArray[np.int64], ends: NDArray[np.int64], start: int, out: NDArray[np.bool_]) -> None:
    """Set `out` to True inside sorted, disjoint intervals `[starts, ends)`, False elsewhere; `out[0]` is base `start`."""
    out[:] = False
    first, last = np.searchsorted(ends, start, side="right"), np.searchsorted(starts, start + len(out), side="left")
    for a, b in zip(starts[first:last], ends[first:last], strict=True):
        out[max(a - start, 0) : b - start] = True


def contact(bins: NDArray[np.float32], first: int, size: int, start: int, chromosome: int, out: NDArray[np.float32]) -> None:
    """Write the contact with the TSS of each base of a window: constant inside a bin, 0 beyond the chromosome.

    Args:
        bins: values of bins `first`, `first + 1`, …; bin b covers bases `[b * size, (b + 1) * size)`.
        first: index of the first bin; may be negative near a chromosome's start.
        size: bp per bin.
        start: 0-based position of `out[0]`.
        chromosome: bp of the chromosome.
        out: where to write, one value per base of the window.
    """
    end = start + len(out)
    edges = np.clip(np.arange(start // size, -(-end // size) + 1) * size, max(start, 0), max(min(end, chromosome), 0))
    low, high = int(edges[0]) - start, int(edges[-1]) - start
    if high <= low:
        out[:] = 0
        return
    out[:low] = 0
    edges -= start
    for b, value in enumerate(bins[start // size - first :][: len(edges) - 1].tolist()):
        out[edges[b] : edges[b + 1]] = value
    out[high:] = 0
