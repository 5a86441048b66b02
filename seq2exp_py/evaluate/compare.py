"""Models beside each other: mean and sd over seeds, differences to a control, and how far their elements agree."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.evaluate.bootstrap import STATISTICS, paired
from seq2exp_py.evaluate.defaults import RESAMPLES
from seq2exp_py.evaluate.metrics import CELLS_MEAN, METRICS, TRAIN_MEAN, train_mean
from seq2exp_py.inference.seeds import Seeds

HELD_OUT = ("valid", "test")
LOWER_IS_BETTER = {"mse": True, "mae": True, "pearson": False}
COMPARED = "cell split model control metric n difference low high significant better".split()
Floats = npt.NDArray[np.float64]


def over_seeds(metrics: pd.DataFrame) -> pd.DataFrame:
    """Mean and sample sd over seeds of every metric: one row per cell × model × preset × split (sd NaN with one seed)."""
    keys = ["cell", "model", "preset", "split"]
    groups = metrics.assign(preset=metrics["preset"].fillna("")).groupby(keys, sort=True)
    out = groups.agg(seeds=("seed", "nunique"), n=("n", "max"), mask_ratio=("mask_ratio", "mean"), unseen=("unseen", "first"))
    for metric in METRICS:
        out[f"{metric}_mean"], out[f"{metric}_sd"] = groups[metric].mean(), groups[metric].std(ddof=1)
    out["seconds_per_gene"] = groups["seconds_per_gene"].mean()
    return out.reset_index()


def predictions(groups: Sequence[Seeds], means: Mapping[str, pd.DataFrame] | None = None) -> dict[tuple[str, str], pd.DataFrame]:
    """By cell and model: one row per gene (index gene_id), columns split, observed, and one per seed; plus the training means."""
    out = {(cell, CELLS_MEAN): mean for cell, mean in (means or {}).items()}
    for seeds in groups:
        first = seeds.folders[0].expression.set_index("gene_id")
        by_seed = [
            f.expression.set_index("gene_id")["predicted"].rename(s) for s, f in zip(seeds.seeds, seeds.folders, strict=True)
        ]
        out[seeds.cell, seeds.model] = pd.concat([first[["split", "observed"]], *by_seed], axis=1, join="inner")
        mean = train_mean(seeds.folders[0])
        if mean is not None and (seeds.cell, TRAIN_MEAN) not in out:
            out[seeds.cell, TRAIN_MEAN] = mean.set_index("gene_id")[["split", "observed", "predicted"]]
    return out


def shared(model: pd.DataFrame, control: pd.DataFrame, split: str) -> tuple[Floats, Floats, Floats]:
    """Observed (n,), model (seeds, n) and control (seeds, n) on the measured genes of a split that both predict, by gene id."""
    usable = model.index[(model["split"] == split) & model["observed"].notna()].intersection(control.index).sort_values()
    seeds = [t.loc[usable].drop(columns=["split", "observed"]).to_numpy(np.float64).T for t in (model, control)]
    return model.loc[usable, "observed"].to_numpy(np.float64), seeds[0], seeds[1]


def comparisons(
    groups: Sequence[Seeds],
    controls: Sequence[str],
    resamples: int = RESAMPLES,
    splits: Sequence[str] = HELD_OUT,
    means: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Paired bootstrap over genes of every model against every control of its cell: the table `comparisons.tsv`.

    Args:
        groups: predictions by cell × model.
        controls: names of the control models; those that a cell lacks are left out.
        resamples: bootstrap samples.
        splits: splits to compare on.
        means: of unseen cells, the mean of the training cells as a prediction, see `unseen.means`.
    """
    known = predictions(groups, means)
    rows = [row for cell, model in known for row in _against(known, cell, model, controls, resamples, splits)]
    return pd.DataFrame(rows, columns=COMPARED).sort_values(["cell", "split", "control", "model", "metric"], ignore_index=True)


def _against(
    known: Mapping[tuple[str, str], pd.DataFrame],
    cell: str,
    model: str,
    controls: Sequence[str],
    resamples: int,
    splits: Sequence[str],
) -> Iterator[tuple[object, ...]]:
    for control in controls:
        if control == model or (cell, control) not in known or model in (TRAIN_MEAN, CELLS_MEAN):
            continue
        for split in splits:
            observed, ours, theirs = shared(known[cell, model], known[cell, control], split)
            if len(observed) < 3:
                continue
            for metric in STATISTICS:
                if metric == "pearson" and control == TRAIN_MEAN:
                    continue
                d = paired(metric, observed, ours, theirs, resamples)
                better = (d.value < 0) == LOWER_IS_BETTER[metric]
                yield cell, split, model, control, metric, len(observed), d.value, d.low, d.high, d.significant, better


def summary(metrics: pd.DataFrame, compared: pd.DataFrame, control: str) -> pd.DataFrame:
    """`summary.tsv`: `over_seeds`, and the difference in MSE to the main control with its interval."""
    out = over_seeds(metrics)
    main = compared[(compared["control"] == control) & (compared["metric"] == "mse")]
    main = main.rename(
        columns={"difference": "mse_difference", "low": "mse_low", "high": "mse_high", "significant": "mse_significant"}
    )
    wanted = ["cell", "model", "split", "control", "mse_difference", "mse_low", "mse_high", "mse_significant"]
    return out.merge(main[wanted], on=["cell", "model", "split"], how="left")


def matrix(groups: Sequence[Seeds]) -> pd.DataFrame:
    """Genes × columns gene_id, gene_name, `<cell>.observed`, `<cell>.<model>` (mean over seeds), in log10(expression + 1)."""
    columns: dict[str, pd.Series] = {}
    for seeds in groups:
        table = seeds.expression().set_index("gene_id")
        names = columns.get("gene_name")
        columns["gene_name"] = table["gene_name"] if names is None else names.combine_first(table["gene_name"])
        columns.setdefault(f"{seeds.cell}.observed", table["observed"])
        columns[seeds.name] = table["predicted"]
    return pd.DataFrame(columns).rename_axis("gene_id").sort_index().reset_index()
