"""The simulated world: one genome, its cells, and expression as the active, contacting elements cause it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.simulate import sequence
from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.elements import plan
from seq2exp_py.simulate.genes import Transcript, transcripts
from seq2exp_py.simulate.layout import GRAMMAR, Layout, name
from seq2exp_py.simulate.motifs import LINEAGES, MODULES

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ACTIVE = 0.1  # activity below which an element does nothing
HALF = 0.3  # activity × contact at which the enhancers' effect bends (log(1 + x / HALF)), without the promoter's part


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell type.

    Attributes:
        name: of the cell.
        factors: activity of each module in this cell, 0..1.
        open: (elements,) whether chromatin lets the element be open here.
        activity: (elements,) what an element does: the grammar's strength × the module's activity × chance; 0 where inactive, and
            of decoys and insulators.
        chromatin: (elements,) how open it is: its activity where active; also of open decoys, insulators and poised promoters.
    """

    name: str
    factors: dict[str, float]
    open: BoolArray
    activity: FloatArray
    chromatin: FloatArray


@dataclass(frozen=True, slots=True)
class Cause:
    """An element that regulates a gene in a cell; `effect` is the share of expression lost by knocking it out alone."""

    element: int
    gene: int
    contact: float
    effect: float


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
        found = {e.gene: i for i, e in enumerate(self.layout.elements) if e.kind == "promoter"}
        return np.array([found[gene] for gene in range(len(self.transcripts))], dtype=np.int64)

    def components(self, cell: Cell, removed: Iterable[int] = ()) -> dict[str, FloatArray]:
        """By gene, what makes expression: promoter activity, enhancers as log(1 + Σ activity × contact / bend), mRNA effect.

        The bend is HALF + `promoter_weight` × promoter activity.
        """
        activity = cell.activity.copy()
        activity[list(removed)] = 0
        elements, genes, contacts = self._links
        total = np.bincount(genes, activity[elements] * contacts, minlength=len(self.transcripts))
        promoter = activity[self.promoters]
        bend = HALF + self.config.promoter_weight * promoter
        return {"promoter": promoter, "enhancers": np.log1p(total / bend), "mrna": self._mrna}

    @cached_property
    def _links(self) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """Element, gene and contact of each link."""
        links = self.layout.links
        elements, genes = np.array([(k.element, k.gene) for k in links], dtype=np.int64).reshape(-1, 2).T
        return elements, genes, np.array([k.contact for k in links])

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

    def causal(self, cell: Cell) -> list[Cause]:
        """R_ag: the pairs whose knock-out lowers the gene's expression, by `least_effect` at least; promoters have contact 1."""
        own = [(int(element), gene, 1.0) for gene, element in enumerate(self.promoters)]
        pairs = sorted(own + [(k.element, k.gene, k.contact) for k in self.layout.links])
        full = self.cause(cell)
        found = [
            Cause(element, gene, contact, float(1 - 10 ** (self.cause(cell, [element])[gene] - full[gene])))
            for element, gene, contact in pairs
            if cell.activity[element] > 0 and cell.activity[self.promoters[gene]] > 0
        ]
        return [cause for cause in found if cause.effect >= self.config.least_effect]

    def grammatical(self) -> BoolArray:
        """(elements,) R_g: elements that carry the grammar."""
        return self.layout.of_kind(*GRAMMAR)

    def measured(self, cell: Cell) -> BoolArray:
        """(elements,) R_m: elements with planted signal in a cell, causal or not."""
        return cell.chromatin > 0


def build(config: Config) -> World:
    """Draw a world; the same config gives the same world."""
    genes = transcripts(config)
    layout = plan(config, genes)
    bases, repeats, strength = sequence.write(config, genes, layout)
    cells = tuple(_cell(config, layout, strength, i) for i in range(len(config.cells)))
    return World(config, genes, layout, bases, repeats, strength, cells)


def knock_out(world: World, cell: str, elements: Iterable[str]) -> FloatArray:
    """(genes,) expression of a cell in which some elements, by id, are removed."""
    removed = set(elements)
    return world.expression(world.cell(cell), [i for i in range(len(world.layout.elements)) if name(i) in removed])


def _cell(config: Config, layout: Layout, strength: FloatArray, index: int) -> Cell:
    """Draw one cell: the factors of its lineage, closed domains, and what is active and open there."""
    rng = config.rng("cell", config.cells[index])
    own = LINEAGES[index % len(LINEAGES)]
    factors = {"": 0.0}
    for module in MODULES.values():
        foreign = module.lineage in LINEAGES and module.lineage != own
        factors[module.name] = float(rng.uniform(0.0, 0.08) if foreign else rng.uniform(0.7, 1.0))
    closed = rng.random(len(layout.domains)) < config.closed_domain
    is_open = ~closed[layout.homes()] & ~layout.of_kind("dormant")
    chance = np.exp(0.25 * rng.standard_normal(len(strength)))
    activity = strength * np.array([factors[e.module] for e in layout.elements]) * chance
    bound = np.where(is_open & (activity >= ACTIVE), activity, 0.0)
    activity = np.where(layout.of_kind("insulator"), 0.0, bound)
    return Cell(config.cells[index], factors, is_open, activity, _chromatin(config, layout, bound, is_open, rng))


def _chromatin(config: Config, layout: Layout, bound: FloatArray, is_open: BoolArray, rng: np.random.Generator) -> FloatArray:
    """Openness where factors bind; open decoys and poised promoters are each as open as some enhancer, without a factor."""
    chance = rng.random(len(bound))
    poised = layout.of_kind("promoter") & (bound == 0) & (chance < config.poised)
    extra = np.flatnonzero((layout.of_kind("decoy") & is_open & (chance < config.decoy_open)) | poised)
    models = bound[layout.of_kind("enhancer") & (bound > 0)]
    chromatin = bound.copy()
    chromatin[extra] = rng.choice(models, len(extra))
    return chromatin


def _z(values: FloatArray) -> FloatArray:
    return np.asarray((values - values.mean()) / max(values.std(), 1e-9), dtype=np.float64)
