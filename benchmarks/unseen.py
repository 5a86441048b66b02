"""What models say of a cell that they never saw, and what a few of its genes add: tables of docs/real-data.md and docs/method.md.

    python -m benchmarks.unseen real GENOME CELL CELL OUT   stores of two cells (4,000 training genes or more, as of
                                                            tests/real/full.sh): each is predicted by models of the other
    python -m benchmarks.unseen adapt GENOME CELL CELL OUT  the first cell's network on few genes of the second (after `real`)
    python -m benchmarks.unseen simulated OUT               four cells of a simulated genome, each predicted by models of the others

`real` writes the tables of `seq2exp evaluate` (OUT/from_CELL), `adapt` OUT/adapted.SEED.tsv, of the test genes. What OUT
holds already is not made again; `--seed` picks simulations or, for `adapt`, drawings of genes.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.simulated import stores
from seq2exp_py import files, simulate
from seq2exp_py.evaluate import metrics
from seq2exp_py.evaluate.run import evaluate
from seq2exp_py.genome import Interval
from seq2exp_py.inference.folder import PredictionFolder, PredictionWriter
from seq2exp_py.inference.predict import predict
from seq2exp_py.machine import keep_freed
from seq2exp_py.models import build_fitted
from seq2exp_py.models.parts.fitted import Fitted
from seq2exp_py.models.parts.table import Floats, table
from seq2exp_py.progress import say
from seq2exp_py.store import Store
from seq2exp_py.store.loader import arrays
from seq2exp_py.training import Clock, Request, train
from seq2exp_py.training.adapt import few

NETWORK = "caduceus_signals"
TABLES = ("ridge", "gbm")
SHORT = {"window": 10_240, "resolution": 128, "stem": 1}  # cheap; peak-level tracks have nothing finer than 128 bp
FIRST = {**SHORT, "epochs": 1, "genes": 4000}  # of the real cells' network
SEEN = 20_480  # bases that the regressions see of real cells
COARSE = {"resolution": 128, "stem": 1, "epochs": 8}  # of the simulated cells: the whole 32 kb of preset tiny
CELLS = ("cellA", "cellB", "cellC", "cellD")  # lineages: erythroid, lymphoid, hepatic, erythroid
SEEDS = {"simulated": (401, 402), "adapt": (1, 2, 3)}
PASSES = {100: 16, 500: 4, 2000: 1}  # genes of the new cell -> passes over them, the same for every way
WAYS: dict[str, dict[str, Any]] = {
    "from scratch": {},
    "head alone": {"parts": "head"},
    "all, a tenth of the rate": {"lr": 2e-4, "warmup_lr": 2e-5, "min_lr": 1e-5},
}
RESAMPLES = 2000


class Study(NamedTuple):
    """Genome store, preset, and fields of the network's configuration."""

    genome: Path
    preset: str
    fields: dict[str, Any]


