"""Who may see which bases: areas that are held out, and folds of the rest."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome.splits import SPLITS
from seq2exp_py.pretrain import grid
from seq2exp_py.store import BASES
from seq2exp_py.store.read import GenomeStore

HELD = -1  # the fold of what no network is trained on


class Area(NamedTuple):
    """Bases `[start, end)` of a chromosome (0-based) that belong to one fold, or that are held out (`HELD`)."""

    chrom: str
    start: int
    end: int
    fold: int


def areas(genome: GenomeStore, folds: int) -> list[Area]:
    """Divide every chromosome that has sequence.

    Held out are chromosomes on which genes of the splits `valid` and `test` lie and none of `train`; where a chromosome has both,
    the windows of its `valid` and `test` genes are. The rest is divided by whole chromosomes, the one with the most known bases
    first, each to the fold that has the fewest; where there are fewer chromosomes than folds, each is first cut into as many parts
    as it takes, of equally many known bases. Bases that are N teach nothing, so they do not count.

    Returns:
        Areas by chromosome and start; together they hold every base of every chromosome with sequence once.

    Raises:
        InputError: no chromosome has sequence, or everything is held out.
    """
    known = {chrom: _known(codes) for chrom in genome.chromosomes if (codes := genome.sequence(chrom)) is not None}
    if not known:
        raise InputError(f"{genome.folder}: has no sequence at all, and peaks teach nothing without bases; make it with --fasta")
    held = {chrom: _held(genome, chrom) for chrom in known}
    free = {chrom: list(_rest(held[chrom], genome.chromosomes[chrom])) for chrom in known}
    training = [chrom for chrom in known if free[chrom]]
    if not training:
        raise InputError(
            f"{genome.folder}: every chromosome with sequence is held out (valid, test), so nothing is left to learn motifs from; "
            "leave a chromosome for training in --splits"
        )
    parts = -(-folds // len(training))
    pieces = {(chrom, i): part for chrom in training for i, part in enumerate(_cut(free[chrom], known[chrom], parts))}
    fold = _balanced({(chrom, i): int(_of(part, known[chrom]).sum()) for (chrom, i), part in pieces.items()}, folds)
    found = [Area(chrom, a, b, fold[chrom, i]) for (chrom, i), part in pieces.items() for a, b in part]
    found += [Area(chrom, a, b, HELD) for chrom in known for a, b in held[chrom]]
    order = {chrom: i for i, chrom in enumerate(genome.chromosomes)}
    return sorted(found, key=lambda area: (order[area.chrom], area.start))


def _held(genome: GenomeStore, chrom: str) -> list[tuple[int, int]]:
    """Sorted, disjoint stretches of a chromosome that no network may be trained on."""
    genes = genome.genes[genome.genes.chrom == chrom]
    kept = genes[genes.split.isin(SPLITS[1:])]
    size, half = genome.chromosomes[chrom], genome.manifest.window // 2
    if kept.empty:
        return []
    if not (genes.split == SPLITS[0]).any():
        return [(0, size)]
    found: list[tuple[int, int]] = []
    for tss in np.sort(kept.tss.to_numpy(np.int64)).tolist():
        start, end = max(tss - half, 0), min(tss + half, size)
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _rest(held: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """What of `[0, size)` is not held out."""
    at = 0
    for start, end in [*held, (size, size)]:
        if start > at:
            yield at, start
        at = end


def _known(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(steps,) number of known bases in each step of a chromosome."""
    return grid.per_step(codes != BASES.index("N")).astype(np.uint8)


def _of(stretches: list[tuple[int, int]], known: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(steps,) known bases of the steps that stretches touch, 0 elsewhere."""
    starts, ends = np.array(stretches, np.int64).reshape(-1, 2).T
    return np.where(grid.touched(starts, ends, len(known) * grid.STEP, 0), known, 0)


def _cut(stretches: list[tuple[int, int]], known: NDArray[np.uint8], parts: int) -> list[list[tuple[int, int]]]:
    """Cut stretches, at whole steps, into parts that hold equally many known bases."""
    done = np.cumsum(_of(stretches, known))
    inner = (np.searchsorted(done, [int(done[-1]) * i // parts for i in range(1, parts)]) + 1) * grid.STEP
    edges = [0, *inner.tolist(), len(known) * grid.STEP]
    return [[(max(a, low), min(b, high)) for a, b in stretches if max(a, low) < min(b, high)] for low, high in pairwise(edges)]


def _balanced(sizes: dict[tuple[str, int], int], folds: int) -> dict[tuple[str, int], int]:
    """Give each piece, the one of most known bases first, to the fold that has the fewest."""
    load, out = [0] * folds, {}
    for key in sorted(sizes, key=lambda k: (-sizes[k], k)):
        out[key] = load.index(min(load))
        load[out[key]] += sizes[key]
    return out


def fold_at(found: list[Area], chrom: str, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The fold of the area that holds each of some stretches `[start, end)` wholly; -2 where none does."""
    here = [area for area in found if area.chrom == chrom]
    lows = np.array([a.start for a in here], np.int64)
    highs, folds = np.array([a.end for a in here], np.int64), np.array([a.fold for a in here], np.int64)
    if not here:
        return np.full(len(starts), -2, np.int64)
    at = np.clip(np.searchsorted(lows, starts, side="right") - 1, 0, None)
    return np.where((starts >= lows[at]) & (ends <= highs[at]), folds[at], -2)
