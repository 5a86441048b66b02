"""Chromosome names of a file of the samplesheet: the same chromosome is `chr22` to one file and `22` to another."""

from collections.abc import Collection, Iterable
from typing import Protocol

from seq2exp_py.genome.chroms import bare, some


class Named(Protocol):
    """A row of the samplesheet, as far as names go."""

    @property
    def chromosomes(self) -> str:
        """`exact` or `match`."""


def mapping(theirs: Iterable[str], ours: Iterable[str], match: bool) -> dict[str, str]:
    """Names of the genome → names of the same chromosomes in a file; those that the file lacks are left out.

    Args:
        theirs: names in the file.
        ours: names in the genome.
        match: pair `chr22` with `22` and `chrM` with `MT` where the genome's own name is not in the file.
    """
    theirs = set(theirs)
    by_bare = {bare(name): name for name in sorted(theirs)} if match else {}
    found = {name: name if name in theirs else by_bare.get(bare(name)) for name in ours}
    return {name: other for name, other in found.items() if other is not None}


def of_file(row: Named, theirs: Iterable[str], ours: Iterable[str]) -> dict[str, str]:
    """How to ask a file for the genome's chromosomes: by its own names, where its row of the samplesheet says `match`."""
    return mapping(theirs, ours, row.chromosomes == "match")


def explain(theirs: Collection[str], ours: Collection[str]) -> str:
    """Why a file has none of the genome's chromosomes, and what to do."""
    named = f"its chromosomes are named {some(sorted(theirs))}, the genome's {some(list(ours))}"
    pairs = [f"{other} as {name}" for name, other in mapping(theirs, ours, True).items()]
    if not pairs:
        return f"{named}, and no two are the same; give a file of this assembly"
    return f"{named}; write 'match' in column 'chromosomes' of the samplesheet to read {some(pairs)}"
