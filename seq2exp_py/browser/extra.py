"""Tracks of the user's own, such as CRISPRi pairs: BED or BEDPE in, bigBed or bigInteract and a copy of the text out."""

from collections.abc import Callable, Mapping
from pathlib import Path

from seq2exp_py.browser.catalogue import Track, symbol
from seq2exp_py.tracks.extra import is_pairs, read
from seq2exp_py.writers.bigbed import REGIONS, autosql, write_bigbed
from seq2exp_py.writers.palette import PURPLE, rgb

Row = tuple[str, int, int, str]


def region(fields: list[str]) -> Row:
    """A BED line as BED4."""
    return fields[0], int(fields[1]), int(fields[2]), (fields[3] if len(fields) > 3 else "") or "."


def pair(fields: list[str]) -> Row:
    """A BEDPE line (chrom1 start1 end1 chrom2 start2 end2 [name score]) as bigInteract."""
    name = (fields[6] if len(fields) > 6 else "") or "."
    ends = [*fields[:3], ".", ".", *fields[3:6], ".", "."]
    text = "\t".join([name, "1000", "1", "extra", rgb(PURPLE), *ends])
    return fields[0], min(int(fields[1]), int(fields[4])), max(int(fields[2]), int(fields[5])), text


def write(name: str, path: Path, sizes: Mapping[str, int], out: Path, own: Callable[[Path], str]) -> Track:
    """Write a track of the user's own below `out/extra` and describe it.

    Args:
        name: what it is called.
        path: BED, or BEDPE by its suffix; plain or gzip.
        sizes: length of every chromosome.
        out: folder of the hub; own: path of a file of it, relative to the results.

    Raises:
        InputError: as `tracks.extra.read`.
    """
    bedpe, found = is_pairs(path), read(path, sizes)
    stem = out / "extra" / symbol(name)
    big, text = stem.with_name(stem.name + ".bb"), stem.with_name(stem.name + (".bedpe" if bedpe else ".bed"))
    write_bigbed(
        big,
        sorted((pair if bedpe else region)(fields) for fields in found),
        sizes,
        autosql("links") if bedpe else REGIONS,
        5 if bedpe else 4,
    )
    text.write_text("".join("\t".join(fields) + "\n" for fields in found))
    return Track(kind="extra_links" if bedpe else "extra_regions", assay=name, path=own(big), text=own(text))
