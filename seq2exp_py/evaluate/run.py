"""All figures of a run, out of its predictions."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from seq2exp_py.evaluate import compare, metrics, unseen
from seq2exp_py.inference.seeds import Seeds, grouped
from seq2exp_py.progress import say
from seq2exp_py.writers.table import write_table


def evaluate(predictions: Sequence[Path], out: Path, controls: Sequence[str], resamples: int) -> list[Seeds]:
    """Write metrics.tsv, summary.tsv, comparisons.tsv, predicted.tsv and expression.matrix.tsv; unseen.tsv of cells not trained on.

    Args:
        predictions: prediction folders of any cells, models and seeds.
        out: folder to write to.
        controls: models to compare with; the first is the main one.
        resamples: bootstrap samples.

    Returns:
        The predictions by cell × model.
    """
    groups = grouped(predictions)
    means = unseen.means(groups)
    figures = metrics.table((folder for seeds in groups for folder in seeds.folders), means)
    say(f"comparing {len(groups)} models × cells with {', '.join(controls)}")
    compared = compare.comparisons(groups, [*controls, metrics.TRAIN_MEAN, metrics.CELLS_MEAN], resamples, means=means)
    present = [c for c in controls if c in set(figures["model"])]
    write_table(figures, out / "metrics.tsv")
    write_table(compared, out / "comparisons.tsv")
    write_table(compare.summary(figures, compared, (present or [metrics.TRAIN_MEAN])[0]), out / "summary.tsv")
    write_table(predicted(groups), out / "predicted.tsv")
    if means:
        write_table(unseen.table(groups, means, controls, resamples), out / "unseen.tsv")
    write_table(compare.matrix(groups), out / "expression.matrix.tsv")
    return groups


def predicted(groups: Sequence[Seeds]) -> pd.DataFrame:
    """Per gene, cell and model: split, observed, predicted (mean over seeds), mask_ratio; genes with an observed value only."""
    tables = [s.expression().dropna(subset=["observed"]).assign(cell=s.cell, model=s.model) for s in groups]
    columns = "cell model gene_id gene_name split observed predicted sd mask_ratio".split()
    return pd.concat(tables, ignore_index=True)[columns]
