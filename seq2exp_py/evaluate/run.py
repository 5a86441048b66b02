"""All figures of a run, out of its predictions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.evaluate import compare, crispri, metrics
from seq2exp_py.inference.seeds import Seeds, grouped
from seq2exp_py.progress import say
from seq2exp_py.tracks.pairs import Pairs
from seq2exp_py.writers.table import write_table


def evaluate(predictions: Sequence[Path], out: Path, controls: Sequence[str], pairs: Path | None, resamples: int) -> list[Seeds]:
    """Write metrics.tsv, summary.tsv, comparisons.tsv, predicted.tsv, expression.matrix.tsv and, with CRISPRi pairs, crispri.tsv.

    Args:
        predictions: prediction folders of any cells, models and seeds.
        out: folder to write to.
        controls: models to compare with; the first is the main one.
        pairs: table of the ENCODE CRISPR benchmark.
        resamples: bootstrap samples.

    Returns:
        The predictions by cell × model.
    """
    groups = grouped(predictions)
    figures = metrics.table(folder for seeds in groups for folder in seeds.folders)
    say(f"comparing {len(groups)} models × cells with {', '.join(controls)}")
    compared = compare.comparisons(groups, [*controls, metrics.TRAIN_MEAN], resamples)
    present = [c for c in controls if c in set(figures["model"])]
    write_table(figures, out / "metrics.tsv")
    write_table(compared, out / "comparisons.tsv")
    write_table(compare.summary(figures, compared, (present or [metrics.TRAIN_MEAN])[0]), out / "summary.tsv")
    write_table(predicted(groups), out / "predicted.tsv")
    write_table(compare.matrix(groups), out / "expression.matrix.tsv")
    if pairs is not None:
        write_table(on_crispri(groups, pairs, resamples), out / "crispri.tsv")
    return groups


def predicted(groups: Sequence[Seeds]) -> pd.DataFrame:
    """Per gene, cell and model: split, observed, predicted (mean over seeds), mask_ratio; genes with an observed value only."""
    tables = [s.expression().dropna(subset=["observed"]).assign(cell=s.cell, model=s.model) for s in groups]
    columns = "cell model gene_id gene_name split observed predicted sd mask_ratio".split()
    return pd.concat(tables, ignore_index=True)[columns]


def on_crispri(groups: Sequence[Seeds], path: Path, resamples: int) -> pd.DataFrame:
    """AUPRC on CRISPRi pairs of every model with a mask, beside distance alone; cells without pairs are left out."""
    tables = []
    for seeds in groups:
        pairs = Pairs.read(path, seeds.cell) if seeds.masked else None
        if pairs is None or not len(pairs.table):
            continue
        distance = pairs.table["distance"].to_numpy(np.float64)
        mask = crispri.mask_scores(seeds, pairs)
        near = 1 / np.maximum(distance, 1)
        scores = {"mask": mask, "mask_by_distance": mask * near, "inverse_distance": near}
        tables.append(crispri.scored(pairs, scores, np.isfinite(mask), resamples).assign(cell=seeds.cell, model=seeds.model))
    columns = "cell model subset score pairs positives auprc low high base".split()
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
