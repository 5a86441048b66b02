"""Value types of the genome's plan: elements, links to genes, domains, and the map of free space they are placed with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.genome import Interval

IntArray = NDArray[np.int64]

GRAMMAR = ("promoter", "enhancer", "orphan", "dormant")  # kinds that carry the grammar: R_g
STEP = 50  # resolution of the map of free space, bp


@dataclass(frozen=True, slots=True)
class Element:
    """A stretch that has grammar, signal or both.

    Attributes:
        place: where it is.
        kind: promoter, enhancer, orphan, dormant, decoy or insulator.
        module: the planted grammar, "" where there is none.
        gene: index of the gene it was placed for, -1 where there is none; what it regulates is said by links.
    """

    place: Interval
    kind: str
    module: str
    gene: int


@dataclass(frozen=True, slots=True)
class Link:
    """An enhancer that reaches a promoter.

    Attributes:
        element: index of the enhancer.
        gene: index of the gene.
        loop: contact over what the distance lets expect.
        contact: distance decay × loop × crowding of the promoter; 1 for an unlooped pair at 5 kb without competition.
    """

    element: int
    gene: int
    loop: float
    contact: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The genome's plan: everything sorted by chromosome and position; domains tile the chromosomes."""

    elements: list[Element]
    links: list[Link]
    domains: list[Interval]
    blacklist: list[Interval]
    duplicated: list[Interval]
    gaps: list[Interval]

    def of_kind(self, *kinds: str) -> NDArray[np.bool_]:
        """(elements,) whether each is of one of some kinds."""
        return np.array([e.kind in kinds for e in self.elements], dtype=bool)

    def homes(self) -> IntArray:
        """(elements,) index of the domain that holds each element's centre."""
        return domain_of(self.domains, [e.place.chrom for e in self.elements], [e.place.centre for e in self.elements])


class Free:
    """Which places may still take an element."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.taken = {chrom: np.zeros(size // STEP + 2, dtype=bool) for chrom, size in sizes.items()}
        self.sizes = sizes

    def take(self, place: Interval) -> None:
        """Mark a stretch as used."""
        self.taken[place.chrom][max(place.start, 0) // STEP : -(-place.end // STEP)] = True

    def offer(self, place: Interval, spacing: int = 200) -> bool:
        """Take a stretch if it and `spacing` bp on both sides are free."""
        low, high = place.start - spacing, place.end + spacing
        if low < 0 or high > self.sizes[place.chrom] or self.taken[place.chrom][low // STEP : -(-high // STEP)].any():
            return False
        self.take(place)
        return True


def name(index: int) -> str:
    """Id of the element of an index, as the truth files write it."""
    return f"E{index + 1:06d}"


def order(place: Interval) -> tuple[int, int, int]:
    """Sort key: chromosomes by number."""
    return int(place.chrom.removeprefix("chr")), place.start, place.end


def domain_of(domains: list[Interval], chroms: Sequence[str], positions: Sequence[int]) -> IntArray:
    """Index of the domain that holds each base, given by chromosome and position."""
    found = np.zeros(len(positions), dtype=np.int64)
    for chrom in dict.fromkeys(chroms):
        first = next(i for i, d in enumerate(domains) if d.chrom == chrom)
        starts = [d.start for d in domains if d.chrom == chrom]
        here = np.array([c == chrom for c in chroms])
        found[here] = first + np.searchsorted(starts, np.asarray(positions)[here], side="right") - 1
    return found