class Rows:
    """What the regressions see of every gene of some cells, read once: features and mean signals, and the target."""

    def __init__(self, genome: Path, cells: Sequence[Path], preset: str, window: int, kept: Path):
        """`window`: bases around the TSS that they see. `kept`: folder in which the rows of each cell stay for another study."""
        kept.mkdir(parents=True, exist_ok=True)
        self.genome, self.preset, self.window = Store.open(genome, [cells[0]]), preset, window
        self.found: dict[str, tuple[Store, list[Any], Floats, NDArray[np.float32]]] = {}
        for cell in cells:
            store = Store.open(genome, [cell])
            config = build_fitted("gbm", preset, tracks=store.tracks, window=window).config
            samples = sorted(store.samples(None, measured=False))
            file = kept / f"{store.cells[0]}.rows.npz"
            if not file.exists():
                parts = [(table(b, config), b.target) for b in arrays(store, samples, config.window, 8)]
                with files.whole(file) as partial, partial.open("wb") as handle:
                    np.savez(handle, *(np.concatenate(x) for x in zip(*parts, strict=True)))
            say(f"{store.cells[0]}: {len(samples)} rows")
            kept_rows = np.load(file)
            self.found[store.cells[0]] = store, samples, kept_rows["arr_0"], kept_rows["arr_1"]

    def of(self, cell: str, genes: set[int]) -> tuple[Floats, NDArray[np.float32]]:
        """Table and target of some genes of a cell, where measured."""
        _, samples, rows, target = self.found[cell]
        kept = np.array([s.gene in genes for s in samples]) & ~np.isnan(target)
        return rows[kept], target[kept]

    def genes(self, cell: str, split: str) -> list[Any]:
        """The measured samples of a split."""
        return self.found[cell][0].samples(split)

    def fit(self, model: str, cells: Sequence[str], genes: dict[str, set[int]]) -> Fitted:
        """A regression on genes of some cells, as `seq2exp train` fits it."""
        regression = build_fitted(model, self.preset, tracks=self.genome.tracks, window=self.window)
        found = [self.of(cell, genes[cell]) for cell in cells]
        regression.fit(*(np.concatenate(x, dtype=np.float64) for x in zip(*found, strict=True)))
        return regression

    def predict(self, regression: Fitted, cell: str) -> Floats:
        """Its prediction of every gene of a cell."""
        return regression.predict(self.found[cell][2])

    def write(self, predicted: Floats, model: str, cell: str, trained_on: Sequence[str], seed: int, out: Path) -> None:
        """The prediction folder that `seq2exp predict` would write."""
        store, samples, _, target = self.found[cell]
        with PredictionWriter(out, masked=False) as writer:
            for sample, value, observed in zip(samples, predicted.tolist(), target.tolist(), strict=True):
                gene = store.genes.iloc[sample.gene]
                about = {"gene_id": gene.gene_id, "gene_name": gene.gene_name, "cell": cell, "split": gene.split}
                row = about | {"observed": observed, "predicted": value, "sd": float("nan"), "mask_ratio": float("nan")}
                writer.add(row, Interval(gene.chrom, max(0, gene.tss), gene.tss + 1))
            known = {"model": model, "seed": seed, "preset": self.preset, "cell": cell, "trained_on": list(trained_on)}
            sizes = {"window": self.window, "resolution": 1, "floor": None, "forced": 0, "tau": None}
            writer.finish({**known, **sizes, "device": "cpu", "seconds_per_gene": float("nan")})


def regressions(rows: Rows, trained: Sequence[str], seed: int, out: Path) -> Iterator[Path]:
    """Fit on some cells, predict every cell: the prediction folders."""
    training = {cell: {s.gene for s in rows.genes(cell, "train")} for cell in trained}
    for model in TABLES:
        folders = {cell: out / f"{model}.{'+'.join(trained)}.{cell}" for cell in rows.found}
        if not all(folder.exists() for folder in folders.values()):
            regression = rows.fit(model, trained, training)
            for cell, folder in folders.items():
                if not folder.exists():
                    rows.write(rows.predict(regression, cell), model, cell, trained, seed, folder)
        yield from folders.values()


def networks(study: Study, cells: dict[str, Path], trained: Sequence[str], seed: int, out: Path) -> Iterator[Path]:
    """Train on some cells, predict every cell: the prediction folders."""
    checkpoint = out / f"{NETWORK}.{'+'.join(trained)}"
    if not checkpoint.exists():
        stores, state = tuple(cells[cell] for cell in trained), out / f"{checkpoint.name}.state"
        train(Request(study.genome, stores, NETWORK, checkpoint, state, study.preset, seed, study.fields), Clock(None))
    for cell, store in cells.items():
        folder = out / f"{checkpoint.name}.{cell}"
        if not folder.exists():
            predict(study.genome, store, checkpoint, folder, [], "auto", 16)
        yield folder


