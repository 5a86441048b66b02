"""Where elements lie and what they are: promoters, enhancers and their targets, and everything that only looks like them."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.genome import Interval, Strand
from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.genes import Transcript
from seq2exp_py.simulate.layout import Element, Free, IntArray, Layout, Link, domain_of, order
from seq2exp_py.simulate.motifs import by_lineage
from seq2exp_py.store.crowding import crowding

LOOK_ALIKES = ("orphan", "dormant", "decoy")
LINEAGE_WEIGHTS = {"common": 0.25, "erythroid": 0.3, "lymphoid": 0.3, "hepatic": 0.15}
ANCHOR = 5_000  # bp; contact is 1 there
TRIES = 30  # places tried for an element before its neighbourhood counts as full
PILE_UP, DUPLICATION = 1_500, 2_000  # bp of one blacklisted stretch, of one young copy


def plan(config: Config, transcripts: list[Transcript]) -> Layout:
    """Place everything on the genome: domains, unusable stretches, elements, and which enhancer reaches which promoter."""
    rng = config.rng("elements")
    domains = _domains(config, transcripts, rng)
    gaps, blacklist, duplicated = _unusable(config, transcripts, rng)
    free = Free(config.sizes)
    for place in [*gaps, *blacklist, *duplicated]:
        free.take(place)
    for t in transcripts:
        free.take(Interval.around(t.gene.body.chrom, t.gene.tss, 2_000))
        for start, end in t.exons:
            free.take(Interval(t.gene.body.chrom, int(start), int(end)))
    elements = [_promoter(config, t, i, rng) for i, t in enumerate(transcripts)]
    elements += _at_boundaries(config, domains, free)
    elements += _around_genes(config, transcripts, domains, free, rng)
    elements.sort(key=lambda e: order(e.place))
    return Layout(elements, _links(config, transcripts, elements, domains), domains, blacklist, duplicated, gaps)


def decay(distance: NDArray[np.float64], config: Config, flat: int) -> NDArray[np.float64]:
    """Expected contact at a distance in bp, over that at 5 kb: a power law, which does not rise within `flat` bp."""
    return np.asarray((np.maximum(distance, flat) / ANCHOR) ** -config.exponent, dtype=np.float64)


def _domains(config: Config, transcripts: list[Transcript], rng: np.random.Generator) -> list[Interval]:
    """Cut chromosomes in the middle of gaps between genes, every few genes."""
    found = []
    for chrom, size in config.sizes.items():
        bodies = [t.gene.body for t in transcripts if t.gene.body.chrom == chrom]
        edges = [0]
        for left, right in pairwise(bodies):
            if right.start - left.end >= 4_000 and rng.random() < 1 / config.genes_per_domain:
                edges.append((left.end + right.start) // 2)
        found += [Interval(chrom, a, b) for a, b in pairwise([*edges, size])]
    return found


def _unusable(config: Config, transcripts: list[Transcript], rng: np.random.Generator) -> tuple[list[Interval], ...]:
    """N, blacklisted pile-ups and young duplications, none of them within 1 kb of a gene."""
    free = Free(config.sizes)
    for t in transcripts:
        free.take(Interval(t.gene.body.chrom, t.gene.body.start - 1_000, t.gene.body.end + 1_000))
    gaps: list[Interval] = []
    blacklist: list[Interval] = []
    duplicated: list[Interval] = []
    for chrom, size in config.sizes.items():
        gaps += [Interval(chrom, 0, config.telomere), Interval(chrom, size - config.telomere, size)]
        copies = int(config.duplicated * size / DUPLICATION)
        wanted = [(gaps, config.gap)] + [(blacklist, PILE_UP)] * max(1, size // 1_000_000) + [(duplicated, DUPLICATION)] * copies
        for places, length in wanted:
            starts = rng.integers(config.telomere, size - config.telomere - length, TRIES)
            places += _first(free, chrom, starts, length)
    return tuple(sorted(places, key=order) for places in (gaps, blacklist, duplicated))


def _first(free: Free, chrom: str, starts: NDArray[np.int64], length: int) -> list[Interval]:
    """The first of some places that is free, taken; none where none is."""
    for start in starts:
        place = Interval(chrom, int(start), int(start) + length)
        if free.offer(place):
            return [place]
    return []


def _promoter(config: Config, t: Transcript, index: int, rng: np.random.Generator) -> Element:
    """The last 250 bp before the TSS and the first 50 from it on, in the direction of transcription."""
    start = t.gene.tss - (config.width - 50) if t.gene.strand is Strand.PLUS else t.gene.tss - 49
    lineages = list(LINEAGE_WEIGHTS)[1:] if rng.random() < config.lineage_promoters else ["housekeeping"]
    module = str(rng.choice(by_lineage(*lineages)))
    return Element(Interval(t.gene.body.chrom, start, start + config.width), "promoter", module, index)


def _at_boundaries(config: Config, domains: list[Interval], free: Free) -> list[Element]:
    """A CTCF site at each boundary between domains."""
    edges = [
        Interval.around(right.chrom, right.start, config.width) for left, right in pairwise(domains) if left.chrom == right.chrom
    ]
    return [Element(place, "insulator", "ctcf", -1) for place in edges if free.offer(place)]


def _around_genes(
    config: Config, transcripts: list[Transcript], domains: list[Interval], free: Free, rng: np.random.Generator
) -> list[Element]:
    """Enhancers, log-uniform in distance within the gene's domain, and their look-alikes, which are so too or spread evenly."""
    means = {"enhancer": config.enhancers, "orphan": config.orphans, "dormant": config.dormant}
    means |= {"decoy": config.decoys, "insulator": config.insulators}
    names, weights = list(LINEAGE_WEIGHTS), list(LINEAGE_WEIGHTS.values())
    found = []
    for index, (t, home) in enumerate(zip(transcripts, _homes(domains, transcripts), strict=True)):
        kinds = [kind for kind, mean in means.items() for _ in range(rng.poisson(mean))]
        for number in rng.permutation(len(kinds)):
            grammar = str(rng.choice(by_lineage(str(rng.choice(names, p=weights)))))
            module = {"decoy": "", "insulator": "ctcf"}.get(kinds[number], grammar)
            even = config.look_alikes == "even" and kinds[number] in LOOK_ALIKES
            place = _near(config, t.gene.tss, domains[home], free, rng, even)
            if place is not None:
                found.append(Element(place, kinds[number], module, index))
    return found


