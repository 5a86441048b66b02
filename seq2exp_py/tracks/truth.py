"""The elements that truly act, where they are known: the truth of a simulated data set, or a user's own in its form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import Interval, chroms
from seq2exp_py.genome.lines import numbered


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one cell.

    Attributes:
        cell: name.
        causal: gene_id → the elements that regulate it (R_ag), sorted; a gene without is absent.
        candidates: all places with grammar or signal (R_g ∪ R_m), sorted and without duplicates.
    """

    cell: str
    causal: Mapping[str, tuple[Interval, ...]]
    candidates: tuple[Interval, ...]

    def labels(self, gene_id: str, window: Interval) -> NDArray[np.bool_]:
        """(window.width,) True on the bases of a window, which may run past the chromosome, that regulate its gene."""
        inside = np.zeros(window.width, dtype=bool)
        for place in self.causal.get(gene_id, ()):
            if place.overlap(window):
                inside[max(0, place.start - window.start) : place.end - window.start] = True
        return inside

    def within(self, window: Interval) -> list[Interval]:
        """Candidates that lie wholly in a window."""
        return [p for p in self.candidates if p.overlap(window) == p.width]


def load(folder: Path, cell: str, sizes: Mapping[str, int] | None = None, genes: Collection[str] = ()) -> Truth:
    """Read `R_g.bed`, `<cell>.R_m.bed` and `<cell>.R_ag.bed` of a simulation's truth folder.

    Args:
        folder: the truth folder.
        cell: the cell.
        sizes: the genome's chromosomes and their bp; None: not checked.
        genes: ids of the genome's genes; empty: not checked.

    Raises:
        InputError: a file is missing or is no BED with a gene in its fourth column, or it fits none of the chromosomes or genes.
    """
    if not (folder / f"{cell}.R_ag.bed").is_file():
        known = sorted(p.name.removesuffix(".R_ag.bed") for p in folder.glob("*.R_ag.bed"))
        found = (", ".join(known) or "no cell") + meant(cell, known)
        raise InputError(f"{folder} has no truth for cell {cell}: expected {cell}.R_ag.bed, found {found}")
    causal: dict[str, list[Interval]] = {}
    for place, gene in _bed(folder / f"{cell}.R_ag.bed", sizes):
        causal.setdefault(gene, []).append(place)
    if genes and causal and causal.keys().isdisjoint(genes):
        listed = chroms.some(list(causal))
        raise InputError(f"{folder}/{cell}.R_ag.bed: none of its genes ({listed}) is a gene of the genome; expected the same ids")
    places = {p for name in ("R_g.bed", f"{cell}.R_m.bed") for p, _ in _bed(folder / name, sizes)}
    return Truth(cell, {gene: tuple(sorted(found)) for gene, found in causal.items()}, tuple(sorted(places)))


def _bed(path: Path, sizes: Mapping[str, int] | None) -> list[tuple[Interval, str]]:
    """Places and names of a BED file; its chromosomes must be the genome's, where `sizes` says those."""
    if not path.is_file():
        raise InputError(f"{path} is missing: the truth of a simulation holds R_g.bed and, by cell, R_m.bed and R_ag.bed")
    rows = []
    for number, line in numbered(path):
        fields = line.split("\t")
        if len(fields) < 4 or not (fields[1] + fields[2]).isdecimal() or int(fields[2]) < int(fields[1]):
            raise InputError(f"{path} line {number} is no BED row: expected chrom, start, end, name separated by tabs")
        rows.append(fields)
    names = chroms.renames([fields[0] for fields in rows], sizes, path) if sizes else {}
    return [(Interval(names.get(chrom, chrom), int(start), int(end)), name) for chrom, start, end, name, *_ in rows]
