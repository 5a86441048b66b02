"""Tracks of the user's own, BED or BEDPE: their lines, put on the genome."""

from collections.abc import Mapping
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.genome import chroms, lines
from seq2exp_py.genome.interval import OVERHANG
from seq2exp_py.notes import Note


def is_pairs(path: Path) -> bool:
    """Whether a file is BEDPE, by its name."""
    return path.name.lower().removesuffix(".gz").endswith(".bedpe")


def read(path: Path, sizes: Mapping[str, int]) -> list[list[str]]:
    """The fields of every line that lies on the genome, by its chromosome names, places cut at the end of their chromosome.

    Args:
        path: BED, or BEDPE by its suffix; plain or gzip.
        sizes: the genome's chromosomes and their bp.

    Raises:
        InputError: no line, none on the genome, a misspelt chromosome, or a line that is no place (with its number).
    """
    ends = (0, 3) if is_pairs(path) else (0,)
    found = [(number, text.split("\t")) for number, text in lines.numbered(path)]
    if not found:
        raise InputError(f"{path}: no region in it; leave it out")
    short = next((line for line in found if len(line[1]) < ends[-1] + 3), None)
    if short:
        raise _no_place(path, short[0], short[1])
    names = chroms.renames([fields[at] for _, fields in found for at in ends], sizes, path, match=True)
    kept = [(number, fields) for number, fields in found if all(fields[at] in names for at in ends)]
    other = [f"{theirs} as {ours}" for theirs, ours in names.items() if theirs != ours]
    if other:
        Note.RENAMED.add(path=path, chromosomes=chroms.some(other))
    lost = sorted({fields[at] for _, fields in found for at in ends} - set(names))
    if lost:
        Note.PLACES_ELSEWHERE.add(path=path, n=len(found) - len(kept), total=len(found), chromosomes=chroms.some(lost))
    return [_placed(path, number, fields, ends, names, sizes) for number, fields in kept]


def _placed(
    path: Path, number: int, fields: list[str], ends: tuple[int, ...], names: Mapping[str, str], sizes: Mapping[str, int]
) -> list[str]:
    """The fields with each of their places checked, and both ends of a pair on one chromosome."""
    out = list(fields)
    for at in ends:
        chrom = names[fields[at]]
        try:
            start, end = int(fields[at + 1]), int(fields[at + 2])
        except ValueError:
            raise _no_place(path, number, fields[at:]) from None
        size = sizes[chrom]
        if not 0 <= start < min(end, size) or end > size + OVERHANG:
            place = f"{chrom}:{start}-{end}"
            raise InputError(f"{path}, line {number}: {place} is not in the genome; give 0-based half-open places of it")
        if end > size:
            Note.PAST_END.add(path=f"{path}, line {number}", bases=end - size, chromosomes=chrom)
        out[at : at + 3] = [chrom, str(start), str(min(end, size))]
    if len({out[at] for at in ends}) > 1:
        raise InputError(f"{path}, line {number}: the ends lie on {out[0]} and {out[3]}; both must be on one chromosome")
    return out


def _no_place(path: Path, number: int, fields: list[str]) -> InputError:
    return InputError(f"{path}, line {number}: expected chromosome, start and end split by tabs, found {fields[:3]}")
