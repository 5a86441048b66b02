"""How the closed form ranks the CRISPRi pairs of K562, genome-wide, from stores that `tests/real/full.sh` makes.

    python tests/real/evidence.py GENOME CELL [PAIRS] [field=value ...]

Nothing is trained and no sequence is used. A pair's gene is found by id, else by symbol, else its TSS is the table's. `window`
scores a pair by the mean mask of the element's bases in the gene's window, `reach` the pairs beyond it by the same formula,
`places` every pair by its element's mean activity and the contact at its middle. `field=value` changes constants of the formula.
"""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seq2exp_py.evaluate.ranking import auprc
from seq2exp_py.evidence import formula as F
from seq2exp_py.evidence.formula import Formula
from seq2exp_py.evidence.genes import CellEvidence, Site
from seq2exp_py.evidence.reach import activity_of
from seq2exp_py.store import Store
from seq2exp_py.tracks.pairs import Pairs

PAIRS = Path("../shared/data/ground_truth/EPCrisprBenchmark_combined_data.training_K562.GRCh38.tsv.gz")


class Scores(NamedTuple):
    """Per pair (n,): the mask over the window, NaN outside; the same with the formula beyond; by the element alone; activity."""

    window: np.ndarray
    reach: np.ndarray
    places: np.ndarray
    activity: np.ndarray


def sites(cell: CellEvidence, pairs: pd.DataFrame) -> list[Site]:
    """The TSS of every pair."""
    genes = cell.store.genes
    by_id = {g: i for i, g in enumerate(genes.gene_id)}
    by_name = {g: i for i, g in reversed(list(enumerate(genes.gene_name)))}
    keys = list(zip(pairs.gene_id, pairs.gene_name, pairs.chrom, pairs.tss.astype(int), strict=True))
    found = {
        key: cell.elsewhere(*key[2:]) if (gene := by_id.get(key[0], by_name.get(key[1]))) is None else cell.site(gene)
        for key in dict.fromkeys(keys)
    }
    return [found[key] for key in keys]


def scores(cell: CellEvidence, pairs: pd.DataFrame) -> Scores:
    """Score every pair."""
    window, places, activity = (np.full(len(pairs), np.nan) for _ in range(3))
    for chrom, part in pairs.groupby("chrom"):
        if chrom in cell.store.genome.chromosomes:
            activity[part.index] = activity_of(cell, chrom, part.start.to_numpy(np.int64), part.end.to_numpy(np.int64))
    by_site: dict[tuple[str, int], list[int]] = {}
    where = sites(cell, pairs)
    for row, site in enumerate(where):
        by_site.setdefault((site.chrom, site.tss), []).append(row)
    for rows in by_site.values():
        site = where[rows[0]]
        if site.chrom not in cell.store.genome.chromosomes:
            continue
        found = cell.window(site)
        bases = np.repeat(found.mask(cell.formula), found.resolution)
        for row in rows:
            if pairs.chrom[row] != site.chrom:
                continue
            first, last = max(pairs.start[row] - found.start, 0), min(pairs.end[row] - found.start, len(bases))
            if last > first:
                window[row] = bases[first:last].mean()
            contact = cell.contact(site, np.array([(pairs.start[row] + pairs.end[row]) // 2]))
            odds = F.odds(activity[row] * contact, np.array(found.total), np.array(site.crowding), cell.formula)
            places[row] = F.mean(odds)[0]
    return Scores(window, np.where(np.isnan(window), places, window), places, activity)


def report(cell: CellEvidence, pairs: pd.DataFrame) -> dict[str, float]:
    """AUPRC of the scores and of the controls, over all pairs and those in windows."""
    found, positive = scores(cell, pairs), pairs.regulated.to_numpy(bool)
    inside, near = np.isfinite(found.window), 1 / np.maximum(pairs.distance.to_numpy(float), 1)

    def area(score: np.ndarray, chosen: np.ndarray | slice = slice(None)) -> float:
        return auprc(np.nan_to_num(score)[chosen], positive[chosen])

    rows = {"pairs": len(pairs), "positive": positive.sum(), "in window": inside.sum(), "of them positive": positive[inside].sum()}
    rows |= {
        "all": area(found.window),
        "window": area(found.window, inside),
        "reach": area(found.reach),
        "places": area(found.places),
    }
    controls = {"distance": near, "activity": found.activity, "activity / distance": found.activity * near}
    for name, score in controls.items():
        rows |= {f"{name}, all": area(score), f"{name}, window": area(score, inside)}
    return rows


if __name__ == "__main__":
    genome, folder, *rest = sys.argv[1:]
    changed = dict(pair.split("=", 1) for pair in rest if "=" in pair)
    path = next((Path(r) for r in rest if "=" not in r), PAIRS)
    began = time.time()
    store = Store.open(Path(genome), [Path(folder)])
    cell = CellEvidence(store, formula=Formula.model_validate(changed))
    for name, value in report(cell, Pairs.read(path, store.cells[0]).table).items():
        print(f"{name:24} {value:.3f}" if isinstance(value, float) else f"{name:24} {value}")
    print(f"{time.time() - began:.0f} s")
