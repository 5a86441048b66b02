"""Intervals of a file beside the genome, put on it: every such file is checked here, by the same rule."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import chroms
from seq2exp_py.genome.interval import OVERHANG
from seq2exp_py.notes import Note


def on_genome(frame: pd.DataFrame, sizes: Mapping[str, int], path: Path, match: bool = False) -> pd.DataFrame:
    """The intervals on the genome's chromosomes, by its names; what is left out or cut is noted.

    Args:
        frame: columns chrom, start, end (0-based, half-open) and any others.
        sizes: the genome's chromosomes and their bp.
        path: the file, for notes and messages.
        match: pair `22` with `chr22` and `MT` with `chrM`.

    Raises:
        InputError: no chromosome is the genome's, one is misspelt, or an interval ends more than `OVERHANG` bp past its end.
    """
    names = chroms.renames(frame.chrom.unique(), sizes, path, match)
    here = frame.chrom.isin(list(names))
    if not here.all():
        lost = chroms.some(sorted(set(frame.chrom[~here])))
        Note.PLACES_ELSEWHERE.add(path=path, n=int((~here).sum()), total=len(frame), chromosomes=lost)
    kept = frame[here]
    return clipped(kept.assign(chrom=kept.chrom.map(names)), sizes, path)


def clipped(frame: pd.DataFrame, sizes: Mapping[str, int], path: Path) -> pd.DataFrame:
    """Intervals cut at the end of their chromosome, which all must have in `sizes`; those that begin past it are left out.

    Raises:
        InputError: an interval ends more than `OVERHANG` bp past its chromosome.
    """
    size = frame.chrom.map(sizes)
    beyond = frame.end > size
    if not beyond.any():
        return frame
    far = frame[frame.end > size + OVERHANG]
    if len(far):
        first = far.iloc[0]
        raise InputError(
            f"{path}: {first.chrom}:{first.start}-{first.end} ends past the {sizes[str(first.chrom)]} bp of its chromosome in the "
            "FASTA; it belongs to another assembly: give a file of the FASTA's assembly, or lift this one over"
        )
    listed = chroms.some(sorted(set(frame.chrom[beyond])))
    Note.PAST_END.add(path=path, bases=int((frame.end - size).max()), chromosomes=listed)
    return frame.assign(end=frame.end.clip(upper=size))[frame.start < size]
