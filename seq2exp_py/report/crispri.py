"""How often the mask's links are right: the pairs that CRISPRi tested, or the sentence that none were."""

from collections.abc import Iterator
from html import escape
from typing import Any

import pandas as pd

from seq2exp_py.models.rows import label
from seq2exp_py.report.content import Section, areas
from seq2exp_py.report.inputs import Inputs, who
from seq2exp_py.writers.table import rows

MAIN = {"all": "all pairs", "in_window": "pairs in the window", "reach": "all pairs, any distance", "within_gene": "within a gene"}
NAMES = {"mask": "mask", "evidence": "evidence (no training)", "A/d": "activity / distance", "A*powerlaw": "activity × power law"}
UNTESTED = (
    "No CRISPRi table was given (<code>--crispri</code>): whether these elements regulate their genes was not tested in this run. "
    "That scores agree says that they read the same tracks alike, not that they are right."
)


def figures(got: Inputs) -> Iterator[Section]:
    """AUPRC of every score on the main subsets, with intervals and the precision at 70 % recall."""
    table = got.tables["crispri"]
    table = table[table["subset"].isin(MAIN)]
    if not len(table):
        return
    columns = ["auprc", "low", "high", "base", "precision", "threshold", "pairs", "positives"]
    data = {
        f"{who(r['cell'], r['model'])}, {named(r['score'])}, {MAIN[r['subset']]}": {c: r[c] for c in columns}
        for r in records(table)
    }
    three = {"format": "{:,.3f}", "min": 0, "max": 1, "scale": "Blues"}
    headers: dict[str, Any] = {c: {"title": c, **three} for c in ("auprc", "low", "high", "base", "precision")}
    headers["precision"]["title"] = "precision at 70 % recall"
    headers["threshold"] = {"title": "score there", "format": "{:,.4f}", "scale": False}
    headers |= {c: {"title": c, "format": "{:,d}", "scale": False} for c in ("pairs", "positives")}
    text = (
        "Area under the precision-recall curve on the element-gene pairs that CRISPRi tested, with a 95 % BCa bootstrap interval "
        "over genes. <em>All pairs</em> rank those outside the model's window lowest; <em>any distance</em> scores them by the "
        "evidence, which needs no window; <em>within a gene</em> is the mean over genes of the average precision of their pairs. "
        "All scores but the mask need no training and come from this run's own tracks. Base: share of regulated pairs."
    )
    yield Section("crispri", "13. CRISPRi pairs", "table", data, text, {"col1_header": "Model, score, pairs"}, headers)


def where(got: Inputs) -> Iterator[Section]:
    """AUPRC by study and by distance, one view each."""
    table = got.tables["crispri"]
    table = table[~table["subset"].isin(MAIN)].dropna(subset=["auprc"])
    if not len(table):
        return
    data, labels = [], []
    for subset in dict.fromkeys(table["subset"]):
        part = table[table["subset"] == subset]
        samples: dict[str, dict[str, float]] = {}
        for row in rows(part):
            samples.setdefault(who(row.cell, row.model), {"chance": row.base})[named(row.score)] = row.auprc
        data.append(samples)
        first = part.iloc[0]
        labels.append({"name": f"{subset} ({int(first['positives'])} of {int(first['pairs'])})", "ylab": "AUPRC"})
    text = "The same area by study and by distance from the TSS, at any distance. In brackets: regulated pairs of those tested."
    yield Section("crispri_where", "14. CRISPRi pairs by study and distance", "bargraph", data, text, areas(labels))


def agreement(got: Inputs) -> Iterator[Section]:
    """How far scores of links agree, where nothing was tested."""
    table = got.tables["agreement"]
    if not len(table) or len(got.tables["crispri"]):
        return
    data: dict[str, dict[str, float]] = {}
    for row in rows(table):
        data.setdefault(f"{who(row.cell, row.model)}, {named(row.one)}", {})[named(row.other)] = row.spearman
    text = f"Spearman correlation between scores over the links of the run's genes. {UNTESTED}"
    yield Section("agreement", "13. Agreement of scores (nothing was tested)", "heatmap", data, text, {"min": -1, "max": 1})


def lines(cell: str, got: Inputs) -> Iterator[str]:
    """Sentences for the summary of a cell."""
    table = got.tables["crispri"]
    for model, part in table[table["cell"] == cell].groupby("model", sort=True):
        yield from sentences(str(model), part, got.tables["crispri_differences"].query("cell == @cell and model == @model"))


def sentences(model: str, table: pd.DataFrame, differences: pd.DataFrame) -> Iterator[str]:
    """What CRISPRi says of the mask of one model."""
    for subset in ("all", "in_window"):
        part = table[(table["subset"] == subset) & table["auprc"].notna()].sort_values("auprc", ascending=False)
        if not len(part):
            continue
        first = part.iloc[0]
        values = ", ".join(f"{escape(named(r.score))} {r.auprc:.3f}" for r in rows(part))
        head = f"Of {int(first['pairs'])} CRISPRi pairs ({MAIN[subset]}), {int(first['positives'])} are regulated"
        of = f"area under the precision-recall curve (mask of {escape(label(model))})"
        yield f"{head}; {of}: {values}; chance {first['base']:.3f}."
        against = differences[(differences["subset"] == subset) & (differences["score"] == "mask")]
        if len(against):
            yield "The mask minus " + "; ".join(difference(r) for r in rows(against)) + "."


def difference(row: Any) -> str:
    """A control with the difference to it and what that says."""
    state = "significant" if row.low > 0 or row.high < 0 else "not significant"
    return f"{escape(named(row.control))}: {row.difference:+.3f} ({row.low:+.3f} to {row.high:+.3f}, {state})"


def named(score: object) -> str:
    """A score as readers know it."""
    return NAMES.get(str(score), str(score))


def records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a table by column."""
    yield from ({str(k): v for k, v in row.items()} for row in table.to_dict("records"))
