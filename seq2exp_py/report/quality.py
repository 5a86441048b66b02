"""How good the predictions are: statistics, comparison plots, tables, scatter, learning curves."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from seq2exp_py.evaluate import published
from seq2exp_py.models.rows import label
from seq2exp_py.report.content import Section
from seq2exp_py.report.inputs import Inputs, who
from seq2exp_py.report.svg import Row, dot_plot
from seq2exp_py.writers.palette import SERIES, hexa
from seq2exp_py.writers.table import rows

CELLS = 20  # panels of the comparison and paragraphs of the summary; all cells are in the tables
POINTS = 2000  # of the scatter, all series together: more makes MultiQC fall back to a flat image
CURVE_POINTS = 200  # per curve
METRIC_NAME = {"mse": "mean squared error", "mae": "mean absolute error", "pearson": "Pearson r"}
STATISTICS = {
    "pearson": {
        "title": "Pearson r",
        "description": "Pearson r, mean over seeds",
        "min": -1,
        "max": 1,
        "scale": "Blues",
        "format": "{:,.3f}",
    },
    "mse": {
        "title": "MSE",
        "description": "Mean squared error of log10(expression + 1), mean over seeds",
        "min": 0,
        "scale": "Oranges",
        "format": "{:,.4f}",
    },
    "mae": {
        "title": "MAE",
        "description": "Mean absolute error of log10(expression + 1), mean over seeds",
        "min": 0,
        "scale": "Oranges",
        "format": "{:,.4f}",
    },
    "mask_ratio": {
        "title": "Mask",
        "description": "Mean mask over the window, in percent",
        "suffix": "%",
        "min": 0,
        "max": 100,
        "scale": "Purples",
        "format": "{:,.1f}",
    },
    "device": {"title": "Device", "description": "Where the predictions were made"},
    "seconds_per_gene": {
        "title": "s / gene",
        "description": "Seconds per predicted gene",
        "min": 0,
        "scale": "Greys",
        "format": "{:,.3f}",
        "hidden": True,
    },
}


def split_shown(table: pd.DataFrame) -> str:
    """The split that figures are shown for: test, else valid, else train."""
    present = set(table["split"])
    return next((s for s in ("test", "valid", "train") if s in present), "test")


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the split that is shown."""
    return table[table["split"] == split_shown(table)]


def general_statistics(got: Inputs) -> Iterator[Section]:
    """One line per cell × model in MultiQC's table on top."""
    metrics = shown(got.tables["metrics"])
    if not len(metrics):
        return
    data: dict[str, dict[str, Any]] = {}
    for (cell, model), part in metrics.groupby(["cell", "model"], sort=True):
        means = part[["pearson", "mse", "mae", "mask_ratio", "seconds_per_gene"]].mean()
        row: dict[str, Any] = {str(k): float(v) for k, v in means.items() if pd.notna(v)}
        if "mask_ratio" in row:
            row["mask_ratio"] *= 100
        if part["device"].notna().any():
            row["device"] = ", ".join(sorted(set(part["device"].dropna().astype(str))))
        data[who(cell, model, part["unseen"].iloc[0] if "unseen" in part else False)] = row
    yield Section("general", "General statistics", "generalstats", data, headers=STATISTICS)


def comparison(got: Inputs) -> Iterator[Section]:
    """One dot plot per metric with a panel per cell: every model of the run, seeds as error bars, published figures marked."""
    summary, metrics, known = shown(got.tables["summary"]), shown(got.tables["metrics"]), published.load()
    if not len(summary):
        return
    for number, (metric, name) in enumerate(METRIC_NAME.items()):
        panels = []
        for cell, part in list(summary.groupby("cell", sort=True))[:CELLS]:
            lines = rows_of(part, metrics[metrics["cell"] == cell], known[known["cell"] == cell], metric)
            title = f"{name} of every model in {cell}: {in_words(lines)}"
            genes, unseen = int(part["n"].max()), ", unseen cell" if "yes" in set(part.get("unseen", ())) else ""
            panels.append(
                f"<h4>{cell}{unseen}, {genes} {split_shown(summary)} genes</h4>"
                + dot_plot(lines, f"{name}, log10(expression + 1)", title)
            )
        description = (
            f"{name.capitalize()} on the {split_shown(summary)} genes. Filled circles: measured in this run, mean ± 1 sd over "
            f"seeds; small dots are seeds. Hollow diamonds on dashed lines: <strong>{published.NOTE}</strong> (other genes and "
            "inputs than this run's unless it uses the paper's full data): for orientation, never part of a measured figure."
        )
        yield Section(
            f"compare_{metric}",
            f"{2 + number}. {METRIC_NAME[metric].capitalize()}, all models",
            "html",
            "".join(panels),
            description,
        )


