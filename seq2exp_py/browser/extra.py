"""Tracks of the user's own, such as CRISPRi pairs: BED or BEDPE in, bigBed or bigInteract and a copy of the text out."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seq2exp_py.browser.catalogue import Track, symbol
from seq2exp_py.errors import InputError
from seq2exp_py.genome.interval import OVERHANG
from seq2exp_py.genome.lines import numbered
from seq2exp_py.notes import Note
from seq2exp_py.writers.bigbed import REGIONS, autosql, write_bigbed
from seq2exp_py.writers.palette import PURPLE, rgb

Row = tuple[str, int, int, str]


def lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every line that is neither empty nor a header."""
    return ((number, line.split("\t")) for number, line in numbered(path))


def place(path: Path, number: int, fields: list[str], sizes: Mapping[str, int]) -> tuple[str, int, int]:
    """Chromosome, start and end of the first three fields; a place that runs a little past its chromosome is cut at its end.

    Raises:
        InputError: they are no place of the genome.
    """
    try:
        chrom, start, end = fields[0], int(fields[1]), int(fields[2])
    except (IndexError, ValueError):
        raise InputError(f"{path}, line {number}: expected chromosome, start and end split by tabs, found {fields[:3]}") from None
    size = sizes.get(chrom, 0)
    if size < end <= size + OVERHANG and 0 <= start < size:
        Note.PAST_END.add(path=f"{path}, line {number}", bases=end - size, chromosomes=chrom)
        return chrom, start, size
    if not 0 <= start < end <= size:
        raise InputError(f"{path}, line {number}: {chrom}:{start}-{end} is not in the genome; give 0-based half-open places of it")
    return chrom, start, end


def region(path: Path, number: int, fields: list[str], sizes: Mapping[str, int]) -> Row:
    """A BED line as BED4."""
    return *place(path, number, fields, sizes), (fields[3] if len(fields) > 3 else "") or "."


def pair(path: Path, number: int, fields: list[str], sizes: Mapping[str, int]) -> Row:
    """A BEDPE line (chrom1 start1 end1 chrom2 start2 end2 [name score]) as bigInteract."""
    first, second = place(path, number, fields, sizes), place(path, number, fields[3:], sizes)
    if first[0] != second[0]:
        raise InputError(f"{path}, line {number}: the ends lie on {first[0]} and {second[0]}; both must be on one chromosome")
    name = (fields[6] if len(fields) > 6 else "") or "."
    ends = [*map(str, first), ".", ".", *map(str, second), ".", "."]
    text = "\t".join([name, "1000", "1", "extra", rgb(PURPLE), *ends])
    return first[0], min(first[1], second[1]), max(first[2], second[2]), text


def write(name: str, path: Path, sizes: Mapping[str, int], out: Path, own: Callable[[Path], str]) -> Track:
    """Write a track of the user's own below `out/extra` and describe it.

    Args:
        name: what it is called.
        path: BED, or BEDPE by its suffix; plain or gzip.
        sizes: length of every chromosome.
        out: folder of the hub; own: path of a file of it, relative to the results.

    Raises:
        InputError: a line is no place of the genome, or there is no line.
    """
    bedpe = path.name.lower().removesuffix(".gz").endswith(".bedpe")
    read = pair if bedpe else region
    found = sorted(read(path, number, fields, sizes) for number, fields in lines(path))
    if not found:
        raise InputError(f"{path}: no region in it; leave --extra-track {name} out")
    stem = out / "extra" / symbol(name)
    big, text = stem.with_name(stem.name + ".bb"), stem.with_name(stem.name + (".bedpe" if bedpe else ".bed"))
    write_bigbed(big, found, sizes, autosql("links") if bedpe else REGIONS, 5 if bedpe else 4)
    text.write_text("".join("\t".join(fields) + "\n" for _, fields in lines(path)))
    return Track(kind="extra_links" if bedpe else "extra_regions", assay=name, path=own(big), text=own(text))