def _homes(domains: list[Interval], transcripts: list[Transcript]) -> IntArray:
    """(genes,) index of the domain of each TSS."""
    return domain_of(domains, [t.gene.body.chrom for t in transcripts], [t.gene.tss for t in transcripts])


def _near(config: Config, tss: int, domain: Interval, free: Free, rng: np.random.Generator, even: bool) -> Interval | None:
    """A free place for an element around a TSS, taken; None where the neighbourhood is full."""
    least, most = config.nearest, config.reach - config.width
    distances = rng.uniform(least, most, TRIES) if even else np.exp(rng.uniform(np.log(least), np.log(most), TRIES))
    for distance, sign in zip(distances, rng.choice([-1, 1], TRIES), strict=True):
        place = Interval.around(domain.chrom, int(tss + sign * distance), config.width)
        if domain.overlap(place) == place.width and free.offer(place):
            return place
    return None


def _crowding(transcripts: list[Transcript]) -> NDArray[np.float64]:
    """(genes,) how far each promoter is without competitors, all as strong, in (0, 1]."""
    chroms, tss = np.array([t.gene.body.chrom for t in transcripts]), np.array([t.gene.tss for t in transcripts])
    return crowding(chroms, tss, np.ones(len(tss)))


def _links(config: Config, transcripts: list[Transcript], elements: list[Element], domains: list[Interval]) -> list[Link]:
    """Each enhancer reaches the promoter that it was placed for, some also a second one of its domain within reach."""
    rng = config.rng("links")
    tss = np.array([t.gene.tss for t in transcripts])
    home = _homes(domains, transcripts)
    alone = _crowding(transcripts) ** config.competition
    found = []
    for index, element in enumerate(elements):
        if element.kind != "enhancer":
            continue
        distance = np.abs(tss - element.place.centre).astype(float)
        others = np.flatnonzero((home == home[element.gene]) & (distance < config.reach - config.width))
        others = others[others != element.gene]
        second, pick, loops = rng.random(), rng.random(), config.loop_mean * np.exp(config.loop_sigma * rng.standard_normal(2))
        targets = [element.gene]
        if second < config.second_target and len(others):
            targets.append(int(others[int(pick * len(others))]))
        near = decay(distance, config, config.flat) * alone
        found += [Link(index, g, float(loop), float(near[g] * loop)) for g, loop in zip(targets, loops, strict=False)]
    return found
