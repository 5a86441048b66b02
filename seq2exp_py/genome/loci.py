"""Names that stand at several places of an annotation: places that do not overlap, or differ in strand, are several genes."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seq2exp_py.genome.chroms import some
from seq2exp_py.notes import Note

ENSEMBL = r"ENS[A-Z]*\d+"  # ids that name one gene wherever its transcripts lie on a strand
KEY = ["gene_id", "chrom", "strand"]


class Place(NamedTuple):
    """Where rows of one name overlap, or lie on one strand under one Ensembl id; `line` is the first of them."""

    gene_id: str
    chrom: str
    strand: str
    start: int
    end: int
    line: int


def apart(rows: pd.DataFrame, spans: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Rows with an id of its own for every place of a gene: the first keeps the name, the others have `_2`, `_3`, … after it.

    The copy on chrY of a gene on chrX has `_PAR_Y` after it, as GENCODE names it.

    Args:
        rows: rows of an annotation: gene_id, chrom, start, end (0-based, half-open), strand; the index is the line number.
        spans: those of the rows, or extents of them, that say where genes are.
        path: the file, for the note.
    """
    several = _several(spans)
    names = _names(several, set(rows.gene_id))
    if not names:
        return rows
    Note.SEVERAL_PLACES.add(path=path, n=len({place.gene_id for place in several}), genes=some(list(names.values())))
    by_id: dict[str, list[Place]] = {}
    for place in several:
        by_id.setdefault(place.gene_id, []).append(place)
    at = rows.gene_id.isin(list(by_id))
    moved = rows[at]
    fields = zip(moved.gene_id, moved.chrom, moved.strand, moved.start, strict=True)
    renamed = rows.gene_id.copy()
    renamed[at] = [names[_nearest(by_id[i], chrom, strand, start)] for i, chrom, strand, start in fields]
    return rows.assign(gene_id=renamed)


def _several(spans: pd.DataFrame) -> list[Place]:
    """The places of the names that have more than one, in the order of the file."""
    spans = spans[spans.gene_id != ""]
    if spans.empty:
        return []
    spans = spans.assign(line=spans.index).sort_values([*KEY, "start"], kind="stable")
    key = spans.groupby(KEY, sort=False).ngroup().to_numpy()
    shift = key * (int(spans.end.max()) + 1)  # so that one running maximum serves all groups
    reach = np.maximum.accumulate(spans.end.to_numpy() + shift)
    gap = ((spans.start.to_numpy() + shift)[1:] >= reach[:-1]) & ~spans.gene_id.str.fullmatch(ENSEMBL).to_numpy(bool)[1:]
    spans = spans.assign(place=np.cumsum(np.r_[0, (key[1:] != key[:-1]) | gap]))
    rule = {**dict.fromkeys(KEY, "first"), "start": "min", "end": "max", "line": "min"}
    places = spans.groupby("place", sort=False).agg(rule)
    places = places[places.gene_id.duplicated(keep=False)].sort_values("line", kind="stable")
    return [Place(*fields) for fields in zip(*(places[name].tolist() for name in Place._fields), strict=True)]


def _names(places: Sequence[Place], taken: set[str]) -> dict[Place, str]:
    """An id for every place."""
    first: dict[str, Place] = {}
    names: dict[Place, str] = {}
    for place in places:
        original = first.setdefault(place.gene_id, place)
        names[place] = place.gene_id if original is place else _free(place, original, taken)
        taken = taken | {names[place]}
    return names


def _free(place: Place, original: Place, taken: set[str]) -> str:
    """A name that no gene has."""
    on = [chrom.removeprefix("chr") for chrom in (original.chrom, place.chrom)]
    tries = ([f"{place.gene_id}_PAR_Y"] if on == ["X", "Y"] else []) + [f"{place.gene_id}_{i + 2}" for i in range(len(taken))]
    return next(name for name in tries if name not in taken)


def _nearest(places: Sequence[Place], chrom: str, strand: str, start: int) -> Place:
    """The place that a row lies in, on its strand if there is one, else the first on its chromosome, else the first."""
    return max(places, key=lambda p: (p.chrom == chrom, p.chrom == chrom and p.start <= start < p.end, p.strand == strand))
