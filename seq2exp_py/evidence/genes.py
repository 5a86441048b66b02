"""The evidence around a TSS of a cell, from a store: window by window, in the memory of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.evidence import formula as f
from seq2exp_py.evidence.formula import Formula
from seq2exp_py.genome.paper import WINDOW
from seq2exp_py.store import windows
from seq2exp_py.store.crowding import crowding_at, weights
from seq2exp_py.store.read import Store

Floats = NDArray[np.float64]
BLOCK = 1 << 13  # tokens of a chromosome that are read at a time


class Site(NamedTuple):
    """A TSS: chromosome, 0-based position, crowding, and its contacts as the store has them (bins,); none: the power law."""

    chrom: str
    tss: int
    crowding: float
    contacts: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Evidence over the window of one TSS.

    Attributes:
        site: the TSS. start: 0-based position of the first token's first base; may be negative. resolution: bp per token.
        activity: (T,) A. contact: (T,) C. total: Z.
    """

    site: Site
    start: int
    resolution: int
    activity: Floats
    contact: Floats
    total: float

    @property
    def evidence(self) -> Floats:
        """(T,) E = A C."""
        return self.activity * self.contact

    def odds(self, formula: Formula) -> Floats:
        """(T,) odds by the evidence alone."""
        return f.odds(self.evidence, np.array(self.total), np.array(self.site.crowding), formula)

    def mask(self, formula: Formula) -> Floats:
        """(T,) the mask by the evidence alone, in (0, 1); the centre is not forced."""
        return f.mean(self.odds(formula))


class CellEvidence:
    """The evidence of a cell.

    Args:
        store: the store, with the cell.
        cell: index of the cell there.
        formula: the constants.
        width: bp of a window around a TSS; as many whole tokens as fit on either side of it are looked at.
        resolution: bp per token; signals are averaged over it.
    """

    def __init__(self, store: Store, cell: int = 0, formula: Formula | None = None, width: int = WINDOW, resolution: int = 128):
        self.store, self.cell = store, store.cell_stores[cell]
        self.formula, self.resolution = formula or Formula(), resolution
        self.half = width // 2 // resolution
        columns = self.formula.columns(self.cell.tracks)
        self.tracks = [self.cell.tracks[i] for i in columns]
        self.scale, self.background = self.cell.scale[columns], self.cell.background[columns]
        self._along: tuple[str, Floats] = ("", np.empty(0))

    def site(self, gene: int) -> Site:
        """The TSS of a gene of the store."""
        genes = self.store.genes
        return Site(genes.chrom[gene], int(genes.tss[gene]), float(self.cell.crowding[gene]), self.cell.contacts[gene])

    def elsewhere(self, chrom: str, tss: int) -> Site:
        """Any other place as a TSS; it competes with the store's promoters as a typical one, its contacts follow the power law."""
        here = (self.store.genes.chrom == chrom).to_numpy()
        others = self.store.genes.tss.to_numpy()[here]
        return Site(chrom, tss, crowding_at(tss, others, weights(self.cell.strength[here])))

    def window(self, site: Site) -> Window:
        """The evidence over the window of a TSS."""
        start = site.tss - self.half * self.resolution
        level = self.level(site.chrom, start, 2 * self.half)
        middles = start + np.arange(2 * self.half) * self.resolution + self.resolution // 2
        contact = self.contact(site, middles)
        distance, banned = np.abs(middles - site.tss), self.banned(site.chrom, start, 2 * self.half)
        # Some strong promoters (RACK1, UBC) are on the blacklist: without them in the total, all else there would look certain
        counted = np.where(banned & (distance >= self.formula.near), 0.0, level)
        total = f.total(counted * contact, distance, self.formula)
        activity = np.where(banned, 0.0, level)
        return Window(site, start, self.resolution, activity, contact, float(total))

    def windows(self) -> Iterator[Window]:
        """The window of every gene of the store, in its order."""
        return (self.window(self.site(gene)) for gene in range(len(self.store.genes)))

    @cached_property
    def totals(self) -> Floats:
        """(genes,) Z of every gene of the store."""
        return np.array([window.total for window in self.windows()])

    def activity(self, chrom: str, start: int, tokens: int) -> Floats:
        """(tokens,) A from base `start` on; 0 where a base is blacklisted, and off the chromosome."""
        return np.where(self.banned(chrom, start, tokens), 0.0, self.level(chrom, start, tokens))

    def level(self, chrom: str, start: int, tokens: int) -> Floats:
        """(tokens,) A from base `start` on, that of blacklisted bases too; 0 off the chromosome."""
        values = np.empty(tokens * self.resolution, np.float32)
        pooled = np.empty((tokens, len(self.tracks)))
        for i, track in enumerate(self.tracks):
            self.cell.read_signal(track, chrom, start, values)
            pooled[:, i] = values.reshape(tokens, -1).mean(1)
        level: Floats = f.activity(pooled, self.scale, self.background, self.formula)
        return level

    def banned(self, chrom: str, start: int, tokens: int) -> NDArray[np.bool_]:
        """(tokens,) whether a base of the token is blacklisted."""
        bases, none = np.empty(tokens * self.resolution, bool), np.empty(0, np.int64)
        windows.mark(*self.store.genome.excluded.get(chrom, (none, none)), start, bases)
        return np.asarray(bases.reshape(tokens, -1).any(1))

    def along(self, chrom: str) -> Floats:
        """A over a whole chromosome, kept until another is asked for: token t covers bases from `t * resolution` on."""
        if self._along[0] == chrom:
            return self._along[1]
        tokens = -(-self.store.genome.chromosomes[chrom] // self.resolution)
        parts = [self.activity(chrom, t * self.resolution, min(BLOCK, tokens - t)) for t in range(0, tokens, BLOCK)]
        self._along = chrom, np.concatenate(parts)
        return self._along[1]

    def contact(self, site: Site, places: NDArray[np.int64]) -> Floats:
        """C of some bases (0-based positions, any distance): the map's where it is stored, the power law beyond."""
        info = self.cell.manifest.contacts
        bins, own = places // info.bin_size, site.tss // info.bin_size
        stored = np.zeros(len(places), np.float32)
        if site.contacts is not None:
            index = bins - (site.tss - info.half) // info.bin_size
            inside = (index >= 0) & (index < len(site.contacts))
            stored[inside] = site.contacts[index[inside]]
        quotient = f.over_power_law(stored.astype(np.float64), np.abs(bins - own) * float(info.bin_size))
        return f.contact(np.abs(places - site.tss).astype(np.float64), quotient, self.formula)
