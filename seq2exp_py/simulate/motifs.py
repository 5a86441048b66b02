"""The planted grammar: transcription factors as PWMs, and modules of two motifs at a set distance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Codes = NDArray[np.uint8]

IUPAC = {"A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC", "N": "ACGT"}
SHARP = 0.92  # probability of a consensus letter: ~1.5 bits a position, as in the core of a well-defined vertebrate PWM
BOUND = 0.4  # affinity that a site needs to be bound: log odds of 70 % of the best, a usual cut-off of PWM scans

# Consensus sequences of well-known factors, 5' to 3'.
FACTORS = {
    "SP1": "GGGGCGGGGC",
    "NFY": "RRCCAATSR",
    "NRF1": "GCGCATGCGC",
    "YY1": "AAGATGGCGGC",
    "AP1": "TGASTCA",
    "GATA1": "AGATAAGR",
    "TAL1": "RCAGCTGY",
    "KLF1": "CCMCACCCW",
    "SPI1": "AAAGAGGAAGTG",
    "IRF4": "GAAASTGAAA",
    "EBF1": "TCCCNNGGGA",
    "RUNX3": "TGTGGTTW",
    "HNF4A": "CAAAGTCCA",
    "FOXA1": "TGTTTACWYW",
    "CEBPA": "TTGCGCAAT",
    "CTCF": "CCGCGNGGNGGCAG",
}
LINEAGES = ("erythroid", "lymphoid", "hepatic")


@dataclass(frozen=True, slots=True)
class Module:
    """Motifs of `factors` one after the other on one strand, `gap[0]`..`gap[1]` bases (inclusive) between neighbours."""

    name: str
    factors: tuple[str, ...]
    gap: tuple[int, int]
    lineage: str


MODULES = {
    m.name: m
    for m in (
        Module("sp1-nfy", ("SP1", "NFY"), (8, 20), "housekeeping"),
        Module("nrf1-yy1", ("NRF1", "YY1"), (5, 15), "housekeeping"),
        Module("yy1-nfy", ("YY1", "NFY"), (5, 20), "housekeeping"),
        Module("ap1-sp1", ("AP1", "SP1"), (10, 20), "common"),
        Module("ebox-gata", ("TAL1", "GATA1"), (6, 8), "erythroid"),  # the E-box–GATA composite: the half-turn is fixed
        Module("gata-klf", ("GATA1", "KLF1"), (5, 15), "erythroid"),
        Module("ets-irf", ("SPI1", "IRF4"), (1, 3), "lymphoid"),  # the ETS–IRF composite element
        Module("ebf-runx", ("EBF1", "RUNX3"), (5, 15), "lymphoid"),
        Module("foxa-hnf4", ("FOXA1", "HNF4A"), (5, 15), "hepatic"),
        Module("cebp-hnf4", ("CEBPA", "HNF4A"), (5, 15), "hepatic"),
        Module("ctcf", ("CTCF",), (0, 0), "insulator"),
    )
}


def by_lineage(*lineages: str) -> list[str]:
    """Names of the modules of some lineages, in the order of `MODULES`."""
    return [m.name for m in MODULES.values() if m.lineage in lineages]


def pwm(factor: str) -> FloatArray:
    """(length, 4) probabilities of A, C, G, T at each position of a factor's motif."""
    rows = np.zeros((len(FACTORS[factor]), 4))
    for row, letter in zip(rows, FACTORS[factor], strict=True):
        allowed = ["ACGT".index(base) for base in IUPAC[letter]]
        row[:] = (1 - SHARP) / (4 - len(allowed)) if len(allowed) < 4 else 0.0
        row[allowed] = (SHARP if len(allowed) < 4 else 1.0) / len(allowed)
    return rows


def log_odds(factor: str) -> FloatArray:
    """(length, 4) log2 odds against equal bases."""
    odds: FloatArray = np.log2(pwm(factor) / 0.25)
    return odds


def affinity(factor: str, site: Codes) -> float:
    """Affinity of a site: its log odds over the best, from 0 (half of the best or less) to 1 (consensus)."""
    table = log_odds(factor)
    share = table[np.arange(len(site)), site].sum() / table.max(axis=1).sum()
    return float(np.clip(2 * share - 1, 0, 1))


def sample(factor: str, rng: np.random.Generator) -> Codes:
    """Draw one site that the factor binds from its PWM, as codes A0 C1 G2 T3."""
    cumulative = pwm(factor).cumsum(axis=1)
    while True:
        site: Codes = (rng.random(len(cumulative))[:, None] > cumulative[:, :3]).sum(axis=1).astype(np.uint8)
        if affinity(factor, site) >= BOUND:
            return site


def reverse_complement(codes: Codes) -> Codes:
    """The other strand, 5' to 3'; N stays N."""
    other: Codes = np.array([3, 2, 1, 0, 4], dtype=np.uint8)[codes[::-1]]
    return other


def instance(module: str, rng: np.random.Generator) -> tuple[list[tuple[int, Codes]], int, float]:
    """Draw one instance of a module on the plus strand.

    Returns:
        Sites as (offset, codes) from the instance's first base, its length in bp, and the mean affinity of its sites.
    """
    spec = MODULES[module]
    sites: list[tuple[int, Codes]] = []
    at, affinities = 0, []
    for factor in spec.factors:
        site = sample(factor, rng)
        sites.append((at, site))
        affinities.append(affinity(factor, site))
        at += len(site) + int(rng.integers(spec.gap[0], spec.gap[1] + 1))
    length = sites[-1][0] + len(sites[-1][1])
    return sites, length, float(np.mean(affinities))
