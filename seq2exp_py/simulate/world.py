"""The simulated world: one genome, its cells, and expression as the active, contacting elements cause it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.simulate import sequence
from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.elements import GRAMMAR, Layout, domain_of, plan
from seq2exp_py.simulate.genes import Transcript, transcripts
from seq2exp_py.simulate.motifs import LINEAGES, MODULES

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ACTIVE = 0.1  # activity below which an element does nothing
HALF = 0.3  # activity × contact at which the enhancers' effect bends (log(1 + x / HALF))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell type.

    Attributes:
        name: of the cell.
        factors: activity of each module in this cell, 0..1.
        open: (elements,) whether chromatin lets the element be open here.
        activity: (elements,) 0 where inactive; the grammar's strength × the module's activity × chance, where active.
    """

    name: str
    factors: dict[str, float]
    open: BoolArray
    activity: FloatArray


@dataclass(frozen=True)
class World:
    """Genome, layout and cells of one config; everything that is written to disk is derived from it."""

    config: Config
    transcripts: list[Transcript]
    layout: Layout
    sequence: dict[str, NDArray[np.uint8]]
    repeats: dict[str, NDArray[np.bool_]]
    strength: FloatArray
    cells: tuple[Cell, ...]

    def cell(self, name: str) -> Cell:
        """The cell of a name."""
        return next(c for c in self.cells if c.name == name)

    @cached_property
    def promoters(self) -> NDArray[np.int64]:
        """(genes,) index of each gene's promoter among the elements."""
        rows = self.layout.elements[self.layout.elements["kind"] == "promoter"]
        return rows.sort_values("gene").index.to_numpy()

    def components(self, cell: Cell, removed: Iterable[int] = ()) -> dict[str, FloatArray]:
        """What expression is made of, by gene: promoter activity, the enhancers' log(1 + Σ activity × contact / HALF), mRNA effect."""
        activity = cell.activity.copy()
        activity[list(removed)] = 0
        links = self.layout.links
        total = np.zeros(len(self.transcripts))
        np.add.at(total, links["gene"].to_numpy(), activity[links["element"].to_numpy()] * links["contact"].to_numpy())
        return {"promoter": activity[self.promoters], "enhancers": np.log1p(total / HALF), "mrna": self._mrna}

    @cached_property
    def _mrna(self) -> FloatArray:
        """Exon density up, long 3' UTR down: the signs that Xpresso reports, of equal weight."""
        density = np.array([1000 * sum(n == "CDS" for n, _, _ in t.parts()) / t.cds for t in self.transcripts])
        return _z(_z(np.log(density + 0.1)) - _z(np.log(np.array([t.utr3 for t in self.transcripts], dtype=float))))

    @cached_property
    def weights(self) -> dict[str, tuple[float, float]]:
        """(weight, centre) of each component in log10 expression, from its share of variance over the active genes of all cells."""
        config = self.config
        parts = [(self.components(c), c.activity[self.promoters] > 0) for c in self.cells]
        shares = {"promoter": config.share_promoter, "enhancers": config.share_enhancers, "mrna": config.share_mrna}
        pooled = {name: np.concatenate([values[name][active] for values, active in parts]) for name in shares}
        return {name: (config.sd * shares[name] ** 0.5 / max(v.std(), 1e-9), float(v.mean())) for name, v in pooled.items()}

    def cause(self, cell: Cell, removed: Iterable[int] = ()) -> FloatArray:
        """(genes,) log10 expression without noise; `config.silent` where the promoter is inactive."""
        parts = self.components(cell, removed)
        level = self.config.mean + sum(w * (parts[name] - centre) for name, (w, centre) in self.weights.items())
        return np.where(parts["promoter"] > 0, level, self.config.silent)

    def expression(self, cell: Cell, removed: Iterable[int] = ()) -> FloatArray:
        """(genes,) expression in linear units: 10^(cause + noise).

        Args:
            cell: cell type.
            removed: indices of elements that are knocked out; noise stays the same, so a difference is the elements' doing.
        """
        noise = self.config.noise * self.config.rng("expression", cell.name).standard_normal(len(self.transcripts))
        return np.asarray(10.0 ** (self.cause(cell, removed) + noise), dtype=np.float64)

    def causal(self, cell: Cell) -> pd.DataFrame:
        """R_ag as rows element, gene, contact, effect: the pairs whose knock-out lowers the gene's expression.

        `effect` is the share of expression lost by knocking the element out alone; promoters have 1 to 5 kb-contact (contact 1).
        """
        links = self.layout.links[["element", "gene", "contact"]]
        own = pd.DataFrame({"element": self.promoters, "gene": np.arange(len(self.promoters)), "contact": 1.0})
        pairs = pd.concat([own, links], ignore_index=True)
        gene_active = cell.activity[self.promoters][pairs["gene"]] > 0
        pairs = pairs[gene_active & (cell.activity[pairs["element"]] > 0)]
        full = self.cause(cell)
        lost = [1 - 10 ** (self.cause(cell, [e])[g] - full[g]) for e, g in zip(pairs["element"], pairs["gene"], strict=True)]
        return pairs.assign(effect=lost).sort_values(["element", "gene"]).reset_index(drop=True)

    def grammatical(self) -> BoolArray:
        """(elements,) R_g: elements that carry the grammar."""
        return self.layout.elements["kind"].isin(GRAMMAR).to_numpy()

    def measured(self, cell: Cell) -> BoolArray:
        """(elements,) R_m: elements with planted signal in a cell, causal or not."""
        return cell.activity > 0