def rows_of(summary: pd.DataFrame, metrics: pd.DataFrame, known: pd.DataFrame, metric: str) -> list[Row]:
    """Rows of a cell's plot, best first; models that are only published come last."""
    known = known.set_index("model")
    out = []
    for model in rows(summary.sort_values(f"{metric}_mean", ascending=metric != "pearson", na_position="last")):
        values = metrics.loc[metrics["model"] == model.model, metric].dropna().tolist()
        other = known.loc[model.model] if model.model in known.index else {}
        mean, sd = getattr(model, f"{metric}_mean"), getattr(model, f"{metric}_sd")
        out.append(
            Row(label(model.model), mean, sd, values, other.get(metric, float("nan")), other.get(f"{metric}_sd", float("nan")))
        )
    absent = known.loc[[m for m in known.index if m not in set(summary["model"])]].dropna(subset=[metric])
    for model, other in absent.sort_values(metric, ascending=metric != "pearson").iterrows():
        out.append(Row(f"{label(str(model))} (not run)", float("nan"), published=other[metric], published_sd=other[f"{metric}_sd"]))
    return out


def in_words(lines: list[Row]) -> str:
    """The measured values of a plot in words, for a screen reader."""
    return "; ".join(f"{r.name} {r.value:.3f}" for r in lines if pd.notna(r.value))


def metric_table(got: Inputs) -> Iterator[Section]:
    """All metrics, mean and sd over seeds, with the difference to the main control."""
    summary = shown(got.tables["summary"])
    if not len(summary):
        return
    columns = [f"{m}_{s}" for m in ("mse", "mae", "pearson", "spearman", "r2") for s in ("mean", "sd")]
    wanted = [*columns, "mask_ratio", "seeds", "n", "mse_difference", "mse_low", "mse_high"]
    data = {
        who(r["cell"], r["model"], r.get("unseen")): {c: r[c] for c in wanted if pd.notna(r.get(c))} for _, r in summary.iterrows()
    }
    controls = [label(str(c)) for c in summary.get("control", pd.Series(dtype=str)).dropna().unique()]
    control = ", ".join(controls) or "no control"
    number = {"format": "{:,.4f}", "scale": False}
    headers: dict[str, Any] = {}
    for column in columns:
        metric, kind = column.rsplit("_", 1)
        headers[column] = {
            "title": f"{metric.upper() if metric in ('mse', 'mae') else metric.capitalize()} {kind}",
            **number,
            "hidden": kind == "sd",
        }
    headers |= {"mask_ratio": {"title": "Mask", "format": "{:,.3f}", "scale": False}}
    headers |= {c: {"title": c, "format": "{:,d}", "scale": False} for c in ("seeds", "n")}
    for column, name in (("mse_difference", "ΔMSE"), ("mse_low", "ΔMSE low"), ("mse_high", "ΔMSE high")):
        headers[column] = {
            "title": name,
            "description": f"MSE minus that of {control}; 95 % paired bootstrap over genes",
            **number,
        }
    description = f"On the {split_shown(summary)} genes; mean and sd over seeds. ΔMSE: against {control}, negative is better."
    yield Section("metrics", "5. All metrics", "table", data, description, {"col1_header": "Cell | model"}, headers)


def scatter(got: Inputs) -> Iterator[Section]:
    """Predicted against observed of the shown split, at most `POINTS` points, evenly taken from each cell × model."""
    table = shown(got.tables["predicted"])
    groups = table.groupby(["cell", "model"], sort=True)
    if not len(table):
        return
    each = max(1, POINTS // max(groups.ngroups, 1))
    data, names = {}, table.columns
    for i, ((cell, model), part) in enumerate(groups):
        if i >= POINTS:
            break
        part = part.sort_values("gene_id" if "gene_id" in names else "observed")
        part = part.iloc[np.unique(np.linspace(0, len(part) - 1, each).astype(int))]
        colour = hexa(SERIES[i % len(SERIES)])
        data[who(cell, model)] = [
            {"x": p.observed, "y": p.predicted, "name": getattr(p, "gene_name", ""), "color": colour} for p in rows(part)
        ]
    count = sum(map(len, data.values()))
    description = (
        f"log10(expression + 1) of {split_shown(table)} genes, mean over seeds; {count} of {len(table)} points, taken evenly."
    )
    axes = {"xlab": "observed", "ylab": "predicted", "square": True, "marker_size": 4}
    yield Section("scatter", "6. Predicted and observed", "scatter", data, description, axes)


def learning(got: Inputs) -> Iterator[Section]:
    """Validation MSE by epoch of every checkpoint."""
    table = got.curves
    if not len(table) or "valid_mse" not in table:
        return
    data: dict[str, list[list[float]]] = {}
    for (cell, model, seed), part in table.dropna(subset=["valid_mse"]).groupby(["cell", "model", "seed"], sort=True):
        points = part.sort_values("epoch")[["epoch", "valid_mse"]]
        points = points.iloc[:: -(-len(points) // CURVE_POINTS)]
        data[f"{who(cell, model)}, seed {seed}"] = points.to_numpy(float).tolist()
    if data:
        yield Section(
            "curves",
            "7. Learning curves",
            "linegraph",
            data,
            "Mean squared error on the validation genes.",
            {"xlab": "epoch", "ylab": "MSE", "ymin": 0},
        )
