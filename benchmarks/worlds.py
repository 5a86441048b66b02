"""What contact and the closed form find on simulated genomes, of all genes and of those with an active promoter: docs/method.md.

    python -m benchmarks.worlds OUT [--world crispri] [--seed 211]

AUPRC outside the central 2 kb, by element / by base, of the test genes of preset small. `grammar` keeps the evidence on places that
truly carry grammar and are open: what a perfect reading of the sequence would add. Expressed genes are those whose promoter is
active in the simulated cell; a CRISPRi screen tests no others.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.masks import CELL, FLAT, STUDIES, stores
from seq2exp_py import simulate
from seq2exp_py.evaluate.truth import CENTRE, Counts
from seq2exp_py.evidence.formula import Formula
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.genome import Interval
from seq2exp_py.store import Store
from seq2exp_py.tracks.truth import Truth, load

SEEDS = (201, 202, 211, 212, 213)
WIDTH, FINE = 200_000, 10  # bp of a window, of a token
FORMULAS = {
    "evidence": {},
    "evidence, no decay within 5 kb": {"nearest": 5000.0},
    "evidence, promoter as any base": {"promoter": 1.0},
    "evidence, both": FLAT,
    "evidence, background not taken off": {"spreads": None},
    "evidence, no crowding": {"crowded": False},
    "evidence, no map": {"quotient": 0.0},
}
WITH_GRAMMAR = ("evidence", "evidence, both")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds", description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--world", choices=list(simulate.WORLDS), default="plain")
    parser.add_argument("--seed", type=int, action="append", help="genomes; default: 201, 202 and 211 to 213")
    given = parser.parse_args()
    tables = {}
    for seed in given.seed or SEEDS:
        folder = given.out / given.world / str(seed)
        stores(STUDIES["product_small"], seed, folder, given.world)
        tables[seed] = measure(folder)
        print(f"{given.world} {seed}", tables[seed].round(3).to_string(), sep="\n", flush=True)
    means = pd.concat(tables).groupby(level=1, sort=False)
    print("mean", means.mean().round(3).to_string(), "sd", means.std().round(3).to_string(), sep="\n")


def measure(folder: Path) -> pd.DataFrame:
    """One row per source; columns by element and by base, of all and of expressed genes."""
    store = Store.open(folder / "genome", [folder / "cell"])
    planted = folder / "simulated" / "truth"
    promoters = pd.read_csv(planted / f"{CELL}.genes.tsv", sep="\t").set_index("gene_id")["promoter"]
    known, acting = load(planted, CELL), grammar(planted)
    cells = {name: CellEvidence(store, 0, Formula(**fields), WIDTH, FINE) for name, fields in FORMULAS.items()}
    counts: dict[tuple[str, str], list[Counts]] = {}
    genes = store.genes
    for row in np.flatnonzero((genes.split == "test").to_numpy()).tolist():
        gene, tss = str(genes.gene_id[row]), int(genes.tss[row])
        window = Interval(genes.chrom[row], tss - WIDTH // 2, tss + WIDTH // 2)
        scopes = ("all", "expressed") if promoters[gene] > 0 else ("all",)
        for source, values in sources(cells, row, window, acting[acting.chrom == window.chrom]):
            for level, found in places(known, gene, window, values).items():
                for scope in scopes:
                    counts.setdefault((source, f"{scope}, {level}"), []).append(found)
    found = pd.Series({key: Counts.merge(parts).auprc() for key, parts in counts.items()})
    return found.unstack(sort=False)


def grammar(planted: Path) -> pd.DataFrame:
    """chrom, start, end of elements with grammar that are open in the cell."""
    known, open_ = (pd.read_csv(planted / name, sep="\t", header=None) for name in ("R_g.bed", f"{CELL}.R_m.bed"))
    return known[known[3].isin(open_[3])][[0, 1, 2]].set_axis(["chrom", "start", "end"], axis=1)


def sources(cells: dict[str, CellEvidence], row: int, window: Interval, acting: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """(window.width,) values of each source."""
    inside = np.zeros(window.width, bool)
    for place in acting.itertuples():
        inside[max(place.start - window.start, 0) : max(place.end - window.start, 0)] = True
    cell = cells["evidence"].cell
    size = cell.manifest.contacts.bin_size
    bins = np.arange(window.start, window.end) // size - window.start // size
    yield "contact", cell.contacts[row][bins].astype(float)
    for name, evidence in cells.items():
        odds = evidence.window(evidence.site(row)).odds(evidence.formula).repeat(FINE)
        yield name, odds
        if name in WITH_GRAMMAR:
            yield f"{name}, grammar", odds * inside


def places(known: Truth, gene: str, window: Interval, values: np.ndarray) -> dict[str, Counts]:
    """Distal bases and distal elements by value."""
    labels, middle = known.labels(gene, window), window.width // 2
    far = np.ones(window.width, bool)
    far[middle - CENTRE // 2 : middle + CENTRE // 2] = False
    found = [p for p in known.within(window) if far[p.centre - window.start]]
    starts, ends = (np.array([getattr(p, side) - window.start for p in found], int) for side in ("start", "end"))
    means = [np.diff(np.cumsum(np.concatenate([[0.0], v]))[np.stack([starts, ends])], axis=0)[0] for v in (values, labels)]
    lengths = ends - starts
    return {
        "element": Counts.of(means[0] / lengths, means[1] / lengths >= 0.5),
        "base": Counts.of(values[far], labels[far]),
    }


if __name__ == "__main__":
    main()
