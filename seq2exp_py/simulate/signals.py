"""DNase and H3K27ac reads: peaks of the elements on a biased, noisy background, and the tracks and peaks made of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

from seq2exp_py.genome import Strand
from seq2exp_py.genome.intervals import merge, stretches
from seq2exp_py.simulate.world import Cell, World

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

READ = 36  # bp, length of a read in BAM and tagAlign
GC_SPAN = 150  # bp over which base composition biases the library
WAVE = 50_000  # bp between the points of the slow wave of coverage
PILE_UP = 20  # reads of a blacklisted stretch over background
BIN = 10  # bp, resolution of the peak caller


@dataclass(frozen=True, slots=True)
class Assay:
    """How one kind of library looks.

    Attributes:
        name: of the track.
        extend: fragment length in bp that a read is extended to.
        humps: offsets in bp from the element's centre (promoters: downstream positive) where fragments pile up.
        spread: sd of a hump in bp.
        gc_bias: change of log depth per sd of GC over `GC_SPAN`.
    """

    name: str
    extend: int
    humps: tuple[int, ...]
    spread: float
    gc_bias: float


DNASE = Assay("DNase", 150, (0,), 70.0, 0.10)
H3K27AC = Assay("H3K27ac", 200, (-280, 280), 160.0, 0.20)  # the nucleosomes beside the open site
ASSAYS = (H3K27AC, DNASE)


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads of one library: per chromosome the first bases (0-based) of plus reads, and last bases of minus reads, sorted."""

    plus: dict[str, IntArray]
    minus: dict[str, IntArray]
    extend: int

    def coverage(self, chrom: str, size: int) -> IntArray:
        """(size,) number of extended fragments over each base."""
        change = np.zeros(size + 1, dtype=np.int64)
        for starts in (self.plus[chrom], self.minus[chrom] - self.extend + 1):
            np.add.at(change, np.clip(starts, 0, size), 1)
            np.add.at(change, np.clip(starts + self.extend, 0, size), -1)
        return np.cumsum(change[:-1])


