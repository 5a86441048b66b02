"""Names of chromosomes that differ between files: `22` against `chr22`."""

from collections.abc import Collection, Iterable
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.genome import tables


def renames(theirs: Iterable[str], ours: Collection[str], what: object, match: bool = False, need: bool = True) -> dict[str, str]:
    """Map the chromosome names of a file to those of the genome; names with no counterpart are left out.

    Args:
        theirs: names in the file.
        ours: names in the genome.
        what: the file, for the message.
        match: pair `22` with `chr22` and `MT` with `chrM`; without, names must be equal.
        need: whether a file with none of the genome's chromosomes is an error.

    Raises:
        InputError: not one name has a counterpart, though some would with `match`, or `need` says so.
    """
    theirs = list(dict.fromkeys(theirs))
    by_bare = {bare(name): name for name in ours}
    pairs = {name: by_bare[bare(name)] for name in theirs if bare(name) in by_bare}
    found = {name: name for name in theirs if name in ours} | ({n: o for n, o in pairs.items() if n not in ours} if match else {})
    if theirs and not found and (pairs or need):
        listing = f"{what}: its chromosomes are {some(theirs)}, the genome's are {some(ours)}"
        if pairs:
            raise InputError(f"{listing}: give --chromosomes match to pair names with and without 'chr'")
        raise InputError(f"{listing}: not one is the same; give files of one assembly, with one way of naming")
    return found


def bare(name: str) -> str:
    """A name without what differs between the UCSC and the Ensembl way: `chr22` and `22` are `22`, `chrM` and `MT` are `M`."""
    short = name.removeprefix("chr")
    return "M" if short == "MT" else short


def some(names: Collection[str], most: int = 4) -> str:
    """The first few names, for a message."""
    listing = ", ".join(list(names)[:most])
    return listing + (", …" if len(names) > most else "")


def read_sizes(path: Path) -> dict[str, int]:
    """Read a `chrom.sizes` file: name and bp per line, tab-separated."""
    frame = tables.read_plain(path, ["chrom", "size"])
    tables.check_unique(frame.chrom, path, "chromosome")
    return dict(zip(frame.chrom, map(int, tables.integers(frame, "size", path)), strict=True))