def real(genome: Path, stores: Sequence[Path], out: Path) -> None:
    """Each of two cells by models of the other."""
    rows = Rows(genome, stores, "small", SEEN, out)
    cells = dict(zip(rows.found, stores, strict=True))
    study = Study(genome, "small", FIRST)
    known = {cell: list(regressions(rows, [cell], 1, out)) for cell in cells}
    for cell in cells:
        folders = [*known[cell], *networks(study, cells, [cell], 1, out)]
        evaluate(folders, out / f"from_{cell}", ["gbm", "ridge"], RESAMPLES)


def simulated(seed: int, out: Path) -> None:
    """Four cells of a genome, each by models of the three others."""
    raw, genome = out / "simulated", out / "genome"
    cells = {cell: out / "cells" / cell for cell in CELLS}
    configuration = simulate.preset("demo", seed=seed, cells=CELLS)
    stores(configuration, raw, 32_000, genome, cells)
    rows = Rows(genome, list(cells.values()), "tiny", 32_000, out)
    study = Study(genome, "tiny", COARSE)
    for left_out in CELLS:
        trained = [cell for cell in CELLS if cell != left_out]
        folders = [*regressions(rows, trained, seed, out), *networks(study, cells, trained, seed, out)]
        evaluate(folders, out / f"without_{left_out}", ["gbm", "ridge"], RESAMPLES)


def adapt(genome: Path, stores: Sequence[Path], seed: int, out: Path) -> None:
    """The second cell by few of its genes: from the network of the first, from nothing, and by the regressions."""
    rows = Rows(genome, stores, "small", SEEN, out)
    old, new = rows.found
    for genes, passes in PASSES.items():
        for way, fields in WAYS.items():
            checkpoint = out / f"{way.replace(', ', '_').replace(' ', '_')}.{genes}.{seed}"
            initial = None if way == "from scratch" else out / f"{NETWORK}.{old}"
            chosen = {**SHORT, "epochs": passes, "genes": genes, **fields}
            if not checkpoint.exists():
                state = out / f"{checkpoint.name}.state"
                train(
                    Request(genome, (stores[1],), NETWORK, checkpoint, state, "small", seed, chosen, "auto", initial), Clock(None)
                )
            if not (folder := out / f"{checkpoint.name}.test").exists():
                predict(genome, stores[1], checkpoint, folder, ["test"], "auto", 16)
        train_genes, _ = few((rows.genes(new, "train"), rows.genes(new, "valid")), genes, seed)
        for model in TABLES:
            if not (folder := out / f"{model}_from_scratch.{genes}.{seed}.test").exists():
                regression = rows.fit(model, [new], {new: {s.gene for s in train_genes}})
                rows.write(rows.predict(regression, new), model, new, [new], seed, folder)
    named = {"checkpoint.0": out / f"{NETWORK}.{old}.{new}"} | {f.name: f for f in sorted(out.glob(f"*.{seed}.test"))}
    found = [
        {"way": name.split(".")[0], "genes": name.split(".")[1], "n": row["n"], "mse": row["mse"], "pearson": row["pearson"]}
        for name, folder in named.items()
        for row in metrics.rows(PredictionFolder.open(folder))
        if row["split"] == "test"
    ]
    with files.whole(out / f"adapted.{seed}.tsv") as partial:
        pd.DataFrame(found).to_csv(partial, sep="\t", index=False, float_format="%.4g")


def main() -> None:
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unseen", description=__doc__, formatter_class=plain)
    parser.add_argument("study", choices=["real", "adapt", "simulated"])
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, action="append")
    given = parser.parse_args()
    keep_freed()
    *stores, out = given.paths
    if given.study == "real":
        real(stores[0], stores[1:], out)
    for seed in given.seed or SEEDS.get(given.study, ()):
        if given.study == "adapt":
            adapt(stores[0], stores[1:], seed, out)
        else:
            simulated(seed, out / str(seed))


if __name__ == "__main__":
    main()
