"""P over the genome: every 20 bp judged on both strands, by networks that were not trained on it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from seq2exp_py import files
from seq2exp_py.pretrain import grid
from seq2exp_py.pretrain.areas import HELD, Area
from seq2exp_py.pretrain.network import WINDOW, Network
from seq2exp_py.progress import counted
from seq2exp_py.store import BASES, windows
from seq2exp_py.store.sequence import PROBABILITY, SUFFIX
from seq2exp_py.training.clock import Clock, OutOfTimeError

CHUNK = 1000  # steps read at once: 20 kb
KNOWN = 0.5  # least share of known bases around a step; below it there is no answer


def read_genome(
    networks: Sequence[Network],
    codes: dict[str, NDArray[np.uint8]],
    where: list[Area],
    cells: Sequence[str],
    folder: Path,
    clock: Clock,
) -> list[str]:
    """Write `p/<cell>/<chrom>.f2` for every chromosome; those that are there already are kept.

    Args:
        networks: one per fold, each not trained on its fold.
        codes: sequence of each chromosome, codes of `BASES`.
        where: areas of the genome.
        cells: names of the networks' outputs.
        folder: where to write.
        clock: when to stop.

    Returns:
        The files, from the folder.

    Raises:
        OutOfTimeError: there was no time for all of them; the same call goes on.
    """
    names = {chrom: [f"p/{cell}/{chrom}{SUFFIX}" for cell in cells] for chrom in codes}
    missing = [chrom for chrom in codes if not all((folder / name).is_file() for name in names[chrom])]
    total = sum(-(-grid.steps(len(codes[chrom])) // CHUNK) for chrom in missing)
    chunks = counted(_chunks(networks, {c: codes[c] for c in missing}, where), "reading, stretches of 20 kb", total)
    for chrom in missing:
        number = grid.steps(len(codes[chrom]))
        found = np.empty((len(cells), number), PROBABILITY)
        for first in range(0, number, CHUNK):
            if clock.over(0.0):
                raise OutOfTimeError
            values = next(chunks)
            found[:, first : first + len(values)] = values.T
        for name, row in zip(names[chrom], found, strict=True):
            with files.whole(folder / name) as part:
                row.tofile(part)
    return [name for chrom in codes for name in names[chrom]]


def _chunks(networks: Sequence[Network], codes: dict[str, NDArray[np.uint8]], where: list[Area]) -> Iterator[NDArray[np.float32]]:
    """(steps, cells) P of `CHUNK` steps after the other."""
    for chrom, bases in codes.items():
        areas = [area for area in where if area.chrom == chrom]
        for first in range(0, grid.steps(len(bases)), CHUNK):
            yield _chunk(networks, bases, areas, first, min(first + CHUNK, grid.steps(len(bases))))


def _chunk(networks: Sequence[Network], codes: NDArray[np.uint8], areas: list[Area], first: int, last: int) -> NDArray[np.float32]:
    """(last - first, cells) P of the steps `[first, last)`; NaN where too little of the sequence is known."""
    start = first * grid.STEP + grid.STEP // 2 - WINDOW // 2
    stretch = np.empty((last - first - 1) * grid.STEP + WINDOW, np.uint8)
    windows.cut(codes, start, stretch, BASES.index("N"))
    out = np.full((last - first, networks[0].cells), np.nan, np.float32)
    known = np.convolve(stretch != BASES.index("N"), np.ones(WINDOW), "valid")[:: grid.STEP] >= KNOWN * WINDOW
    if not known.any():
        return out
    middles = np.arange(first, last) * grid.STEP + grid.STEP // 2
    fold = np.select([(middles >= a.start) & (middles < a.end) for a in areas], [a.fold for a in areas], HELD)
    for kind in set(fold[known].tolist()):
        used = networks if kind == HELD else [networks[kind]]
        mine = known & (fold == kind)
        logits = torch.stack([network.read(torch.from_numpy(stretch), grid.STEP) for network in used]).mean(0)
        out[mine] = torch.sigmoid(logits).numpy()[mine]
    return out
