"""What the masks found: how much they keep, the elements, how sets agree, and how they stand against a truth."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from seq2exp_py.genome.intervals import jaccard
from seq2exp_py.report.content import Section, areas
from seq2exp_py.report.inputs import Inputs, who
from seq2exp_py.writers.palette import BLUE, CLASS_COLOUR, CLASSES, hexa
from seq2exp_py.writers.table import rows

SETS = 40  # of the heat map; more is unreadable and takes bedtools minutes
BOX_POINTS = 500  # per box
TRUTH_VIEWS = [(level, scope) for level in ("element", "bin", "base") for scope in ("distal", "all")]
CLASS_NAME = {"promoter": "Promoter", "DNase": "DNase peak", "H3K27ac": "H3K27ac", "none": "None of these"}


def five_numbers(values: "pd.Series[float]") -> dict[str, float]:
    """A box of MultiQC's box plot: the whiskers end at the 5th and 95th percentile."""
    names = ("min", "q1", "median", "q3", "max")
    return dict(zip(names, np.percentile(values, [5, 25, 50, 75, 95]).tolist(), strict=True)) | {
        "mean": float(values.mean()),
        "count": len(values),
    }


def mask_ratio(got: Inputs) -> Iterator[Section]:
    """Mean mask of every gene."""
    table = got.tables["predicted"].dropna(subset=["mask_ratio"])
    groups = table.groupby(["cell", "model"], sort=True)["mask_ratio"]
    data = {who(cell, model): five_numbers(part) for (cell, model), part in groups}
    if data:
        text = "Mean mask over the window of every gene: box 25 to 75 %, whiskers 5 to 95 %. Soft masks never reach 0."
        yield Section(
            "mask_ratio",
            "8. Share of the window that the mask keeps",
            "box",
            data,
            text,
            {"xlab": "mean mask", "sort_samples": False},
        )


def lengths(got: Inputs) -> Iterator[Section]:
    """Width of the elements."""
    data = {who(*key): five_numbers(table["end"] - table["start"]) for key, table in sorted(got.elements.items()) if len(table)}
    if data:
        text = "Width in bp: box 25 to 75 %, whiskers 5 to 95 %."
        yield Section("lengths", "9. Width of the elements", "box", data, text, {"xlab": "bp", "sort_samples": False})


def classes(got: Inputs) -> Iterator[Section]:
    """What else is known about the elements."""
    data = {}
    for key, table in sorted(got.elements.items()):
        distinct = table.drop_duplicates(["chrom", "start", "end"])["class"].value_counts()
        data[who(*key)] = {kind: int(distinct.get(kind, 0)) for kind in CLASSES}
    if data:
        order = {kind: {"name": CLASS_NAME[kind], "color": hexa(CLASS_COLOUR[kind])} for kind in CLASSES}
        text = (
            "Distinct elements by the first that fits: in the 2 kb around a TSS; in a peak or high in DNase; high in H3K27ac; none."
        )
        yield Section("classes", "10. Classes of the elements", "bargraph", data, text, {"ylab": "elements"}, order=order)


def agreement(got: Inputs) -> Iterator[Section]:
    """How far the element sets agree."""
    beds = dict(sorted(got.beds.items())[:SETS])
    if len(beds) < 2:
        return
    table = jaccard(beds)
    left_out = len(got.beds) - len(beds)
    text = "Shared bases over bases of either set (Jaccard index)." + (
        f" The first {SETS} sets; {left_out} are left out." if left_out else ""
    )
    data: dict[str, Any] = {row: {column: value for column, value in table.loc[str(row)].items()} for row in table.index}
    look: dict[str, Any] = {"min": 0, "max": 1, "square": True, "cluster_rows": False, "cluster_cols": False}
    look["colstops"] = [[0, "#ffffff"], [1, hexa(BLUE)]]
    yield Section("jaccard", "11. Agreement of element sets", "heatmap", data, text, look)


def truth(got: Inputs) -> Iterator[Section]:
    """AUPRC against the planted elements of a simulation, one view per level and scope."""
    table = got.tables["truth"]
    if not len(table):
        return
    views = list(dict.fromkeys((r.level, r.scope) for r in rows(table)))
    data, labels = [], []
    for level, scope in sorted(views, key=TRUTH_VIEWS.index):
        part = table[(table["level"] == level) & (table["scope"] == scope)]
        by_sample: dict[str, dict[str, float]] = {}
        for row in rows(part):
            by_sample.setdefault(who(row.cell, row.model), {"chance": row.prevalence})[str(row.source)] = row.auprc
        data.append(by_sample)
        labels.append({"name": f"by {level}, {scope}", "ylab": "AUPRC"})
    text = (
        "Area under the precision-recall curve (average precision) of the mask, the raw signals, peaks and nearness to the TSS "
        "against the planted causal elements (R_ag). Distal: without the 2 kb around the TSS. Chance: share of positives."
    )
    yield Section("truth", "12. Against the simulation's truth", "bargraph", data, text, areas(labels))
