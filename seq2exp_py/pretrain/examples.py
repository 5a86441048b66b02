"""The windows that the classifier learns from and is scored on: peaks of any cell, and background."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.pretrain import background, grid
from seq2exp_py.pretrain.areas import HELD, Area, fold_at
from seq2exp_py.pretrain.network import WINDOW
from seq2exp_py.pretrain.peaks import Source
from seq2exp_py.pretrain.settings import Settings
from seq2exp_py.progress import counted
from seq2exp_py.store import BASES, windows
from seq2exp_py.store.read import GenomeStore

PEAK, MATCHED, RANDOM = 0, 1, 2
FEWEST = 10  # peaks that a network must have to learn from; below it there is nothing to find


@dataclass(frozen=True)
class Examples:
    """n windows, by chromosome and place.

    Attributes:
        codes: (n, WINDOW + 2 jitter) uint8, codes of `BASES` of the window and what it may be moved over.
        kind: (n,) PEAK, MATCHED or RANDOM.
        fold: (n,) the fold whose area holds the window; HELD where no network may learn from it.
        open: (n, cells) bool, whether it is a peak of the cell.
        height: (n, cells) float32, log(1 + accessibility / the cell's scale) at its centre.
        gc: (n,) float32, share of G and C among the known bases around its centre.
    """

    codes: NDArray[np.uint8]
    kind: NDArray[np.int64]
    fold: NDArray[np.int64]
    open: NDArray[np.bool_]
    height: NDArray[np.float32]
    gc: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.kind)

    def chosen(self, which: NDArray[np.bool_]) -> "Examples":
        """Some of the windows."""
        return Examples(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def examples(genome: GenomeStore, sources: Sequence[Source], where: list[Area], chosen: Settings, seed: int) -> Examples:
    """Collect the windows of a genome; the same seed gives the same ones.

    Raises:
        InputError: a fold's network would have next to no peak to learn from.
    """
    named = dict.fromkeys(area.chrom for area in where)
    parts = [_of_chromosome(genome, sources, where, chrom, chosen, seed) for chrom in counted(named, "windows, chromosomes")]
    names = Examples.__dataclass_fields__
    found = Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    _enough(found, genome, sources, chosen)
    return found


def _enough(found: Examples, genome: GenomeStore, sources: Sequence[Source], chosen: Settings) -> None:
    training = (found.kind == PEAK) & (found.fold != HELD)
    cells = ", ".join(source.cell.name for source in sources)
    for fold in range(chosen.folds):
        number = int((training & (found.fold != fold)).sum())
        if number < FEWEST:
            raise InputError(
                f"{genome.folder}: {number} peaks of {cells} are left to learn from where fold {fold + 1} of {chosen.folds} is "
                f"kept aside, expected {FEWEST} or more; give it more peaks, or more chromosomes to train on in --splits"
            )
    for i, source in enumerate(sources):
        if not (training & found.open[:, i]).any():
            raise InputError(
                f"{source.cell.folder}: cell {source.cell.name} has no peak on a training chromosome with sequence; "
                "check its peaks, or leave the cell out"
            )


def _of_chromosome(
    genome: GenomeStore, sources: Sequence[Source], where: list[Area], chrom: str, chosen: Settings, seed: int
) -> Examples:
    codes, size = genome.sequence(chrom), genome.chromosomes[chrom]
    assert codes is not None
    rng = np.random.default_rng([seed, *chrom.encode()])
    around, peaks = grid.composition(codes), [source.peaks(chrom) for source in sources]
    summits = _merged(np.sort(np.concatenate([p.summits for p in peaks])), chosen.merge)
    summits = summits[_usable(genome, chrom, around)[summits // grid.STEP]]
    free = _free(genome, chrom, around, [(p.starts, p.ends) for p in peaks], chosen)
    at = [summits, *_background(summits // grid.STEP, free, around, where, chrom, chosen, rng)]
    centres, kind = np.concatenate(at), np.repeat([PEAK, MATCHED, RANDOM], [len(a) for a in at])
    fold = _folds(where, chrom, centres, chosen)
    order = np.flatnonzero(fold != -2)[np.argsort(centres[fold != -2], kind="stable")]
    centres, kind, fold = centres[order], kind[order], fold[order]
    half = chosen.merge // 2
    is_open = [_holds(p.starts - half, p.ends + half, centres) for p in peaks]
    return Examples(
        codes=_cut(codes, centres, WINDOW + 2 * chosen.jitter),
        kind=kind,
        fold=fold,
        open=np.stack(is_open, axis=1) & (kind == PEAK)[:, None],
        height=np.stack([_height(source, chrom, centres, size) for source in sources], axis=1),
        gc=(around.gc / np.maximum(around.known, 1))[centres // grid.STEP].astype(np.float32),
    )


def _merged(summits: NDArray[np.int64], within: int) -> NDArray[np.int64]:
    """The middle of each group of sorted summits that follow the group's first by less than `within` bp."""
    out, first = [], 0
    while first < len(summits):
        last = int(np.searchsorted(summits, summits[first] + max(within, 1), side="left"))
        out.append(int(summits[first:last].mean()))
        first = last
    return np.array(out, np.int64)


def _usable(genome: GenomeStore, chrom: str, around: grid.Composition) -> NDArray[np.bool_]:
    """(steps,) nine tenths of the bases around are known, and the step is not blacklisted."""
    none = np.zeros(0, np.int64)
    excluded = grid.touched(*genome.excluded.get(chrom, (none, none)), genome.chromosomes[chrom], 0)
    return np.asarray(~excluded & (around.known >= 0.9 * (2 * grid.AROUND + 1) * grid.STEP))


def _free(
    genome: GenomeStore,
    chrom: str,
    around: grid.Composition,
    peaks: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    chosen: Settings,
) -> NDArray[np.int64]:
    """Steps that may be background: usable, and no peak in the window however it is moved."""
    reach = -(-(WINDOW // 2 + chosen.jitter) // grid.STEP)
    free = _usable(genome, chrom, around)
    for starts, ends in peaks:
        free &= ~grid.touched(starts, ends, genome.chromosomes[chrom], reach)
    return np.flatnonzero(free)


def _background(
    summits: NDArray[np.int64],
    free: NDArray[np.int64],
    around: grid.Composition,
    where: list[Area],
    chrom: str,
    chosen: Settings,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Centres of matched and of random windows, area by area, so that each fold has its own."""
    alike, other = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for area in where:
        if area.chrom != chrom:
            continue
        first, last = -(-area.start // grid.STEP), area.end // grid.STEP
        peaks, left = (x[(x >= first) & (x < last)] for x in (summits, free))
        alike.append(background.centres(background.matched(peaks, left, around, rng), rng))
        other.append(background.centres(background.anywhere(round(chosen.random * len(peaks)), left, rng), rng))
    return np.concatenate(alike), np.concatenate(other)


def _folds(where: list[Area], chrom: str, centres: NDArray[np.int64], chosen: Settings) -> NDArray[np.int64]:
    """Fold of each window; -2 for those that could, once moved, be within half a window of another area's bases."""
    reach = WINDOW + chosen.jitter
    size = max(area.end for area in where if area.chrom == chrom)
    return fold_at(where, chrom, np.maximum(centres - reach, 0), np.minimum(centres + reach, size))


def _holds(starts: NDArray[np.int64], ends: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether any of sorted intervals holds a base."""
    return np.asarray(np.searchsorted(starts, at, side="right") > np.searchsorted(np.sort(ends), at, side="right"))


def _height(source: Source, chrom: str, centres: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    signal = source.signal(chrom)
    if signal is None:
        return np.zeros(len(centres), np.float32)
    return np.log1p(np.maximum(signal[np.clip(centres, 0, size - 1)], 0) / np.float32(source.scale()))


def _cut(codes: NDArray[np.uint8], centres: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    out = np.empty((len(centres), width), np.uint8)
    for row, centre in zip(out, centres.tolist(), strict=True):
        windows.cut(codes, centre - width // 2, row, BASES.index("N"))
    return out
