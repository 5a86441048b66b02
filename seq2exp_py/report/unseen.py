"""Cells that no model was trained on: how far their expression, and what changes from other cells, is predicted."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from seq2exp_py.models.rows import label
from seq2exp_py.report.content import Section
from seq2exp_py.report.inputs import Inputs, who

SCORES = {"mse": "MSE", "pearson": "Pearson r", "change": "r of the change"}
GENES = {"all": "all genes", "test": "held-out chromosomes"}


def unseen(got: Inputs) -> Iterator[Section]:
    """One row per unseen cell, model and set of genes; every score with its interval, the change's last."""
    table = got.tables["unseen"]
    if not len(table):
        return
    data: dict[str, dict[str, Any]] = {}
    for (cell, model, genes), part in table.groupby(["cell", "model", "genes"], sort=True):
        row: dict[str, Any] = {"n": int(part["n"].iloc[0])}
        for _, found in part.iterrows():
            values = {"": "value", "_low": "low", "_high": "high", "_minus": "difference"}
            row |= {f"{found['score']}{end}": found[name] for end, name in values.items() if pd.notna(found[name])}
        data[f"{who(cell, model, unseen=True)}, {GENES[str(genes)]}"] = row
    control = table.loc[table["score"] == "change", "control"].dropna()
    against = {"mse": "cells_mean", "pearson": "cells_mean", "change": control.iloc[0] if len(control) else "no control"}
    number = {"format": "{:,.3f}", "scale": False}
    headers: dict[str, Any] = {}
    for score, name in SCORES.items():
        headers[score] = {"title": name, **number}
        headers |= {f"{score}_{end}": {"title": f"{name} {end}", **number, "hidden": score != "change"} for end in ("low", "high")}
        headers[f"{score}_minus"] = {"title": f"Δ {name}", "description": f"minus {label(str(against[score]))}", **number}
    headers["n"] = {"title": "n", "format": "{:,d}", "scale": False}
    text = (
        "Cells that the models were not trained on. <em>r of the change</em>: Pearson's r over genes between the predicted and the "
        "observed change from the mean of the training cells, with its 95 % BCa interval over genes; the mean itself predicts no "
        "change. Δ of MSE and Pearson r: against the mean of the training cells, gene by gene, which knows how every gene is "
        f"expressed there; Δ of the change: against {label(str(against['change']))}. On held-out chromosomes no model was trained "
        "in any cell; on the others the prediction of the training cells, and with it the change, is partly learned by heart."
    )
    yield Section("unseen", "19. Cells never seen", "table", data, text, {"col1_header": "Cell | model, genes"}, headers)
