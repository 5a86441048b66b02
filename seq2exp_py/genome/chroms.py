"""Names of chromosomes that differ between files: `22` against `chr22`."""

from collections.abc import Collection, Iterable
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.genome import tables


def renames(theirs: Iterable[str], ours: Collection[str], what: object, match: bool = False) -> dict[str, str]:
    """Map the chromosome names of a file to those of the genome; names with no counterpart are left out.

    Args:
        theirs: names in the file.
        ours: names in the genome.
        what: the file, for the message.
        match: pair `22` with `chr22` and `MT` with `chrM`; without, names must be equal.

    Raises:
        InputError: a name is one of the genome's but for its spelling (with `match`, but for more than `chr`), or not one name is.
    """
    theirs = list(dict.fromkeys(theirs))
    by_bare = {bare(name): name for name in ours}
    pairs = {name: by_bare[bare(name)] for name in theirs if name not in ours and bare(name) in by_bare}
    found = {name: name for name in theirs if name in ours} | (pairs if match else {})
    listing = f"{what}: its chromosomes are {some(theirs)}, the genome's are {some(ours)}"
    if pairs and not match:
        raise InputError(f"{listing}: give --chromosomes match to pair names with and without 'chr'")
    slips = {name: near for name in theirs if name not in found and (near := nearest(name, ours))}
    if slips:
        name, near = next(iter(slips.items()))
        raise InputError(f"{what}: the genome has no chromosome '{name}'; did you mean {near}?")
    if theirs and not found:
        raise InputError(f"{listing}: not one is the same; give files of one assembly, with one way of naming")
    return found


def nearest(name: str, ours: Iterable[str]) -> str | None:
    """The genome's chromosome that a name is a slip of the pen for (`Chr1`, `CHR01`, `chr x`), if there is one."""
    plain = _plain(name)
    return next((known for known in ours if _plain(known) == plain and known != name), None)


def _plain(name: str) -> str:
    short = bare(name.lower().replace(" ", "").removeprefix("chromosome").strip("_-"))
    return short.lstrip("0_-").removesuffix(".0").upper()


def bare(name: str) -> str:
    """A name without what differs between the UCSC and the Ensembl way: `chr22` and `22` are `22`, `chrM` and `MT` are `M`."""
    short = name.removeprefix("chr")
    return "M" if short in ("MT", "mt", "m") else short


def some(names: Collection[str], most: int = 4) -> str:
    """The first few names, for a message."""
    listing = ", ".join(list(names)[:most])
    return listing + (", …" if len(names) > most else "")


def read_sizes(path: Path) -> dict[str, int]:
    """Read a `chrom.sizes` file: name and bp per line, tab-separated."""
    frame = tables.read_plain(path, ["chrom", "size"])
    tables.check_unique(frame.chrom, path, "chromosome")
    return dict(zip(frame.chrom, map(int, tables.integers(frame, "size", path)), strict=True))
