"""Fit the probability of a link to CRISPRi pairs, and say how far it can be trusted on chromosomes that the fit has not seen."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

from seq2exp_py.errors import InputError
from seq2exp_py.evaluate.controls import strengths
from seq2exp_py.evaluate.ranking import Ranking
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.evidence.probability import LEAST, Calibration, logistic
from seq2exp_py.store import Store
from seq2exp_py.tracks.pairs import fitted
from seq2exp_py.writers.table import write_table

Floats = npt.NDArray[np.float64]
RECALL = 0.7
BINS = (0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)  # of the reliability curve: narrow where most pairs are
FEWEST = 20  # regulated pairs that a curve of two numbers needs


class Curve(NamedTuple):
    """ln odds = intercept + slope x."""

    intercept: float
    slope: float


def fit(x: Floats, regulated: npt.NDArray[np.bool_]) -> Curve:
    """The curve of greatest likelihood for x (n,) = ln(strength + LEAST)."""
    y = regulated.astype(np.float64)

    def loss(w: Floats) -> tuple[float, Floats]:
        z = w[0] + w[1] * x
        error = logistic(z) - y
        return float((np.logaddexp(0, z) - y * z).sum()), np.array([error.sum(), error @ x])

    found = minimize(loss, np.zeros(2), jac=True)
    return Curve(float(found.x[0]), float(found.x[1]))


def held_out(x: Floats, regulated: npt.NDArray[np.bool_], chrom: npt.NDArray[np.str_]) -> Floats:
    """(n,) probability of every pair by the curve that is fitted to the pairs of all other chromosomes."""
    out = np.full(len(x), np.nan)
    for one in np.unique(chrom):
        own = chrom == one
        if regulated[~own].any():
            curve = fit(x[~own], regulated[~own])
            out[own] = logistic(curve.intercept + curve.slope * x[own])
    return out


def reliability(probability: Floats, regulated: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The reliability curve: by range of the probability its mean, the share of regulated pairs and their number."""
    table = pd.DataFrame({"probability": probability, "regulated": regulated.astype(np.float64)})
    table["least"] = np.array(BINS)[np.clip(np.searchsorted(BINS, probability, side="right") - 1, 0, len(BINS) - 2)]
    out = table.groupby("least").agg(
        pairs=("regulated", "size"), probability=("probability", "mean"), regulated=("regulated", "mean")
    )
    return out.reset_index()


def calibrate(genome: Path, cell: Path, pairs: Path, out: Path, resolution: int) -> Calibration:
    """Fit the curve of a cell and write `calibration.json` and `reliability.tsv`.

    Args:
        genome: genome store.
        cell: store of the cell.
        pairs: table of the ENCODE CRISPR benchmark.
        out: folder to write.
        resolution: bp per token of the evidence.

    Raises:
        InputError: the table does not fit the stores, or has too few regulated pairs of the cell on their chromosomes.
    """
    store = Store.open(genome, [cell])
    evidence = CellEvidence(store, width=store.genome.manifest.window, resolution=resolution)
    name = store.cells[0]
    table = fitted(pairs, [name], store.genome.chromosomes, store.genome.genes)[name].table
    strength = strengths(evidence, table)
    known = np.isfinite(strength)
    regulated, chrom = table["regulated"].to_numpy(bool)[known], table["chrom"].to_numpy(str)[known]
    if regulated.sum() < FEWEST:
        raise InputError(
            f"{pairs}: {int(regulated.sum())} regulated pairs of {name} on the chromosomes of {genome}, where a calibration needs "
            f"{FEWEST}: give a larger table, or use the calibration that ships"
        )
    x = np.log(strength[known] + LEAST)
    curve, apart = fit(x, regulated), held_out(x, regulated, chrom)
    probability = logistic(curve.intercept + curve.slope * x)
    precision, threshold = Ranking(probability, regulated).precision_at(RECALL)
    base = float(regulated.mean())
    found = Calibration(
        intercept=round(curve.intercept, 4),
        slope=round(curve.slope, 4),
        threshold=round(threshold, 4),
        recall=RECALL,
        precision=round(precision, 4),
        brier=round(float(np.nanmean((apart - regulated) ** 2)), 5),
        brier_base=round(base * (1 - base), 5),
        provenance={
            "cell": name,
            "tracks": list(evidence.tracks),
            "contacts": evidence.cell.manifest.contacts.source,
            "table": pairs.name,
            "pairs": len(regulated),
            "regulated": int(regulated.sum()),
            "resolution": resolution,
            "window": store.genome.manifest.window,
            "formula": evidence.formula.model_dump(mode="json", exclude={"tau", "certainty"}),
        },
    )
    found.write(out / "calibration.json")
    write_table(reliability(apart[np.isfinite(apart)], regulated[np.isfinite(apart)]), out / "reliability.tsv")
    return found