def reads(world: World, cell: Cell, assay: Assay) -> Reads:
    """Draw the reads of a library: Poisson counts by base on each strand."""
    rng = world.config.rng("reads", cell.name, assay.name)
    heights = _heights(world, cell, assay)
    plus, minus = {}, {}
    for chrom, size in world.config.sizes.items():
        rate = _background(world, assay, chrom, rng)
        _add_peaks(world, assay, chrom, rate, heights)
        rate *= _mappable(world, chrom)
        # a fragment around the rate's place starts half its length before it
        plus[chrom] = _draw(rate / 2, -assay.extend // 2, size, rng)
        minus[chrom] = _draw(rate / 2, assay.extend // 2, size, rng)
    return Reads(plus, minus, assay.extend)


def _draw(rate: FloatArray, shift: int, size: int, rng: np.random.Generator) -> IntArray:
    edges = np.cumsum(rate)
    places = np.searchsorted(edges, rng.random(rng.poisson(edges[-1])) * edges[-1], side="right")
    return np.sort(np.clip(places + shift, 0, size - 1)).astype(np.int64)


def _heights(world: World, cell: Cell, assay: Assay) -> FloatArray:
    """(elements,) height of each element's peak, 1 for a typical strong one; 0 where closed.

    H3K27ac is absent from insulators, and at promoters follows expression (feedback of transcription on acetylation).
    """
    rng = world.config.rng("heights", cell.name, assay.name)
    heights = np.sqrt(cell.chromatin) * np.exp(world.config.height_sigma * rng.standard_normal(len(cell.chromatin)))
    if assay.name == H3K27AC.name:
        heights[world.layout.of_kind("insulator")] = 0
        level = np.log10(world.expression(cell)) - world.config.mean
        heights[world.promoters] *= 10 ** (world.config.feedback * np.clip(level, -2, 2))
    return np.asarray(heights, dtype=np.float64)


def _background(world: World, assay: Assay, chrom: str, rng: np.random.Generator) -> FloatArray:
    """Rate by base: copy number and chromatin waves, GC bias, weak peaks that no replicate shares, pile-ups on the blacklist."""
    config, codes = world.config, world.sequence[chrom]
    points = np.arange(0, len(codes) + WAVE, WAVE)
    wave = np.interp(np.arange(len(codes)), points, 0.15 * rng.standard_normal(len(points)))
    gc = np.cumsum(np.concatenate([[0], (codes == 1) | (codes == 2)]))
    share = (gc[GC_SPAN:] - gc[:-GC_SPAN]) / GC_SPAN
    share = np.pad(share, (GC_SPAN // 2, len(codes) - len(share) - GC_SPAN // 2), mode="edge")
    level = config.dnase_background if assay.name == DNASE.name else config.h3k27ac_background
    rate: FloatArray = level * np.exp(wave + assay.gc_bias * (share - share.mean()) / max(share.std(), 1e-9))
    apex = config.dnase_apex if assay.name == DNASE.name else config.h3k27ac_apex
    for centre in rng.integers(0, len(codes), rng.poisson(config.background_peaks * len(codes) / 1e6)):
        _bump(rate, int(centre), assay.spread, apex * 0.15 * rng.exponential())
    for place in (b for b in world.layout.blacklist if b.chrom == chrom):
        rate[place.start : place.end] = level * PILE_UP
    return rate


def _add_peaks(world: World, assay: Assay, chrom: str, rate: FloatArray, heights: FloatArray) -> None:
    apex = world.config.dnase_apex if assay.name == DNASE.name else world.config.h3k27ac_apex
    for element, height in zip(world.layout.elements, heights, strict=True):
        if element.place.chrom != chrom or not height:
            continue
        promoter = element.kind == "promoter"
        sign = -1 if promoter and world.transcripts[element.gene].gene.strand is Strand.MINUS else 1
        for hump in assay.humps:
            skew = 1.5 if promoter and hump > 0 else 1.0  # the +1 nucleosome carries more acetylation
            _bump(rate, element.place.centre + sign * hump, assay.spread, apex * float(height) * skew)


def _bump(rate: FloatArray, centre: int, spread: float, height: float) -> None:
    """Add a Gaussian, in place, out to 4 sd."""
    low, high = max(0, centre - int(4 * spread)), min(len(rate), centre + int(4 * spread) + 1)
    if low < high:
        rate[low:high] += height * np.exp(-0.5 * ((np.arange(low, high) - centre) / spread) ** 2)


def _mappable(world: World, chrom: str) -> FloatArray:
    """(size,) 1 where reads can be placed: not in N, a tenth as many in young duplications, slightly fewer in old repeats."""
    mappable = np.where(world.repeats[chrom], 0.85, 1.0)
    mappable[world.sequence[chrom] == 4] = 0
    for place in (d for d in world.layout.duplicated if d.chrom == chrom):
        mappable[place.start : place.end] = 0.1
    return mappable


def call_peaks(found: Reads, sizes: dict[str, int], q: float = 0.05) -> pd.DataFrame:
    """Call peaks as MACS does without control: Poisson against the larger of the genome's and the 10 kb around's mean.

    Returns:
        narrowPeak columns chrom, start, end, fold (signalValue), p and q (-log10), summit (offset in bp), sorted.
    """
    cover = {chrom: _binned(found.coverage(chrom, size)) for chrom, size in sizes.items()}
    genome = sum(c.sum() for c in cover.values()) / sum(map(len, cover.values()))
    local = {chrom: np.maximum(genome, _smooth(c, 10_000 // BIN)) for chrom, c in cover.items()}
    p = {chrom: -poisson.logsf(np.ceil(cover[chrom]) - 1, local[chrom]) / np.log(10) for chrom in cover}
    scores = dict(
        zip(p, np.split(_q_values(np.concatenate(list(p.values()))), np.cumsum([len(v) for v in p.values()])[:-1]), strict=True)
    )
    rows = [
        row
        for chrom in cover
        for row in _regions(chrom, sizes[chrom], cover[chrom], local[chrom], p[chrom], scores[chrom], q, found.extend)
    ]
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "fold", "p", "q", "summit"])


def _binned(coverage: IntArray) -> FloatArray:
    padded = np.pad(coverage, (0, -len(coverage) % BIN))
    return np.asarray(padded.reshape(-1, BIN).mean(axis=1), dtype=np.float64)


def _smooth(values: FloatArray, width: int) -> FloatArray:
    total = np.cumsum(np.concatenate([[0.0], np.pad(values, (width // 2, width - width // 2 - 1), mode="edge")]))
    return np.asarray((total[width:] - total[:-width]) / width, dtype=np.float64)


def _q_values(p: FloatArray) -> FloatArray:
    """Benjamini–Hochberg on -log10 p."""
    order = np.argsort(-p, kind="stable")
    ranked = p[order] + np.log10(np.arange(1, len(p) + 1) / len(p))
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum(np.maximum.accumulate(ranked[::-1])[::-1], 0)
    return adjusted


def _regions(
    chrom: str, size: int, cover: FloatArray, local: FloatArray, p: FloatArray, scores: FloatArray, q: float, extend: int
) -> Iterable[tuple[str, int, int, float, float, float, int]]:
    """Significant bins, joined over gaps of up to 30 bp, at least a fragment long."""
    for low, high in merge(stretches(scores > -np.log10(q)), gap=2).tolist():
        if (high - low) * BIN < extend:
            continue
        top = low + int(np.argmax(cover[low:high]))
        summit = (top - low) * BIN + BIN // 2
        yield chrom, low * BIN, min(high * BIN, size), cover[top] / local[top], p[top], scores[top], summit
