"""The genome's bases: isochores, CpG islands, repeats, young duplications, N, and the grammar planted on top."""

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.genes import Transcript
from seq2exp_py.simulate.layout import Layout
from seq2exp_py.simulate.motifs import MODULES, instance, reverse_complement

Codes = NDArray[np.uint8]
Sequence = dict[str, Codes]
Masks = dict[str, NDArray[np.bool_]]

ISOCHORE = 50_000  # bp between the points of the GC curve
GC = {"UTR5": 0.60, "CDS": 0.52, "UTR3": 0.44}  # human averages
ISLAND = (600, 0.65)  # half width and GC of a CpG island; about 70 % of human promoters have one
ELEMENT_GC = 0.50  # of every element alike, so that composition alone does not tell decoys from enhancers
REPEAT_AGE = 0.13  # divergence of an interspersed repeat from its family, as of human Alu


def write(config: Config, transcripts: list[Transcript], layout: Layout) -> tuple[Sequence, Masks, NDArray[np.float64]]:
    """Draw the genome.

    Returns:
        Codes (A0 C1 G2 T3 N4) by chromosome, repeat masks by chromosome, and the grammar's strength of each element (0 without).
    """
    rng = config.rng("sequence")
    composition = {chrom: _composition(size, rng) for chrom, size in config.sizes.items()}
    islands, kept = _enrich(composition, transcripts, layout, rng)
    bases = {chrom: _draw(gc, islands[chrom], config.cpg_left, rng) for chrom, gc in composition.items()}
    repeats = _repeats(config, bases, kept, rng)
    for place in layout.duplicated:
        source = layout.duplicated[0]
        bases[place.chrom][place.start : place.end] = bases[source.chrom][source.start : source.end]
    strength = _plant(config, bases, layout)
    for place in layout.gaps:
        bases[place.chrom][place.start : place.end] = 4
        repeats[place.chrom][place.start : place.end] = False
    return bases, repeats, strength


def _composition(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """GC by base: a smooth curve of mean 0.41 and sd 0.04 (human isochores)."""
    points = np.clip(0.41 + 0.04 * rng.standard_normal(size // ISOCHORE + 2), 0.34, 0.56)
    return np.interp(np.arange(size), np.arange(len(points)) * ISOCHORE, points)


def _enrich(
    composition: dict[str, NDArray[np.float64]], transcripts: list[Transcript], layout: Layout, rng: np.random.Generator
) -> tuple[Masks, Masks]:
    """Raise GC in exons, elements and CpG islands, in place; return where islands are, and where no repeat may go."""
    islands = {chrom: np.zeros(len(gc), dtype=bool) for chrom, gc in composition.items()}
    kept = {chrom: np.zeros(len(gc), dtype=bool) for chrom, gc in composition.items()}
    for place in (e.place for e in layout.elements):
        composition[place.chrom][place.start : place.end] = ELEMENT_GC
        kept[place.chrom][place.start : place.end] = True
    promoters = {e.gene: MODULES[e.module].lineage for e in layout.elements if e.kind == "promoter"}
    for index, t in enumerate(transcripts):
        gc = composition[t.gene.body.chrom]
        for name, start, end in t.parts():
            gc[start:end] = GC[name]
            kept[t.gene.body.chrom][start:end] = True
        if rng.random() < (0.85 if promoters[index] == "housekeeping" else 0.3):
            low, high = max(0, t.gene.tss - ISLAND[0]), t.gene.tss + ISLAND[0]
            gc[low:high], islands[t.gene.body.chrom][low:high] = ISLAND[1], True
    return islands, {chrom: kept[chrom] | islands[chrom] for chrom in kept}


def _draw(gc: NDArray[np.float64], island: NDArray[np.bool_], cpg_left: float, rng: np.random.Generator) -> Codes:
    """Independent bases of a given GC; then most CpG outside islands decay to TpG or CpA."""
    strong = rng.random(len(gc)) < gc
    second = rng.random(len(gc)) < 0.5
    bases = np.where(strong, np.where(second, 1, 2), np.where(second, 0, 3)).astype(np.uint8)
    cpg = np.flatnonzero((bases[:-1] == 1) & (bases[1:] == 2) & ~island[:-1])
    cpg = cpg[rng.random(len(cpg)) >= cpg_left]
    first = rng.random(len(cpg)) < 0.5
    bases[cpg[first]], bases[cpg[~first] + 1] = 3, 0
    return bases


def _repeats(config: Config, bases: Sequence, kept: Masks, rng: np.random.Generator) -> Masks:
    """Overwrite a share of the genome with diverged copies of five families of 300 bp, on either strand."""
    families = rng.integers(0, 4, (5, 300)).astype(np.uint8)
    masks = {}
    for chrom, sequence in bases.items():
        masks[chrom] = np.zeros(len(sequence), dtype=bool)
        starts = rng.integers(0, len(sequence) - 300, int(config.repeats * len(sequence) / 300))
        starts = starts[~(kept[chrom][starts] | kept[chrom][starts + 150] | kept[chrom][starts + 299])]
        count = len(starts)
        copies = families[rng.integers(0, 5, count)]
        copies = np.where(rng.random(copies.shape) < REPEAT_AGE, rng.integers(0, 4, copies.shape), copies).astype(np.uint8)
        for start, copy, flip in zip(starts, copies, rng.random(count) < 0.5, strict=True):
            sequence[start : start + 300] = reverse_complement(copy) if flip else copy
            masks[chrom][start : start + 300] = True
    return masks


def _plant(config: Config, bases: Sequence, layout: Layout) -> NDArray[np.float64]:
    """Write one to three instances of its module into each element; strength saturates with their affinities."""
    rng = config.rng("grammar")
    strength = np.zeros(len(layout.elements))
    for index, element in enumerate(layout.elements):
        if not element.module:
            continue
        copies = int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])) if element.module != "ctcf" else 1
        slot, total = element.place.width // 3, 0.0
        for number in rng.permutation(3)[:copies]:
            start = element.place.start + int(number) * slot
            total += _instance(bases[element.place.chrom][start : start + slot], element.module, rng)
        strength[index] = 1 - np.exp(-0.9 * total)
    return strength


def _instance(slot: Codes, module: str, rng: np.random.Generator) -> float:
    """Write one instance of a module somewhere in a slot, in place, on either strand; return its affinity."""
    sites, length, affinity = instance(module, rng)
    at, flip = int(rng.integers(0, len(slot) - length + 1)), rng.random() < 0.5
    for offset, site in sites:
        left = at + (length - offset - len(site) if flip else offset)
        slot[left : left + len(site)] = reverse_complement(site) if flip else site
    return affinity
