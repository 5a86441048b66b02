"""Contacts of a gene's TSS with the bases around it (Seq2Exp, section on Hi-C; construction of the reference data).

For a TSS at base t and a bin b of 5,000 bp, k(b) is the observed count of the bin pair (b, bin of t), 0 where the map has no pair.
The track is log10(k + p + 1) with the pseudocount p = P(1 Mb), where P(d) = exp(s - g ln(max(d, 5000) + 1)), g = 0.87 and
s = -4.80 + 11.63 g, is the power law of contact with distance (ABC model, Fulco 2019; Nasser 2021). So no base on the chromosome
is below log10(1 + p) = 5.335e-4. Bins that the normalisation masks (NaN), and bins beyond the chromosome, are 0.

A gene's contacts are used if the sum of k over the bases nearer than 500 bp to its TSS is at least 0.01 (reference code; otherwise
nothing was measured there). Where they are not, or the map lacks the chromosome, or the cell has no map, k is the power law itself.
A file that holds chosen pairs only (loops) cannot pass that rule: there, k is the power law plus the count of each pair.
"""

from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import formats
from seq2exp_py.tracks.maps import LoopMap, PixelMap
from seq2exp_py.tracks.values import Bounds

BIN_SIZE = 5000
GAMMA = 0.87
SCALE = -4.80 + 11.63 * GAMMA
NEAREST = 5000  # bp below which the power law does not rise
PSEUDOCOUNT_DISTANCE = 1_000_000  # bp
QUALITY_DISTANCE = 500  # bp
QUALITY_SUM = 0.01


class Contacts(Protocol):
    """Contacts within chromosomes.

    `bin_size` is in bp; `normalisation` names the weights used; `sizes` are the chromosomes with their length in bp, where the file
    says it; `partial` is True where the file holds chosen pairs (loops) and not a whole map; `bounds` counts what no count can be.
    """

    bin_size: int
    normalisation: str
    sizes: dict[str, int]
    partial: bool
    bounds: Bounds

    @property
    def chroms(self) -> tuple[str, ...]:
        """Chromosomes with contacts in the file."""

    def row(self, chrom: str, bin: int, first: int, last: int) -> NDArray[np.float32]:
        """Contacts of `bin` with bins `first … last - 1`: NaN where masked, 0 where the map has no pair or ends."""

    def unbalanced(self) -> list[str]:
        """Chromosomes whose contacts are all masked, as the normalisation has no weights there."""

    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Self:
        """Use in `with`."""

    def __exit__(self, *_: object) -> None:
        """Close."""


def open_contacts(path: Path, norm: str = "auto", bin_size: int = BIN_SIZE, format: str | None = None) -> Contacts:
    """Open a contact map.

    Args:
        path: .cool, .mcool (or a map inside it, `maps.mcool::/resolutions/5000`), .hic, or bedpe of pairs with counts.
        norm: `VC`, `KR`, `SCALE`, `weight` (ICE), … as the file names it, or `NONE`; `auto` takes VC, else weight, else NONE.
        bin_size: bp; a file with several resolutions must have it. A .cool with one resolution may be coarser by a whole factor:
            `profile` then spreads each of its contacts evenly over the smaller pairs inside it.
        format: one of `formats.CONTACTS`; told from the file's name where None.

    Raises:
        InputError: the file is missing or truncated, or lacks the bin size or the normalisation (the sentence lists what it has).
    """
    found = formats.resolve(path, format, formats.CONTACTS)
    if not formats.file_of(path).is_file():
        raise InputError(f"{path}: no such file")
    return LoopMap(path, bin_size) if found == "bedpe" else PixelMap(path, found, norm, bin_size)


def power_law(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(d) for distances in bp."""
    return np.asarray(np.exp(SCALE - GAMMA * np.log(np.maximum(distance, NEAREST) + 1)))


PSEUDOCOUNT = float(power_law(np.array([PSEUDOCOUNT_DISTANCE], float))[0])


def bin_count(half: int, bin_size: int = BIN_SIZE) -> int:
    """Bins that cover a window of 2 × `half` bases wherever it begins: 41 for 100,000 and 5,000."""
    return (2 * half + bin_size - 2) // bin_size + 1


def profile(
    contacts: Contacts | None,
    chrom: str,
    tss: int,
    half: int,
    bin_size: int = BIN_SIZE,
    scale: float = 1.0,
) -> tuple[int, NDArray[np.float32], str]:
    """The contact track of one gene, one value per bin.

    Args:
        contacts: the cell's map, or None.
        chrom: chromosome, by the map's name for it.
        tss: 0-based base of the TSS.
        half: bases on each side of the TSS that the bins must cover.
        bin_size: bp of a value.
        scale: what the map's contacts are multiplied by (after the quality rule); 1 is as in the reference data.

    Returns:
        The first bin, floor((tss - half) / bin_size); log10(c + 1), float32 of shape (`bin_count(half, bin_size)`,), 0 beyond the
        chromosome; and `hic` or `powerlaw`, what it was made from.
    """
    first = (tss - half) // bin_size
    bins = np.arange(first, first + bin_count(half, bin_size))
    expected = power_law(np.abs(bins - tss // bin_size) * float(bin_size))
    measured = _measured(contacts, chrom, tss, bins, bin_size)
    if measured is None or contacts is None:
        raw, source = expected, "powerlaw"
    elif contacts.partial:
        raw, source = expected + scale * measured, "hic" if np.any(measured > 0) else "powerlaw"
    else:
        good = _quality(measured, bins, tss, bin_size) >= QUALITY_SUM
        raw, source = (scale * measured, "hic") if good else (expected, "powerlaw")
    values = np.log10(np.nan_to_num(raw + PSEUDOCOUNT, nan=0.0) + 1)
    size = contacts.sizes.get(chrom) if contacts is not None else None
    values[(bins < 0) | (bins * bin_size >= (np.inf if size is None else size))] = 0
    return first, values.astype(np.float32), source


def _measured(
    contacts: Contacts | None, chrom: str, tss: int, bins: NDArray[np.int64], bin_size: int
) -> NDArray[np.float64] | None:
    """k of each bin; a coarser map's contact is shared evenly by the (factor × factor) pairs of bins inside it."""
    if contacts is None or chrom not in contacts.chroms:
        return None
    factor = contacts.bin_size // bin_size
    coarse = bins // factor
    row = contacts.row(chrom, tss // contacts.bin_size, int(coarse[0]), int(coarse[-1]) + 1)
    return np.asarray(row[coarse - coarse[0]].astype(np.float64) / factor**2)


def _quality(measured: NDArray[np.float64], bins: NDArray[np.int64], tss: int, bin_size: int) -> float:
    """Sum of k over the bases nearer than 500 bp to the TSS."""
    left = np.maximum(bins * bin_size, max(tss - QUALITY_DISTANCE + 1, 0))
    right = np.minimum((bins + 1) * bin_size, tss + QUALITY_DISTANCE)
    return float(np.nansum(measured * np.maximum(right - left, 0)))
