"""What can be wrong with one file of the samplesheet, found before anything is computed: one sentence each, and notes."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome.chroms import some
from seq2exp_py.genome.interval import OVERHANG
from seq2exp_py.notes import Note
from seq2exp_py.tracks import expression, names, peaks
from seq2exp_py.tracks.contacts import open_contacts
from seq2exp_py.tracks.fragments import Fragments
from seq2exp_py.tracks.options import Unit
from seq2exp_py.tracks.reads import Alignments
from seq2exp_py.tracks.samplesheet import Row
from seq2exp_py.tracks.signal import BedGraph, BigWig, of_row

PROBE = 1000  # bases read at both ends and in the middle of a chromosome, to see that the file can be read there


def signal(row: Row, sizes: Mapping[str, int]) -> None:
    """Note what is good to know of a signal file; raises InputError if it does not fit a genome of chromosomes `sizes` (bp)."""
    with of_row(row) as track:
        shared = _shared(row, track.chroms, sizes, track.sizes)
        _inside(row.path, shared, track.ends, sizes)
        if isinstance(track, Alignments):
            track.index()
            return
        for ours, theirs in shared.items() if not isinstance(track, Fragments) else ():  # looked through when opened
            for start in (0, sizes[ours] // 2, sizes[ours] - PROBE):
                track.values(theirs, start, start + PROBE)
        if isinstance(track, BigWig | BedGraph):
            track.note_values(shared.values())
    _lacking(Note.SIGNAL_LACKS, row.path, shared, sizes)


def contacts(row: Row, sizes: Mapping[str, int], norm: str) -> None:
    """Note what is good to know of a contact map, among it the normalisation that will be used; raises InputError as `signal`."""
    with open_contacts(row.path, norm, format=row.format) as found:
        shared = _shared(row, found.chroms, sizes, found.sizes)
        for ours, theirs in shared.items():
            middle = sizes[ours] // 2 // found.bin_size
            found.row(theirs, middle, middle - 1, middle + 2)
        masked = [ours for ours, theirs in shared.items() if theirs in set(found.unbalanced())]
        if masked:
            Note.UNBALANCED.add(path=row.path, normalisation=found.normalisation, chromosomes=some(masked))
        found.bounds.note_contacts(row.path)
        Note.NORMALISATION.add(path=row.path, bin_size=found.bin_size, normalisation=found.normalisation)
    _lacking(Note.CONTACTS_LACK, row.path, shared, sizes)


def peak(row: Row, sizes: Mapping[str, int]) -> None:
    """Note what is good to know of a peak file; raises InputError as `signal`."""
    table = peaks.read(row.path, row.format)
    if table.empty:
        raise InputError(f"{row.path}: holds no peak")
    ends = {str(chrom): int(end) for chrom, end in table.groupby("chrom")["end"].max().items()}
    shared = _shared(row, ends, sizes)
    _inside(row.path, shared, ends, sizes)
    _lacking(Note.PEAKS_LACK, row.path, shared, sizes)


def measured(row: Row, genes: pd.DataFrame, column: str | None, unit: Unit, least: float) -> "pd.Series[bool]":
    """Which genes an expression table measures.

    Args:
        row: the table.
        genes: columns gene_id and gene_name; empty where they could not be read.
        column: see `expression.read`.
        unit: see `expression.read`.
        least: share of the genes that it must measure.

    Raises:
        InputError: the table cannot be read, or it measures fewer.
    """
    values = expression.read(row.path, column, unit, row.cell)
    found = expression.match(values, genes["gene_id"], genes["gene_name"]).notna()
    if len(genes) and (found.sum() < least * len(genes) or not found.any()):
        raise InputError(
            f"{row.path}: measures {int(found.sum())} of {len(genes)} genes; its genes in column '{values.index.name}' are "
            f"{some(list(values.index))}, those wanted {some(list(genes['gene_id']))}; expected the same Ensembl ids or names"
        )
    return found


def _shared(
    row: Row, theirs: Collection[str], sizes: Mapping[str, int], lengths: Mapping[str, int] | None = None
) -> dict[str, str]:
    """The genome's chromosomes that the file has → the file's names for them."""
    shared = names.of_file(row, theirs, sizes, lengths)
    if not shared:
        raise InputError(f"{row.path}: {names.explain(theirs, list(sizes))}")
    return shared


def _inside(path: Path, shared: Mapping[str, str], ends: Mapping[str, int], sizes: Mapping[str, int]) -> None:
    """Refuse intervals that end further past their chromosome than an extended read does, and note shorter ones."""
    over = {theirs: ends.get(theirs, 0) - sizes[ours] for ours, theirs in shared.items()}
    for ours, theirs in shared.items():
        if over[theirs] > OVERHANG:
            raise InputError(
                f"{path}: an interval of {theirs} ends at {ends[theirs]}, past the {sizes[ours]} bp of {ours} in the FASTA; "
                "it belongs to another assembly"
            )
    past = [theirs for theirs, bases in over.items() if bases > 0]
    if past:
        Note.PAST_END.add(path=path, bases=max(over.values()), chromosomes=some(past))


def _lacking(note: Note, path: Path, shared: Collection[str], sizes: Mapping[str, int]) -> None:
    lacking = [name for name in sizes if name not in shared]
    if lacking:
        note.add(path=path, chromosomes=some(lacking))
