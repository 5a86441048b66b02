"""Masks of a simulated run against the elements that were planted, beside what needs no model: signals, peaks, distance."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.evaluate import truth
from seq2exp_py.evaluate.controls import EVIDENCE, NEAREST, OVER_DISTANCE, POWER_LAW
from seq2exp_py.evidence.genes import CellEvidence, Window
from seq2exp_py.genome import Interval
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.store import Sample, Store
from seq2exp_py.store.read import CellStore, GenomeStore
from seq2exp_py.tracks.contacts import power_law
from seq2exp_py.tracks.truth import load

COLUMNS = ["cell", "model", *truth.COLUMNS]
FINE = 10  # bp per token of the evidence: simulated elements are 100 bp and more
Values = Callable[[str], npt.NDArray[np.floating]]


def against_truth(groups: Sequence[Seeds], folder: Path, genome: Path, cells: Sequence[Path]) -> pd.DataFrame:
    """The table `truth.tsv`: every model with a mask, on the test genes (all genes where no test gene is predicted).

    Args:
        groups: predictions by cell × model.
        folder: truth folder of `seq2exp simulate`.
        genome: genome store.
        cells: stores of the cells.

    Returns:
        `truth.COLUMNS` of the sources `mask`, each signal, `peaks`, `distance`, and those of `by_evidence`, by cell and model.
        Sources other than the mask are the same for models of one window, and repeated so that each model has its yardstick.

    Raises:
        InputError: where a cell's store is not given, or the truth is of another genome.
    """
    known, reference = GenomeStore(genome), {store.name: store for store in map(CellStore, cells)}
    tables, yardsticks = [], dict[tuple[str, int], pd.DataFrame]()
    for seeds in groups:
        if not seeds.masked:
            continue
        if seeds.cell not in reference:
            raise InputError(f"{folder}: no store of cell {seeds.cell} was given: pass --cell once per cell")
        planted, windows = load(folder, seeds.cell, known.chromosomes, set(known.genes.gene_id)), windows_of(seeds)
        key = seeds.cell, seeds.window
        if key not in yardsticks:
            store = Store(known, [reference[seeds.cell]])
            sources = without_model(store, windows) | by_evidence(store, windows, seeds.window)
            yardsticks[key] = truth.score(planted, windows, sources)
        mask = truth.score(planted, windows, {"mask": mask_of(seeds)})
        tables.append(pd.concat([mask, yardsticks[key]]).assign(cell=seeds.cell, model=seeds.model))
    return pd.concat(tables, ignore_index=True)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)


def by_evidence(store: Store, windows: Mapping[str, Interval], width: int) -> dict[str, Values]:
    """The evidence as a mask, activity over distance, and activity times the power law of contact, over a gene's window."""
    row = {gene: index for index, gene in enumerate(store.genes["gene_id"])}
    cell = CellEvidence(store, width=width, resolution=FINE)

    @lru_cache(maxsize=1)
    def window(gene: str) -> Window:
        return cell.window(cell.site(row[gene]))

    def spread(gene: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.floating]:
        first = window(gene).start - windows[gene].start
        out = np.zeros(windows[gene].width)
        bases = values.repeat(FINE)
        out[first : first + len(bases)] = bases
        return out

    def apart(gene: str) -> npt.NDArray[np.float64]:
        of = window(gene)
        return np.abs(of.start + np.arange(len(of.activity)) * FINE + FINE // 2 - of.site.tss).astype(np.float64)

    return {
        EVIDENCE: lambda gene: spread(gene, window(gene).mask(cell.formula)),
        OVER_DISTANCE: lambda gene: spread(gene, window(gene).activity / np.maximum(apart(gene), NEAREST)),
        POWER_LAW: lambda gene: spread(gene, window(gene).activity * power_law(apart(gene))),
    }


def mask_of(seeds: Seeds) -> Values:
    """The mask of a gene over its window."""
    return lambda gene: seeds.mask(gene)[1]


def windows_of(seeds: Seeds) -> dict[str, Interval]:
    """Window of each test gene, in the order of the genome; of every gene where there is no test gene."""
    split = seeds.expression().set_index("gene_id")["split"]
    table = seeds.windows()
    test = table[table["gene_id"].map(split) == "test"]
    chosen = test if len(test) else table
    return {gene: Interval(chrom, int(start), int(end)) for gene, chrom, start, end in chosen.to_numpy().tolist()}


def without_model(store: Store, windows: Mapping[str, Interval]) -> dict[str, Values]:
    """Per source (each signal, the contact, peaks, nearness to the TSS) its values over a gene's window."""
    row = {gene: index for index, gene in enumerate(store.genes["gene_id"])}

    @lru_cache(maxsize=1)
    def sample(gene: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        read = store.arrays([Sample(row[gene], 0)], windows[gene].width)
        return read.signals[0], read.peaks[0].astype(np.float32)

    def signal(index: int) -> Values:
        return lambda gene: sample(gene)[0][:, index]

    sources: dict[str, Values] = {track: signal(i) for i, track in enumerate(store.tracks)}
    sources["peaks"] = lambda gene: sample(gene)[1]
    nearness = truth.distance(windows)
    sources["distance"] = lambda gene: np.asarray(nearness(gene), np.float64)
    return sources
