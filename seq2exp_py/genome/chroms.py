"""Names of chromosomes that differ between files: `22` against `chr22`."""

from collections.abc import Collection, Iterable
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.genome import tables

PREFIX = "chr"


def renames(theirs: Iterable[str], ours: Collection[str], what: str, alias: str | None = None) -> dict[str, str]:
    """Map the chromosome names of a file to those of the genome; names with no counterpart are left out.

    Args:
        theirs: names in the file.
        ours: names in the genome.
        what: the file, for the message.
        alias: None (names must be equal), `chr` (with or without that prefix, `MT` for `chrM`), or a two-column table
            without header: name in the file, name in the genome.

    Raises:
        InputError: not one name has a counterpart.
    """
    theirs = list(dict.fromkeys(theirs))
    table = {} if alias is None else prefix_table(theirs) if alias == PREFIX else read(Path(alias))
    found = {name: table.get(name, name) if name not in ours else name for name in theirs}
    found = {name: to for name, to in found.items() if to in ours}
    if theirs and not found:
        listing = f"{what}: its chromosomes are {some(theirs)}, the genome's are {some(ours)}"
        if any(to in ours for to in prefix_table(theirs).values()):
            raise InputError(f"{listing}: give --chrom-alias chr to match names with and without that prefix")
        raise InputError(
            f"{listing}: not one is the same; is it another assembly? Else give --chrom-alias TABLE (name there, name here)"
        )
    return found


def prefix_table(names: Iterable[str]) -> dict[str, str]:
    """Each name with `chr` taken off or put on; `MT` is `chrM`."""
    other = {"MT": "chrM", "chrM": "MT"}
    return {n: other.get(n) or (n.removeprefix(PREFIX) if n.startswith(PREFIX) else PREFIX + n) for n in names}


def read(path: Path) -> dict[str, str]:
    """A table of names, two columns without header: name in the files, name in the genome."""
    frame = tables.read_plain(path, ["theirs", "ours"])
    return dict(zip(frame.theirs, frame.ours, strict=True))


def some(names: Collection[str], most: int = 4) -> str:
    """The first few names, for a message."""
    listing = ", ".join(list(names)[:most])
    return listing + (", …" if len(names) > most else "")


def read_sizes(path: Path) -> dict[str, int]:
    """Read a `chrom.sizes` file: name and bp per line, tab-separated."""
    frame = tables.read_plain(path, ["chrom", "size"])
    tables.check_unique(frame.chrom, path, "chromosome")
    return dict(zip(frame.chrom, map(int, tables.integers(frame, "size", path)), strict=True))
