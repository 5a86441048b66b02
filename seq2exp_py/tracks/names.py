"""Chromosome names: the same chromosome is `chr22` to one file and `22` to another."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Named(Protocol):
    """A row of the samplesheet, as far as names go."""

    @property
    def chromosomes(self) -> str:
        """`exact` or `match`."""


def bare(name: str) -> str:
    """A name without what differs between the UCSC and the Ensembl way: `chr22` and `22` → `22`, `chrM` and `MT` → `M`."""
    short = name[3:] if name.lower().startswith("chr") else name
    return "M" if short.upper() in ("M", "MT") else short.upper() if len(short) == 1 else short


def mapping(theirs: Iterable[str], ours: Iterable[str]) -> dict[str, str]:
    """Names of `ours` → the names of the same chromosomes in `theirs`; a name they share maps to itself."""
    theirs = list(theirs)
    by_bare = {bare(name): name for name in theirs}
    shared = set(theirs)
    found = {name: name if name in shared else by_bare.get(bare(name)) for name in ours}
    return {name: other for name, other in found.items() if other is not None}


def of_file(row: Named, theirs: Iterable[str], ours: Iterable[str]) -> Mapping[str, str]:
    """How to ask a file of the samplesheet for the genome's chromosomes: by its own names if its row says `match`."""
    return mapping(theirs, ours) if row.chromosomes == "match" else {name: name for name in ours}
