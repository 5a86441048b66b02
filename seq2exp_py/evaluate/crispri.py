"""How well masks rank the enhancer-gene pairs that CRISPRi found to matter.

Conventions of the ENCODE distal-regulation benchmark (EngreitzLab/CRISPR_comparison), so that figures can be laid beside published
ones: only valid connections; a pair without a score ranks lowest, it is never dropped; the area as in `evaluate.ranking`. Intervals
are over genes, not over pairs, since the pairs of a gene are not independent.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.evaluate import controls, pair_scores
from seq2exp_py.evidence import formula
from seq2exp_py.evidence.defaults import GRID
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.progress import say
from seq2exp_py.store import Store
from seq2exp_py.store.read import CellStore, GenomeStore
from seq2exp_py.tracks.pairs import Pairs, fitted
from seq2exp_py.writers.table import rows

Floats = npt.NDArray[np.float64]


def mask_scores(seeds: Seeds, pairs: Pairs) -> Floats:
    """Per pair the mean mask of the element's bases in the window of that gene; NaN where the window holds none of them.

    The gene is found by id, else by symbol. The mask is relative to its floor.
    """
    known = seeds.windows()
    by_name = seeds.expression().set_index("gene_name")["gene_id"]
    ids, names = set(known["gene_id"]), by_name[~by_name.index.duplicated()].to_dict()
    gene: list[Any] = [
        g if g in ids else names.get(n) for g, n in zip(pairs.table["gene_id"], pairs.table["gene_name"], strict=True)
    ]
    out = np.full(len(pairs.table), np.nan)
    for gene_id, part in pairs.table.assign(row=np.arange(len(out)), found=gene).groupby("found"):
        if gene_id not in ids:
            continue
        window, mask, _ = seeds.mask(str(gene_id))
        relative = seeds.relative(mask)
        for pair in rows(part):
            first, last = max(pair.start - window.start, 0), min(pair.end - window.start, window.width)
            if pair.chrom == window.chrom and last > first:
                out[pair.row] = relative[first:last].mean()
    return out


def against_crispri(
    groups: Sequence[Seeds], path: Path, genome: Path, cells: Sequence[Path], resamples: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables `crispri.tsv` and `crispri_differences.tsv`: every model with a mask, beside what needs no training.

    Args:
        groups: predictions by cell × model; cells without tested pairs are left out.
        path: table of the ENCODE CRISPR benchmark.
        genome: genome store.
        cells: stores of the cells.
        resamples: bootstrap samples over genes.

    Returns:
        `pair_scores.FIGURES` and `pair_scores.DIFFERENCES`, with cell and model in front.

    Raises:
        InputError: the table cannot be read or fits none of the cells, chromosomes or genes, or a cell's store is not given.
    """
    known, reference = GenomeStore(genome), {store.name: store for store in map(CellStore, cells)}
    masked = list(dict.fromkeys(seeds.cell for seeds in groups if seeds.masked))
    tested = fitted(path, masked, known.chromosomes, known.genes) if masked else {}
    figures: list[pd.DataFrame] = []
    differences: list[pd.DataFrame] = []
    yardsticks: dict[tuple[str, int], dict[str, Floats]] = {}
    for seeds in groups:
        pairs = tested.get(seeds.cell) if seeds.masked else None
        if pairs is None:
            continue
        if seeds.cell not in reference:
            raise InputError(f"{path}: no store of cell {seeds.cell} was given: pass --cell once per cell")
        say(f"{seeds.name}: {len(pairs.table)} CRISPRi pairs")
        key = seeds.cell, seeds.window
        if key not in yardsticks:
            cell = CellEvidence(Store(known, [reference[seeds.cell]]), width=seeds.window, resolution=GRID)
            yardsticks[key] = controls.scores(cell, pairs.table)
        mask = mask_scores(seeds, pairs)
        scores = {"mask": with_evidence(seeds, mask, yardsticks[key][controls.EVIDENCE]), **yardsticks[key]}
        tables = pair_scores.figures(laid_out(pairs, np.isfinite(mask), scores), resamples)
        for kept, table in zip((figures, differences), tables, strict=True):
            kept.append(table.assign(cell=seeds.cell, model=seeds.model))
    return joined(figures, pair_scores.FIGURES), joined(differences, pair_scores.DIFFERENCES)


def with_evidence(seeds: Seeds, mask: Floats, evidence: Floats) -> Floats:
    """(n,) score by the mask, and where it says nothing (NaN) by the evidence, as the mask of the model's tau would have it.

    Args:
        seeds: the predictions. mask: (n,) from `mask_scores`. evidence: (n,) the evidence's mask at the formula's own tau.
    """
    if seeds.tau is not None:
        odds = np.maximum(evidence / (1 - evidence) - formula.LEAST, 0) * formula.Formula().tau
        evidence = seeds.relative(formula.mean(odds / seeds.tau).astype(np.float32)).astype(np.float64)
    return np.where(np.isfinite(mask), mask, evidence)


def laid_out(pairs: Pairs, inside: npt.NDArray[np.bool_], scores: dict[str, Floats]) -> pair_scores.Scored:
    """The pairs with their scores; `inside`: (n,) whether a pair is in a window of the model."""
    table = pairs.table
    gene = pd.factorize(table["gene_id"].where(table["gene_id"].ne(""), table["gene_name"]))[0]
    return pair_scores.Scored(
        regulated=table["regulated"].to_numpy(bool),
        gene=gene.astype(np.int64),
        distance=table["distance"].to_numpy(np.float64),
        dataset=table["dataset"].to_numpy(str),
        inside=inside,
        scores=scores,
    )


def joined(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Tables of several models as one, cell and model in front; empty where there is none."""
    columns = ["cell", "model", *columns]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
