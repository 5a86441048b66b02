"""How far regulating elements lie from their genes: CRISPRi in K562 beside simulated worlds, as docs/simulator.md quotes.

    python tests/real/distances.py [PAIRS]

Pairs 1 to 100 kb apart: the share that regulates, by distance; how its log odds change per unit of ln distance within and beyond
5 kb, with intervals over genes; the distances and the effects of those that regulate. Of a simulated world (`small`, seed 121) the
pairs are open elements and genes with an active promoter.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from seq2exp_py import simulate

PAIRS = Path("../shared/data/ground_truth/EPCrisprBenchmark_combined_data.training_K562.GRCh38.tsv.gz")
EDGES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
KNEE = 5_000
REDRAWN = 300


def screened(path: Path) -> pd.DataFrame:
    """gene, distance (bp), regulated, effect (share of expression lost) and activity of tested pairs."""
    table = pd.read_csv(path, sep="\t")
    activity = np.sqrt(table["DHS.RPM"].clip(lower=0.01) * table["H3K27ac.RPM"].clip(lower=0.01))
    columns = {"gene": table.measuredGeneSymbol, "distance": table.distanceToTSS, "regulated": table.Regulated}
    return pd.DataFrame(columns | {"effect": -table.EffectSize, "activity": activity})


def simulated(world: str) -> pd.DataFrame:
    """The same of a simulated cell; the activity of an element is not looked at."""
    made = simulate.build(simulate.preset("small", world, seed=121, cells=("cellA",)))
    cell, elements = made.cells[0], made.layout.elements
    effects = {(c.element, c.gene): c.effect for c in made.causal(cell)}
    open_ = [i for i in np.flatnonzero(cell.chromatin > 0) if elements[i].kind != "promoter"]
    rows = []
    for g in np.flatnonzero(cell.activity[made.promoters] > 0).tolist():
        gene = made.transcripts[g].gene
        for i in open_:
            apart = abs(elements[i].place.centre - gene.tss)
            if elements[i].place.chrom == gene.body.chrom and apart < EDGES[-1]:
                rows.append((g, max(apart, EDGES[0]), (i, g) in effects, effects.get((i, g), np.nan), 1.0))
    return pd.DataFrame(rows, columns=["gene", "distance", "regulated", "effect", "activity"])


def slopes(pairs: pd.DataFrame) -> np.ndarray:
    """(2,) change of the log odds of regulating per ln bp, within the knee and beyond, at equal activity."""
    at = np.log(pairs.distance.to_numpy() / KNEE)
    x = np.stack([np.ones(len(at)), np.minimum(at, 0), np.maximum(at, 0), np.log(pairs.activity.to_numpy())], axis=1)
    y = pairs.regulated.to_numpy(float)
    found = minimize(
        lambda b: (np.logaddexp(0, x @ b) - y * (x @ b)).sum() + 1e-6 * (b @ b),
        np.zeros(x.shape[1]),
        jac=lambda b: x.T @ (1 / (1 + np.exp(-(x @ b))) - y) + 2e-6 * b,
    )
    return np.asarray(found.x[1:3])


def show(name: str, pairs: pd.DataFrame) -> None:
    near = pairs[pairs.distance.between(EDGES[0], EDGES[-1])]
    shares = near.groupby(pd.cut(near.distance, EDGES, right=False), observed=True).regulated.mean()
    groups = {gene: rows.index.to_numpy() for gene, rows in near.groupby("gene")}
    names, rng = list(groups), np.random.default_rng(0)
    redrawn = [slopes(near.loc[np.concatenate([groups[names[i]] for i in pick])]) for pick in draws(rng, len(names))]
    low, high = np.percentile(redrawn, [2.5, 97.5], axis=0)
    acting = near[near.regulated]
    print(name, "share regulated", shares.round(3).tolist())
    for where, value, a, b in zip(("within", "beyond"), slopes(near), low, high, strict=True):
        print(f"  log odds per ln bp {where} 5 kb: {value:.2f} ({a:.2f} to {b:.2f})")
    for column in ("distance", "effect"):
        print(f"  {column} of those that regulate, quartiles", acting[column].quantile([0.25, 0.5, 0.75]).round(3).tolist())


def draws(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.integers(0, n, (REDRAWN, n))


if __name__ == "__main__":
    show("K562", screened(Path(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
    for world in simulate.WORLDS:
        show(world, simulated(world))
