"""Sizes and constants of the simulated data: one frozen model, three presets, two worlds; `docs/simulator.md` gives the reasons."""

import re
import zlib
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from numpy.random import Generator

FORMATS = ("bigwig", "bedgraph", "bam", "tagalign")
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class Config(BaseModel):
    """Everything that decides the bytes of a simulated data set. Lengths in bp."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str
    world: str = "plain"
    seed: int = Field(1, ge=0)
    cells: tuple[str, ...] = ("cellA", "cellB")
    formats: tuple[str, str] = Field(("bigwig", "bigwig"), description="DNase and H3K27ac format of the last of several cells")

    # genome
    chromosomes: tuple[int, ...] = Field(description="length of chr1, chr2, …; the last is for test, the one before for validation")
    genes: int
    margin: int = Field(105_000, description="gene-free end of a chromosome, so that reference windows stay on it")
    body_median: int = Field(description="median length of a gene body")
    body_sigma: float = 0.7
    bidirectional: float = Field(0.1, description="share of genes that share a divergent promoter")
    telomere: int = Field(5_000, description="N at each end of a chromosome")
    gap: int = Field(1_000, description="N inside a chromosome, one stretch per chromosome")
    repeats: float = Field(0.10, description="share of bases in old, mappable interspersed repeats")
    duplicated: float = Field(0.02, description="share of bases in copies too young to map reads to")
    cpg_left: float = Field(0.25, description="share of CpG kept outside islands")
    genes_per_domain: float = 5.0

    # grammar and elements
    reach: int = Field(description="largest distance of an enhancer from its TSS")
    nearest: int = Field(1_500, description="smallest distance of an enhancer from its TSS")
    width: int = Field(300, description="length of an element")
    enhancers: float = Field(3.0, description="mean number of enhancers per gene")
    orphans: float = Field(1.0, description="mean number per gene of elements with grammar that reach no promoter")
    dormant: float = Field(1.0, description="mean number per gene of elements with grammar in chromatin that is never open")
    decoys: float = Field(2.0, description="mean number per gene of elements with signal but no grammar")
    insulators: float = Field(0.3, description="mean number per gene of CTCF sites beside those at domain boundaries")
    second_target: float = Field(0.15, description="chance that an enhancer regulates a second gene")
    lineage_promoters: float = Field(
        0.3, description="share of promoters with a lineage's grammar in place of housekeeping grammar"
    )
    decoy_open: float = Field(0.6, description="chance that a decoy is open in a cell")
    poised: float = Field(0.4, description="chance that an inactive promoter is open all the same")
    closed_domain: float = Field(0.15, description="chance that a domain is closed in a cell")
    look_alikes: Literal["as_enhancers", "even"] = Field(
        "as_enhancers", description="distances of orphans, dormant and decoys from their TSS: log-uniform as enhancers', or even"
    )

    # expression, log10 units
    share_promoter: float = 0.50
    share_enhancers: float = 0.42
    share_mrna: float = 0.08
    mean: float = 1.2
    sd: float = 0.65
    silent: float = -1.5
    noise: float = 0.45
    promoter_weight: float = Field(0.0, ge=0, description="weight of the promoter's activity in the sum that its enhancers add to")
    competition: float = Field(0.0, ge=0, description="power of a promoter's crowding by which its enhancers act less on it")
    least_effect: float = Field(0.0, ge=0, lt=1, description="share of expression that a knock-out must take to be in R_ag")

    # signals: reads per base
    dnase_background: float = 0.006
    dnase_apex: float = 0.35
    h3k27ac_background: float = 0.008
    h3k27ac_apex: float = 0.06
    height_sigma: float = Field(0.6, description="log sd of a signal's height at a given activity")
    feedback: float = Field(0.25, description="log10 H3K27ac of a promoter per log10 of its expression")
    background_peaks: float = Field(40.0, description="weak, irreproducible peaks per Mb and track")

    # contacts
    exponent: float = Field(0.87, ge=0, description="of the power law of contact with distance")
    flat: int = Field(5_000, gt=0, description="distance within which an enhancer's contact rises no more")
    bin_size: int = 5_000
    loop_mean: float = Field(2.5, description="median enrichment of the contact of an enhancer and its promoter")
    loop_sigma: float = 0.35
    contact_range: int = 2_000_000

    @field_validator("cells")
    @classmethod
    def _cells(cls, cells: tuple[str, ...]) -> tuple[str, ...]:
        if not cells or len(set(cells)) < len(cells) or not all(re.match(NAME, c) for c in cells):
            raise ValueError("cells need distinct names of letters, digits, '_', '.', '-'")
        return cells

    @field_validator("formats")
    @classmethod
    def _formats(cls, formats: tuple[str, str]) -> tuple[str, str]:
        if not set(formats) <= set(FORMATS):
            raise ValueError(f"formats are two of {', '.join(FORMATS)}: DNase's, H3K27ac's")
        return formats

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every chromosome by name, in bp."""
        return {f"chr{i}": size for i, size in enumerate(self.chromosomes, 1)}

    @property
    def splits(self) -> str:
        """Recommended split by chromosome, as `prepare-genome --splits` takes it."""
        *train, valid, test = self.sizes
        return f"train={','.join(train)};valid={valid};test={test}"

    @property
    def settings(self) -> str:
        """What sets the world apart from the preset's plain one, each after a comma; nothing where nothing does."""
        plain = preset(self.preset)
        named = {} if self.world == plain.world else {"world": self.world}
        changed = {k: v for k, v in self if v != getattr(plain, k) and k not in ("preset", "seed", "cells", "formats", "world")}
        return "".join(f", {key} {value}" for key, value in (named | changed).items())

    def rng(self, *purpose: str) -> "Generator":
        """An independent stream of random numbers for one purpose, so that one draw more or less elsewhere changes nothing here."""
        from numpy.random import default_rng

        return default_rng([self.seed, *(zlib.crc32(p.encode()) for p in purpose)])


PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"chromosomes": (320_000, 240_000, 240_000), "genes": 24, "margin": 40_000, "body_median": 5_000, "reach": 15_000},
    "demo": {
        "chromosomes": (2_000_000, 1_300_000, 1_000_000, 900_000),
        "genes": 200,
        "body_median": 7_000,
        "reach": 15_000,
        "formats": ("bam", "bedgraph"),
    },
    "small": {
        "chromosomes": (9_000_000, 8_000_000, 7_000_000, 6_000_000, 6_000_000, 5_000_000, 7_000_000),
        "genes": 800,
        "body_median": 18_000,
        "reach": 90_000,
    },
}


WORLDS: dict[str, dict[str, Any]] = {
    "plain": {},  # look-alikes lie where enhancers lie: only contacts and the sequence tell them apart
    "crispri": {"flat": 1_000, "look_alikes": "even", "promoter_weight": 1.0, "competition": 1.0},  # as CRISPRi finds in K562
}


def preset(name: str, world: str = "plain", **changes: Any) -> Config:
    """Return the config of a preset in a world, with `changes` applied.

    Raises:
        KeyError: no preset or no world of that name.
    """
    return Config(preset=name, world=world, **{**PRESETS[name], **WORLDS[world], **changes})
