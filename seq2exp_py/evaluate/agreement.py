"""How far the scores of links agree where no CRISPRi table says which are right."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.annotate.candidates import candidates
from seq2exp_py.evaluate import controls
from seq2exp_py.evaluate.crispri import mask_scores
from seq2exp_py.evidence.defaults import GRID
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.scores import correlation, ranks
from seq2exp_py.store import Store
from seq2exp_py.store.read import CellStore, GenomeStore
from seq2exp_py.tracks.pairs import Pairs

COLUMNS = "cell model one other spearman n genes".split()
GENES = 500  # looked at, spread evenly over those with a mask: some 10,000 links, by which a correlation is known to 0.01


def agreement(groups: Sequence[Seeds], genome: Path, cells: Sequence[Path]) -> pd.DataFrame:
    """The table `agreement.tsv`: Spearman's correlation between every two scores over the links in the windows of a cell's genes.

    Args:
        groups: predictions by cell × model; those without a mask, or of a cell that no store is given for, are left out.
        genome: genome store.
        cells: stores of the cells.

    Returns:
        One row per cell, model and pair of scores: those of `controls.scores`, and the mask.
    """
    known, reference = GenomeStore(genome), {store.name: store for store in map(CellStore, cells)}
    rows: list[tuple[object, ...]] = []
    for seeds in groups:
        if not seeds.masked or seeds.cell not in reference:
            continue
        cell = CellEvidence(Store(known, [reference[seeds.cell]]), width=seeds.window, resolution=min(GRID, seeds.window // 2))
        links = of_windows(seeds, cell)
        if not len(links):
            continue
        scores = {"mask": mask_scores(seeds, Pairs(links)), **controls.scores(cell, links)}
        for one, other in combinations(scores, 2):
            both = np.isfinite(scores[one]) & np.isfinite(scores[other])
            value = correlation(ranks(scores[one][both]), ranks(scores[other][both])) if both.sum() > 2 else float("nan")
            rows.append((seeds.cell, seeds.model, one, other, value, int(both.sum()), links["gene_id"].nunique()))
    return pd.DataFrame(rows, columns=COLUMNS)


def of_windows(seeds: Seeds, cell: CellEvidence) -> pd.DataFrame:
    """Every candidate place that lies in the window of a predicted gene, 1 kb around its TSS aside, in the columns of `Pairs`."""
    genes = cell.store.genes.set_index("gene_id")
    windows = seeds.windows()
    chosen = windows.iloc[np.unique(np.linspace(0, len(windows) - 1, GENES).astype(int))] if len(windows) else windows
    tables = []
    for chrom, part in chosen.groupby("chrom"):
        places = candidates(cell, str(chrom))
        middle = places.sum(axis=1) // 2
        for gene, start, end in zip(part["gene_id"], part["start"], part["end"], strict=True):
            tss = int(genes.loc[gene, "tss"])
            inside = (middle >= start) & (middle < end) & (np.abs(middle - tss) >= cell.formula.near)
            table = pd.DataFrame({"start": places[inside, 0], "end": places[inside, 1], "distance": np.abs(middle[inside] - tss)})
            tables.append(table.assign(chrom=chrom, tss=tss, gene_id=gene, gene_name=genes.loc[gene, "gene_name"]))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
