"""Where elements lie and what they are: promoters, enhancers and their targets, and everything that only looks like them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.genes import Transcript
from seq2exp_py.simulate.motifs import by_lineage

STEP = 50  # resolution of the map of free space, bp
GRAMMAR = ("promoter", "enhancer", "orphan", "dormant")  # kinds that carry the grammar: R_g
LINEAGE_WEIGHTS = {"common": 0.25, "erythroid": 0.3, "lymphoid": 0.3, "hepatic": 0.15}
EXPONENT = 0.87  # of contact with distance, as in the ABC model (Fulco et al. 2019) and in K562 Hi-C
NEAR = 5_000  # bp; contact is flat within it


@dataclass(frozen=True, slots=True)
class Layout:
    """The genome's plan.

    Attributes:
        elements: columns id, chrom, start, end, kind, module ("" without grammar), gene (index of the gene it was placed for, -1 for none).
        links: columns element, gene (indices), distance (bp from the element's centre to the TSS), loop (enrichment over the
            distance's expectation), contact (distance decay × loop; 1 = an unlooped pair within 5 kb).
        domains: columns chrom, start, end: contact domains that tile the chromosomes.
        blacklist, duplicated, gaps: columns chrom, start, end.
    """

    elements: pd.DataFrame
    links: pd.DataFrame
    domains: pd.DataFrame
    blacklist: pd.DataFrame
    duplicated: pd.DataFrame
    gaps: pd.DataFrame


class Free:
    """Which places may still take an element."""

    def __init__(self, config: Config) -> None:
        self.taken = {chrom: np.zeros(size // STEP + 2, dtype=bool) for chrom, size in config.sizes.items()}
        self.sizes = config.sizes

    def take(self, chrom: str, start: int, end: int) -> None:
        """Mark a stretch as used."""
        self.taken[chrom][max(start, 0) // STEP : -(-end // STEP)] = True

    def offer(self, chrom: str, start: int, end: int, spacing: int = 200) -> bool:
        """Take a stretch if it and `spacing` bp on both sides are free."""
        low, high = start - spacing, end + spacing
        if low < 0 or high > self.sizes[chrom] or self.taken[chrom][low // STEP : -(-high // STEP)].any():
            return False
        self.take(chrom, start, end)
        return True


def plan(config: Config, transcripts: list[Transcript]) -> Layout:
    """Place everything on the genome: domains, unusable stretches, elements, and which enhancer reaches which promoter."""
    rng = config.rng("elements")
    domains = _domains(config, transcripts, rng)
    free = Free(config)
    gaps, blacklist, duplicated = _unusable(config, transcripts, free, rng)
    for t in transcripts:
        free.take(t.gene.body.chrom, t.gene.tss - 1_000, t.gene.tss + 1_000)
        for start, end in t.exons:
            free.take(t.gene.body.chrom, int(start), int(end))
    rows = [_promoter(config, t, i, rng) for i, t in enumerate(transcripts)]
    rows += _insulators(config, domains, free)
    rows += _around_genes(config, transcripts, domains, free, rng)
    elements = pd.DataFrame(rows, columns=["chrom", "start", "end", "kind", "module", "gene"])
    order = elements.assign(key=elements["chrom"].str[3:].astype(int)).sort_values(["key", "start", "end"], kind="stable").index
    elements = elements.loc[order].reset_index(drop=True)
    elements.insert(0, "id", [f"E{i:06d}" for i in range(1, len(elements) + 1)])
    return Layout(elements, _links(config, transcripts, elements, domains), domains, blacklist, duplicated, gaps)


def decay(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected contact at a distance in bp, 1 within 5 kb."""
    return (np.maximum(distance, NEAR) / NEAR) ** -EXPONENT


def domain_of(domains: pd.DataFrame, chroms: Sequence[str], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of the domain that holds each base, by chromosome and position."""
    chroms, found = np.asarray(chroms, dtype=object), np.zeros(len(positions), dtype=np.int64)
    for chrom, group in domains.groupby("chrom", sort=False):
        here = chroms == chrom
        found[here] = group.index[0] + np.searchsorted(group["start"].to_numpy(), positions[here], side="right") - 1
    return found


def homes(domains: pd.DataFrame, transcripts: list[Transcript]) -> NDArray[np.int64]:
    """Row of the domain of each gene's TSS."""
    return domain_of(domains, [t.gene.body.chrom for t in transcripts], np.array([t.gene.tss for t in transcripts]))


def _domains(config: Config, transcripts: list[Transcript], rng: np.random.Generator) -> pd.DataFrame:
    """Cut chromosomes in the middle of gaps between genes, every few genes."""
    rows = []
    for chrom, size in config.sizes.items():
        bodies = [t.gene.body for t in transcripts if t.gene.body.chrom == chrom]
        edges = [0]
        for left, right in zip(bodies[:-1], bodies[1:], strict=True):
            if right.start - left.end >= 4_000 and rng.random() < 1 / config.genes_per_domain:
                edges.append((left.end + right.start) // 2)
        rows += [(chrom, a, b) for a, b in zip(edges, [*edges[1:], size], strict=True)]
    return pd.DataFrame(rows, columns=["chrom", "start", "end"])


def _unusable(config: Config, transcripts: list[Transcript], free: Free, rng: np.random.Generator) -> tuple[pd.DataFrame, ...]:
    """N, blacklisted pile-ups and young duplications, none of them on a gene's exons or promoter."""
    for t in transcripts:
        free.take(t.gene.body.chrom, t.gene.body.start - 1_000, t.gene.body.end + 1_000)
    found: dict[str, list[tuple[str, int, int]]] = {"gap": [], "black": [], "dup": []}
    for chrom, size in config.sizes.items():
        found["gap"] += [(chrom, 0, config.telomere), (chrom, size - config.telomere, size)]
        copies = int(config.duplicated * size / 2_000)
        wanted = [("gap", config.gap)] + [("black", 1_500)] * max(1, size // 1_000_000) + [("dup", 2_000)] * copies
        for kind, length in wanted:
            for start in rng.integers(config.telomere, size - config.telomere - length, 20):
                if free.offer(chrom, int(start), int(start) + length):
                    found[kind].append((chrom, int(start), int(start) + length))
                    break
    bodies = {chrom: np.zeros_like(mask) for chrom, mask in free.taken.items()}
    free.taken = bodies
    for rows in found.values():
        for chrom, start, end in rows:
            free.take(chrom, start, end)
    gap, black, dup = (
        pd.DataFrame(sorted(found[k], key=_natural), columns=["chrom", "start", "end"]) for k in ("gap", "black", "dup")
    )
    return gap, black, dup


def _natural(row: tuple[str, int, int]) -> tuple[int, int]:
    return int(row[0][3:]), row[1]


def _promoter(config: Config, t: Transcript, index: int, rng: np.random.Generator) -> tuple[str, int, int, str, str, int]:
    """The last 250 bp before the TSS and the first 50 after it, in the direction of transcription."""
    upstream = config.width - 50
    start = t.gene.tss - upstream if t.gene.strand == "+" else t.gene.tss - 49
    lineages = list(LINEAGE_WEIGHTS)[1:] if rng.random() < config.lineage_promoters else ["housekeeping"]
    module = str(rng.choice(by_lineage(*lineages)))
    return t.gene.body.chrom, start, start + config.width, "promoter", module, index


def _insulators(config: Config, domains: pd.DataFrame, free: Free) -> list[tuple[str, int, int, str, str, int]]:
    """A CTCF site at each boundary between domains."""
    rows = []
    for left, right in zip(domains.itertuples(), list(domains.itertuples())[1:], strict=False):
        start = int(right.start) - config.width // 2
        if left.chrom == right.chrom and free.offer(str(right.chrom), start, start + config.width):
            rows.append((str(right.chrom), start, start + config.width, "insulator", "ctcf", -1))
    return rows


def _around_genes(
    config: Config, transcripts: list[Transcript], domains: pd.DataFrame, free: Free, rng: np.random.Generator
) -> list[tuple[str, int, int, str, str, int]]:
    """Enhancers and their look-alikes, all with the same law of distance: log-uniform within the gene's domain."""
    means = {"enhancer": config.enhancers, "orphan": config.orphans, "dormant": config.dormant}
    means |= {"decoy": config.decoys, "insulator": config.insulators}
    names, weights = list(LINEAGE_WEIGHTS), list(LINEAGE_WEIGHTS.values())
    rows = []
    for index, (t, home) in enumerate(zip(transcripts, homes(domains, transcripts), strict=True)):
        domain = domains.iloc[home]
        kinds = [kind for kind, mean in means.items() for _ in range(rng.poisson(mean))]
        for kind in rng.permutation(np.array(kinds, dtype=object)):
            grammar = str(rng.choice(by_lineage(str(rng.choice(names, p=weights)))))
            module = {"decoy": "", "insulator": "ctcf"}.get(str(kind), grammar)
            start = _near(config, t.gene.tss, (int(domain["start"]), int(domain["end"])), t.gene.body.chrom, free, rng)
            if start is not None:
                rows.append((t.gene.body.chrom, start, start + config.width, str(kind), module, index))
    return rows


def _near(
    config: Config, tss: int, bounds: tuple[int, int], chrom: str, free: Free, rng: np.random.Generator, tries: int = 30
) -> int | None:
    """Start of a free place for an element around a TSS; None where the neighbourhood is full."""
    distances = np.exp(rng.uniform(np.log(config.nearest), np.log(config.reach - config.width), tries))
    for distance, sign in zip(distances, rng.choice([-1, 1], tries), strict=True):
        start = int(tss + sign * distance) - config.width // 2
        if bounds[0] <= start and start + config.width <= bounds[1] and free.offer(chrom, start, start + config.width):
            return start
    return None


def _links(config: Config, transcripts: list[Transcript], elements: pd.DataFrame, domains: pd.DataFrame) -> pd.DataFrame:
    """Each enhancer reaches the promoter that it was placed for, some also a second one of its domain within reach."""
    rng = config.rng("links")
    rows = []
    tss = np.array([t.gene.tss for t in transcripts])
    home = homes(domains, transcripts)
    for index, element in elements[elements["kind"] == "enhancer"].iterrows():
        gene = int(element["gene"])
        centre = (int(element["start"]) + int(element["end"])) // 2
        second, extra = rng.random() < config.second_target, rng.random()
        others = np.flatnonzero(
            (home == home[gene]) & (np.abs(tss - centre) < config.reach - config.width) & (np.arange(len(tss)) != gene)
        )
        targets = [gene] + ([int(others[int(extra * len(others))])] if second and len(others) else [])
        for target, loop in zip(targets, config.loop_mean * np.exp(config.loop_sigma * rng.standard_normal(2)), strict=False):
            rows.append((index, target, abs(int(tss[target]) - centre), float(loop)))
    links = pd.DataFrame(rows, columns=["element", "gene", "distance", "loop"])
    return links.assign(contact=decay(links["distance"].to_numpy(float)) * links["loop"])
