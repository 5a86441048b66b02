"""The figures of merit of a prediction, each over all genes of a split at once, never an average over batches."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from seq2exp_py.inference.folder import PredictionFolder
from seq2exp_py.inference.seeds import trained_on
from seq2exp_py.scores import score

SPLITS = ("train", "valid", "test")
COLUMNS = "cell model seed preset split n mse mae pearson spearman r2 mask_ratio device seconds_per_gene trained_on unseen".split()
METRICS = ("mse", "mae", "pearson", "spearman", "r2")
TRAIN_MEAN, CELLS_MEAN = "train_mean", "cells_mean"


def rows(folder: PredictionFolder) -> Iterator[dict[str, Any]]:
    """One row of `COLUMNS` per split of a prediction that has observed genes."""
    manifest = folder.manifest
    who = {k: manifest.get(k) for k in ("cell", "model", "seed", "preset", "device", "seconds_per_gene")}
    cells = trained_on(folder)
    who |= {"trained_on": "+".join(cells) or None, "unseen": "yes" if cells and manifest["cell"] not in cells else "no"}
    for split, part in folder.expression.groupby("split"):
        scores = score(part["observed"], part["predicted"])
        if split in SPLITS and scores.n:
            yield {**who, "split": split, **asdict(scores), "mask_ratio": part["mask_ratio"].mean()}


def train_mean(folder: PredictionFolder) -> pd.DataFrame | None:
    """The expression table with every prediction replaced by the mean of the observed training genes; None without any."""
    mean = folder.expression.loc[folder.expression["split"] == "train", "observed"].mean()
    return None if np.isnan(mean) else folder.expression.assign(predicted=mean, sd=np.nan, mask_ratio=np.nan)


def table(folders: Iterable[PredictionFolder], means: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """`metrics.tsv`: every prediction × split, and per cell the row "mean of the training genes", in a fixed order.

    Args:
        folders: the predictions.
        means: of unseen cells, the mean of the training cells as a prediction, see `unseen.means`.
    """
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    for folder in folders:
        out += rows(folder)
        cell = str(folder.manifest["cell"])
        baseline = train_mean(folder) if cell not in seen else None
        if baseline is not None:
            seen.add(cell)
            out += [{"cell": cell, "model": TRAIN_MEAN, "unseen": "no", **row} for row in by_split(baseline)]
    for cell, mean in (means or {}).items():
        out += [{"cell": cell, "model": CELLS_MEAN, "unseen": "yes", **row} for row in by_split(mean)]
    return pd.DataFrame(out, columns=COLUMNS).sort_values(["cell", "model", "seed", "split"], ignore_index=True)


def by_split(predicted: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Seed 0, split and scores of a prediction that no model made: columns split, observed, predicted."""
    for split, part in predicted.groupby("split"):
        scores = score(part["observed"], part["predicted"])
        if split in SPLITS and scores.n:
            yield {"seed": 0, "split": split, **asdict(scores)}
