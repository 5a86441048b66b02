"""The evidence around any TSS, as far out as one likes, from a chromosome's activity on a fixed grid.

Activity does not hang on the gene, so it is read once per chromosome; a gene then costs a slice of it and a few sums, and the links
of a genome are linear in its length. Sums over a place come from running sums, shares of a grid token by interpolation.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.evidence import formula as rule
from seq2exp_py.evidence.formula import Formula
from seq2exp_py.store import Store
from seq2exp_py.store.crowding import crowding
from seq2exp_py.store.read import CellStore

GRID = 64  # bp; a third of a nucleosome: finer than any element's boundary that the tracks resolve
Floats = NDArray[np.float64]


class Site(NamedTuple):
    """A TSS (0-based), with its crowding and, where it is a gene of the store, its row there."""

    chrom: str
    tss: int
    crowding: float
    row: int | None = None


@dataclass(frozen=True)
class Places:
    """What the evidence says of places for one gene, each array (n,).

    Attributes:
        activity, contact, evidence: means of A, C and E over the place's bases.
        share: of the gene's E in its window (of +- half bp) that lies in the place.
        odds: mean odds that a base acts on the gene, times tau, so that they do not hang on the scale of the mask.
        mask: mean mask over the place.
    """

    activity: Floats
    contact: Floats
    evidence: Floats
    share: Floats
    odds: Floats
    mask: Floats


class Landscape:
    """The activity of the first cell of a store, and the evidence around a TSS.

    Args:
        store: a genome store with one cell.
        formula: the constants.
        half: bp on either side of the TSS that the gene's total is taken over, half of the model's window.
    """

    def __init__(self, store: Store, formula: Formula, half: int):
        self.store, self.formula, self.half = store, formula, half
        self.cell: CellStore = store.cell_stores[0]
        self.sizes = store.genome.chromosomes
        self.activity = lru_cache(maxsize=1)(self._activity)
        genes = store.genes
        self.crowding = np.ones(len(genes))
        for _, part in genes.groupby("chrom"):
            self.crowding[part.index] = crowding(part["tss"].to_numpy(np.int64))

    def _activity(self, chrom: str) -> Floats:
        """A of every grid token of a chromosome, (tokens,); the last may hang over its end."""
        size = self.sizes[chrom]
        tokens = -(-size // GRID)
        columns = self.formula.columns(self.cell.tracks)
        heights = np.zeros((tokens, len(columns)), np.float32)
        for i, column in enumerate(columns):
            heights[:, i] = pooled(self.cell.signal(self.cell.tracks[column], chrom), tokens)
        none = np.zeros((len(columns), 2))
        return rule.activity(heights.astype(np.float64), self.cell.scale[columns].astype(np.float64), none, self.formula)

    def site(self, row: int) -> Site:
        """The TSS of a gene of the store."""
        gene = self.store.genes.iloc[row]
        return Site(str(gene["chrom"]), int(gene["tss"]), float(self.crowding[row]), row)

    def elsewhere(self, chrom: str, tss: int) -> Site:
        """A TSS that is no gene of the store: it competes with the store's TSSs, and has no contacts but the power law's."""
        genes = self.store.genes
        others = genes.loc[genes["chrom"] == chrom, "tss"].to_numpy(np.int64)
        return Site(chrom, tss, float(crowding(np.append(others, tss))[-1]))

    def around(self, site: Site, reach: int) -> "Around":
        """The evidence within `reach` bp of a TSS, or of the gene's window where that is wider."""
        size = self.sizes[site.chrom]
        far = max(reach, self.half)
        first, last = max(site.tss - far, 0) // GRID, -(-min(site.tss + far + 1, size) // GRID)
        activity = self.activity(site.chrom)[first:last]
        middle = np.arange(first, last) * GRID + GRID / 2
        distance = np.abs(middle - site.tss)
        contact = rule.contact(distance, self._quotient(site, middle), self.formula)
        evidence = activity * contact
        within = distance < self.half
        # Beyond the chromosome there is nothing, but the mean over the window counts it
        total = rule.total(evidence[within], distance[within], self.formula) * within.sum() / (2 * self.half / GRID)
        odds = rule.odds(evidence, np.float64(total), np.float64(site.crowding), self.formula)
        columns = np.stack([activity, contact, evidence, odds * self.formula.tau, rule.mean(odds)])
        return Around(first * GRID, columns, float(evidence[within].sum() * GRID))

    def _quotient(self, site: Site, middle: Floats) -> Floats:
        """What the map says beside the power law at bases; 1 where it says nothing."""
        about = self.cell.manifest.contacts
        out = np.ones(len(middle))
        if site.row is None or about.source is None:
            return out
        own = site.tss // about.bin_size
        bins = (middle // about.bin_size).astype(np.int64)
        stored = self.cell.contacts[site.row]
        at = bins - (site.tss - about.half) // about.bin_size
        known = (at >= 0) & (at < len(stored))
        apart = np.abs(bins[known] - own) * float(about.bin_size)
        out[known] = rule.over_power_law(stored[at[known]].astype(np.float64), apart)
        return out


@dataclass(frozen=True)
class Around:
    """Columns of `Places` over grid tokens from base `start` on, (columns, tokens), and the sum of E over the window's bases."""

    start: int
    columns: Floats
    window_total: float

    def places(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Places:
        """Means over `[starts, ends)`; what lies beyond the reach counts as 0."""
        edges = np.arange(self.columns.shape[1] + 1) * GRID + self.start
        running = np.concatenate([np.zeros((len(self.columns), 1)), np.cumsum(self.columns, axis=1) * GRID], axis=1)
        sums = np.stack([np.interp(ends, edges, row) - np.interp(starts, edges, row) for row in running])
        activity, contact, evidence, odds, mask = sums / np.maximum(ends - starts, 1)
        share = sums[2] / self.window_total if self.window_total > 0 else np.zeros(len(starts))
        return Places(activity, contact, evidence, share, odds, mask)


def pooled(signal: NDArray[np.float32] | None, tokens: int) -> NDArray[np.float32]:
    """Mean of a track over grid tokens; 0 where there is no track. Bases beyond the end count as 0."""
    out = np.zeros(tokens, np.float32)
    if signal is None:
        return out
    whole = len(signal) // GRID
    for at in range(0, whole, 1 << 16):
        last = min(at + (1 << 16), whole)
        out[at:last] = signal[at * GRID : last * GRID].reshape(-1, GRID).mean(axis=1)
    if whole < tokens:
        out[whole] = signal[whole * GRID :].sum() / GRID
    return out
