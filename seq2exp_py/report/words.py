"""The report in plain words: what is better, what is not, and how sure that is."""

from collections.abc import Iterator
from html import escape
from typing import Any

import pandas as pd

from seq2exp_py.evaluate.metrics import CELLS_MEAN, TRAIN_MEAN
from seq2exp_py.models.rows import label
from seq2exp_py.report import crispri
from seq2exp_py.report.content import Section
from seq2exp_py.report.inputs import Inputs
from seq2exp_py.report.quality import CELLS, shown, split_shown
from seq2exp_py.report.running import failures
from seq2exp_py.writers.table import rows

FEW_SEEDS = 3
HOW = (
    "In brackets: difference in mean squared error, negative is better, and its 95 % interval (paired bootstrap over genes). "
    "A difference is called significant where the interval leaves 0 out."
)
FEW_GENES = 100


def summary(got: Inputs) -> Iterator[Section]:
    """The first section: how to read it, a list per cell, then what limits the figures."""
    table = shown(got.tables["summary"])
    paragraphs = [about(str(cell), part, got) for cell, part in list(table.groupby("cell", sort=True))[:CELLS]]
    if table["cell"].nunique() > CELLS:
        paragraphs.append(f"<p>{table['cell'].nunique() - CELLS} more cells are in the tables below.</p>")
    if len(got.tables["comparisons"]):
        paragraphs.insert(0, f"<p>{HOW}</p>")
    if not len(table):
        paragraphs.append("<p>No metrics were found: nothing can be said about the quality of the predictions.</p>")
    limits = "".join(f"<li>{line}</li>" for line in caveats(got))
    heading = f"<p><strong>What limits these figures</strong></p><ul>{limits}</ul>" if limits else ""
    yield Section("summary", "1. In plain words", "html", "".join(paragraphs) + heading)


def about(cell: str, table: pd.DataFrame, got: Inputs) -> str:
    """What is to be said on one cell."""
    table = table.sort_values("mse_mean")
    best, genes, split = table.iloc[0], int(table["n"].max()), split_shown(got.tables["summary"])
    sd = f" ± {best['mse_sd']:.3f} over {int(best['seeds'])} seeds" if pd.notna(best["mse_sd"]) else ", one seed"
    lines = [
        f"Of {len(table)} models, {name(best['model'])} has the lowest mean squared error ({best['mse_mean']:.3f}{sd}) "
        f"on {genes} {split} genes."
    ]
    compared = shown(got.tables["comparisons"])
    compared = compared[(compared["cell"] == cell) & (compared["metric"] == "mse")]
    for control, part in compared.groupby("control", sort=True):
        lines.append(against(str(control), part))
    for (which, model), found in sorted(got.elements.items()):
        if which == cell:
            lines.append(f"The mask of {name(model)} gives {len(found)} elements of {found['gene_id'].nunique()} genes.")
    lines += truth_lines(cell, got)
    lines += crispri.lines(cell, got)
    unseen = " (unseen cell: the models were trained on others)" if "yes" in set(table.get("unseen", ())) else ""
    lines += change_lines(cell, got)
    return f"<p><strong>{escape(cell)}</strong>{unseen}</p><ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"


def name(model: object) -> str:
    """The label of a model, fit for HTML."""
    return escape(label(str(model)))


def against(control: str, compared: pd.DataFrame) -> str:
    """One sentence on all models against a control."""
    better = [in_words(r) for r in rows(compared) if r.high < 0]
    worse = [in_words(r) for r in rows(compared) if r.low > 0]
    level = [in_words(r) for r in rows(compared) if not (r.high < 0 or r.low > 0)]
    what = "predicting the mean of the training genes" if control == TRAIN_MEAN else name(control)
    parts = [
        f"{state} {', '.join(models)}"
        for state, models in (
            ("significantly better:", better),
            ("significantly worse:", worse),
            ("no significant difference:", level),
        )
        if models
    ]
    return f"Against {what}: {'; '.join(parts)}."


def in_words(row: Any) -> str:
    """A model with its difference and interval."""
    return f"{name(row.model)} ({row.difference:+.3f}, {row.low:+.3f} to {row.high:+.3f})"


def change_lines(cell: str, got: Inputs) -> Iterator[str]:
    """A sentence on what changes from the training cells to an unseen one, over genes of held-out chromosomes, else over all."""
    table = got.tables["unseen"]
    table = table[(table["cell"] == cell) & (table["score"] == "change")]
    table = table[table["genes"] == ("test" if "test" in set(table["genes"]) else "all")].sort_values("value", ascending=False)
    if len(table):
        values = ", ".join(f"{name(r.model)} {r.value:.3f} ({r.low:.3f} to {r.high:.3f})" for r in rows(table))
        yield f"Predicted and observed change from the mean of the training cells agree with Pearson r: {values}."


def truth_lines(cell: str, got: Inputs) -> Iterator[str]:
    """Sentences on the simulation's truth: candidate elements beyond the promoter."""
    table = got.tables["truth"]
    if not len(table):
        return
    table = table[(table["cell"] == cell) & (table["level"] == "element") & (table["scope"] == "distal")].dropna(subset=["auprc"])
    for model, part in table.groupby("model", sort=True):
        best = part.sort_values("auprc", ascending=False)
        values = ", ".join(f"{escape(str(r.source))} {r.auprc:.3f}" for r in rows(best))
        chance = f"chance {best['prevalence'].iloc[0]:.3f}"
        yield f"Ranking planted distal elements (area under the precision-recall curve; mask of {name(model)}): {values}; {chance}."


def caveats(got: Inputs) -> Iterator[str]:
    """What a reader has to know before using the figures."""
    table, compared = shown(got.tables["summary"]), shown(got.tables["comparisons"])
    if len(table) and split_shown(table) != "test":
        yield f"No test gene has an observed value: figures are of the {split_shown(table)} genes, which training has seen."
    few = table[(table["seeds"] < FEW_SEEDS) & ~table["model"].isin([TRAIN_MEAN, CELLS_MEAN])] if len(table) else table
    if len(few):
        yield f"{len(few)} of {len(table)} rows have fewer than {FEW_SEEDS} seeds: chance in training is not, or barely, measured."
    if len(table) and table["n"].max() < FEW_GENES:
        yield f"At most {int(table['n'].max())} genes: only large differences can be seen."
    if len(compared):
        count = compared.groupby(["cell", "model", "control"]).ngroups
        yield f"{count} comparisons were made; the intervals hold for each alone and are not corrected for their number."
    if len(bad := failures(got.trace)):
        yield (
            f"Tasks of the pipeline that failed ({len(bad)}): "
            + ", ".join(escape(f"{r.process} {r.tag}".strip()) for r in rows(bad.head(10)))
            + "."
        )
    if got.elements and not len(got.tables["crispri"]):
        yield crispri.UNTESTED
    if got.problems:
        yield (
            "Left out because they could not be read: " + ", ".join(f"<code>{escape(f)}</code>" for f, _ in got.problems[:10]) + "."
        )
