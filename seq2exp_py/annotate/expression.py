"""Predicted expression as tables: the full one, and the two columns of htseq-count that DESeq2 and pydeseq2 read."""

import json
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.annotate.rules import SCALE
from seq2exp_py.files import whole

SPECIAL = ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique")  # htseq-count's last rows
MAX_COUNT = 2**31 - 1  # R's integers end here
COVERAGE = 0.95
WARNING = "predicted pseudo-counts, not read counts; do not test differential expression with them as if they were replicates"
FOUND = ["n_elements", "n_distal", "best_element", "best_probability"]
COLUMNS = [*"gene_id gene_name split observed predicted residual sd lower upper".split(), *FOUND, "mask_fraction"]


def counts(predicted: npt.ArrayLike, scale: float = SCALE) -> npt.NDArray[np.int64]:
    """round((10^predicted - 1) × scale), not below 0, not above 2^31 - 1; 0 where not predicted.

    Args:
        predicted: log10(expression + 1).
        scale: counts per unit of expression.
    """
    with np.errstate(over="ignore"):
        value = (np.power(10.0, np.asarray(predicted, np.float64)) - 1.0) * scale
    return np.rint(np.clip(np.nan_to_num(value, nan=0.0, posinf=MAX_COUNT), 0, MAX_COUNT)).astype(np.int64)


def half_width(residual: npt.NDArray[np.float64]) -> float:
    """Half of the width of a 95 % prediction interval: the split-conformal quantile of |residual| over held-out genes.

    With n genes that is the ceil(0.95 (n + 1))-th smallest; NaN where n is too small (below 19) to say.
    """
    held_out = np.sort(np.abs(residual[np.isfinite(residual)]))
    rank = ceil(COVERAGE * (len(held_out) + 1))
    return float(held_out[rank - 1]) if rank <= len(held_out) else float("nan")


NONE = "none"  # of a gene without an element apart from its promoter


def found(elements: pd.DataFrame) -> pd.DataFrame:
    """By gene id: number of elements, number apart from the promoter, the best of those as chrom:start-end, its probability."""
    distal = elements[elements["rank"] > 0]
    best = distal.sort_values(["probability", "rank"], ascending=[False, True]).drop_duplicates("gene_id").set_index("gene_id")
    where = best["chrom"].astype(str) + ":" + best["start"].astype(str) + "-" + best["end"].astype(str)
    counts = [table["gene_id"].value_counts() for table in (elements, distal)]
    return pd.concat([*counts, where, best["probability"]], axis=1).set_axis(FOUND, axis=1)


def full_table(expression: pd.DataFrame, elements: pd.DataFrame | None) -> pd.DataFrame:
    """The full table of one cell × model, by gene id.

    Args:
        expression: `Seeds.expression()`.
        elements: table of `elements.call`; None where the model has no mask.

    Returns:
        `COLUMNS`: observed, predicted, residual (observed - predicted) and sd in log10(expression + 1); both ends of the 95 %
        prediction interval, from the residuals of the validation genes; number of elements, and of those but the promoter; the best
        of those, `none` where a gene has none, and the probability of its link; mean mask over the window (0 to 1).
    """
    table = expression.rename(columns={"mask_ratio": "mask_fraction"})
    table["residual"] = table["observed"] - table["predicted"]
    half = half_width(table.loc[table["split"] == "valid", "residual"].to_numpy(np.float64))
    table["lower"], table["upper"] = table["predicted"] - half, table["predicted"] + half
    own = pd.DataFrame(columns=FOUND, dtype=object) if elements is None else found(elements)
    table = table.join(own, on="gene_id").astype({"n_elements": "Int64", "n_distal": "Int64", "best_probability": "Float64"})
    if elements is not None:
        table = table.fillna({"n_elements": 0, "n_distal": 0, "best_element": NONE})
    return table[COLUMNS].sort_values("gene_id", ignore_index=True)


def write_htseq(table: pd.DataFrame, gene_ids: list[str], stem: Path, scale: float = SCALE) -> None:
    """Write `<stem>.htseq.txt` and, beside it, `<stem>.htseq.json` that says how to read it.

    Args:
        table: the full table.
        gene_ids: every gene of the genome store: so all cells and models of a run have the same rows in the same order.
        stem: folder and `<cell>.<model>`.
        scale: counts per unit of expression.
    """
    predicted = table.set_index("gene_id")["predicted"].reindex(sorted(gene_ids))
    if predicted.isna().all():  # nothing predicts this cell: a table of zeros would say that nothing is expressed
        return
    lines = [f"{gene}\t{count}" for gene, count in zip(predicted.index, counts(predicted, scale), strict=True)]
    with whole(stem.with_name(stem.name + ".htseq.txt")) as temporary:
        temporary.write_text("\n".join(lines + [f"{name}\t0" for name in SPECIAL]) + "\n")
    said = {
        "what": WARNING,
        "count": "round((10^predicted - 1) * scale), predicted = log10(expression + 1), mean over seeds",
        "scale": scale,
        "genes": len(predicted),
        "not_predicted": sorted(predicted.index[predicted.isna()]),
    }
    with whole(stem.with_name(stem.name + ".htseq.json")) as temporary:
        temporary.write_text(json.dumps(said, indent=1) + "\n")
