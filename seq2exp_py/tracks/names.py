"""Chromosome names of a file of the samplesheet: the same chromosome is `chr22` to one file and `22` to another."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from seq2exp_py.errors import InputError
from seq2exp_py.genome.chroms import bare, some
from seq2exp_py.notes import Note

SMALL = 0.01  # share of the genome's bases up to which a chromosome of another length is left out, not the whole file refused


class Named(Protocol):
    """A row of the samplesheet, as far as names go."""

    @property
    def path(self) -> Path:
        """The file."""

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


def of_file(row: Named, theirs: Iterable[str], ours: Iterable[str], lengths: Mapping[str, int] | None = None) -> dict[str, str]:
    """How to ask a file for the genome's chromosomes: by its own names, where its row of the samplesheet says `match`.

    Args:
        row: the file's row.
        theirs: names in the file.
        ours: names in the genome, or the genome's chromosomes with their bp.
        lengths: bp of the file's chromosomes, where it says them; with the genome's they must agree (`agreeing`).

    Raises:
        InputError: the file is of another assembly.
    """
    shared = mapping(theirs, ours, row.chromosomes == "match")
    return agreeing(row.path, shared, lengths, ours) if lengths and isinstance(ours, Mapping) else shared


def agreeing(path: Path, shared: Mapping[str, str], lengths: Mapping[str, int], sizes: Mapping[str, int]) -> dict[str, str]:
    """The shared chromosomes that have the genome's length; small ones that differ (chrM of hg19) are left out with a note.

    Args:
        path: the file.
        shared: the genome's names → the file's.
        lengths: bp of the file's chromosomes; one that it does not say agrees.
        sizes: bp of the genome's.

    Raises:
        InputError: a chromosome of more than `SMALL` of the genome differs, or all do.
    """
    other = {ours: theirs for ours, theirs in shared.items() if lengths.get(theirs, sizes[ours]) != sizes[ours]}
    big = [ours for ours in other if sizes[ours] > SMALL * sum(sizes.values())] or (
        list(other) if len(other) == len(shared) else []
    )
    if big:
        more = f" (and {len(other) - 1} more chromosomes differ)" if len(other) > 1 else ""
        raise InputError(
            f"{path}: {other[big[0]]} has {lengths[other[big[0]]]} bp, but {big[0]} of the FASTA has {sizes[big[0]]} bp{more}; it "
            "belongs to another assembly: give a file of the FASTA's assembly, or lift this one over"
        )
    for ours, theirs in other.items():
        Note.OTHER_LENGTH.add(path=path, chromosome=theirs, bp=lengths[theirs], genome_bp=sizes[ours])
    return {ours: theirs for ours, theirs in shared.items() if ours not in other}


def explain(theirs: Collection[str], ours: Collection[str]) -> str:
    """Why a file has none of the genome's chromosomes, and what to do."""
    named = f"its chromosomes are named {some(sorted(theirs))}, the genome's {some(list(ours))}"
    pairs = [f"{other} as {name}" for name, other in mapping(theirs, ours, True).items()]
    if not pairs:
        return f"{named}, and no two are the same; give a file of this assembly"
    return f"{named}; write 'match' in column 'chromosomes' of the samplesheet to read {some(pairs)}"