def build(config: Config) -> World:
    """Draw a world; the same config gives the same world."""
    genes = transcripts(config)
    layout = plan(config, genes)
    bases, repeats, strength = sequence.write(config, genes, layout)
    cells = tuple(_cell(config, genes, layout, strength, i) for i in range(len(config.cells)))
    return World(config, genes, layout, bases, repeats, strength, cells)


def knock_out(world: World, cell: str, elements: Iterable[str]) -> FloatArray:
    """(genes,) expression of a cell in which some elements, by id, are removed."""
    rows = world.layout.elements.index[world.layout.elements["id"].isin(list(elements))]
    return world.expression(world.cell(cell), rows)


def _cell(config: Config, genes: list[Transcript], layout: Layout, strength: FloatArray, index: int) -> Cell:
    name = config.cells[index]
    rng = config.rng("cell", name)
    own = LINEAGES[index % len(LINEAGES)]
    factors = {}
    for module in MODULES.values():
        foreign = module.lineage in LINEAGES and module.lineage != own
        factors[module.name] = float(rng.uniform(0.0, 0.08) if foreign else rng.uniform(0.7, 1.0))
    elements = layout.elements
    closed = rng.random(len(layout.domains)) < config.closed_domain
    home = domain_of(layout.domains, elements["chrom"].tolist(), ((elements["start"] + elements["end"]) // 2).to_numpy())
    is_open = ~closed[home] & (elements["kind"] != "dormant").to_numpy()
    chance = np.exp(0.25 * rng.standard_normal(len(elements)))
    activity = strength * np.array([factors.get(m, 0.0) for m in elements["module"]]) * chance
    activity = np.where(is_open & (activity >= ACTIVE), activity, 0.0)
    return Cell(name, factors, is_open, _with_decoys(config, elements, is_open, activity, rng))


def _with_decoys(
    config: Config, elements: pd.DataFrame, is_open: BoolArray, activity: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Give open decoys the activity (of chromatin: they cause nothing) of enhancers drawn at random, so that signal cannot tell them."""
    decoys = np.flatnonzero((elements["kind"] == "decoy") & is_open & (rng.random(len(elements)) < config.decoy_open))
    models = activity[(elements["kind"] == "enhancer") & (activity > 0)]
    activity = activity.copy()
    activity[decoys] = rng.choice(models, len(decoys)) if len(models) else 0.5
    return activity


def _z(values: FloatArray) -> FloatArray:
    return np.asarray((values - values.mean()) / max(values.std(), 1e-9), dtype=np.float64)
