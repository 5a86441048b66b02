"""Cells that a model was not trained on: beside the mean of the cells that it was trained on, and by what changes between cells."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.evaluate.bootstrap import Draws, Statistic, mse, pearson
from seq2exp_py.evaluate.metrics import CELLS_MEAN
from seq2exp_py.inference.seeds import Seeds

COLUMNS = "cell model trained_on genes score n value low high control difference difference_low difference_high".split()
GENES = ("all", "test")  # of every split, and of the chromosomes that no training saw in any cell
LEAST = 3  # genes that a correlation takes
Floats = npt.NDArray[np.float64]


def means(groups: Sequence[Seeds]) -> dict[str, pd.DataFrame]:
    """By unseen cell, the mean of its training cells as a prediction of it.

    Args:
        groups: predictions by cell × model; the training cells must be among them, else the cell is left out.

    Returns:
        Tables indexed by gene_id with the columns split, observed (in the unseen cell) and predicted (mean of log10(x + 1) over the
        training cells), of the genes that are measured in all of them; `attrs["cells"]` are these cells. Where models were trained
        on different cells, those of the first count, and the others have no row in `table`.
    """
    measured = {seeds.cell: seeds.folders[0].expression.set_index("gene_id")[["split", "observed"]] for seeds in groups}
    found: dict[str, pd.DataFrame] = {}
    for seeds in groups:
        if seeds.cell in found or not seeds.unseen or not measured.keys() >= set(seeds.trained_on):
            continue
        others = pd.concat([measured[cell]["observed"].rename(cell) for cell in seeds.trained_on], axis=1, join="inner")
        table = measured[seeds.cell].assign(predicted=others.mean(axis=1, skipna=False)).dropna()
        if len(table):
            table.attrs["cells"] = seeds.trained_on
            found[seeds.cell] = table
    return found


def table(groups: Sequence[Seeds], known: Mapping[str, pd.DataFrame], controls: Sequence[str], resamples: int) -> pd.DataFrame:
    """The table `unseen.tsv`.

    Args:
        groups: predictions by cell × model, those of the training cells by the same models among them.
        known: see `means`; cells without one have no rows.
        controls: the first that predicts the unseen cell is what the others' change is compared with.
        resamples: bootstrap samples over genes.

    Returns:
        Rows by unseen cell, model (the mean of the training cells among them), genes and score: `mse` and `pearson` of the
        expression, each minus that of the mean of the training cells; `change`, Pearson's r over genes between predicted and
        observed change from the mean of the training cells, minus that of the control. All with 95 % BCa intervals over genes.
    """
    by_name = {(seeds.cell, seeds.model): seeds for seeds in groups}
    rows: list[tuple[object, ...]] = []
    for cell, mean in known.items():
        made = {s.model: p for s in groups if s.cell == cell and s.unseen and (p := prediction(s, by_name, mean)) is not None}
        control = next((name for name in controls if name in made), None)
        for which in GENES:
            part = mean if which == "all" else mean[mean["split"] == which]
            if len(part) < LEAST:
                continue
            for model in (CELLS_MEAN, *sorted(made)):
                own = None if model == CELLS_MEAN else made[model]
                other = None if control in (None, model) else (str(control), made[str(control)])
                for row in scores(part, own, other, resamples):
                    rows.append((cell, model, "+".join(mean.attrs["cells"]), which, *row))
    return pd.DataFrame(rows, columns=COLUMNS)


def prediction(
    seeds: Seeds, by_name: Mapping[tuple[str, str], Seeds], mean: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Predicted expression and predicted change of an unseen cell: genes × seeds, in the order of `mean`.

    None where the model was trained on other cells than those of the mean, a training cell was not predicted by the same model,
    seed by seed, or a gene is missing.
    """
    if seeds.trained_on != mean.attrs["cells"]:
        return None
    others = [by_name.get((cell, seeds.model)) for cell in seeds.trained_on]
    if any(other is None or other.seeds != seeds.seeds or other.trained_on != seeds.trained_on for other in others):
        return None
    here = by_seed(seeds).reindex(mean.index)
    there = [by_seed(other).reindex(mean.index) for other in others if other is not None]
    change = here - sum(there[1:], there[0]) / len(there)
    return None if here.isna().any(axis=None) or change.isna().any(axis=None) else (here, change)


def by_seed(seeds: Seeds) -> pd.DataFrame:
    """Predicted expression by gene_id, a column for each seed."""
    parts = zip(seeds.seeds, seeds.folders, strict=True)
    return pd.concat([f.expression.set_index("gene_id")["predicted"].rename(seed) for seed, f in parts], axis=1)


def scores(
    part: pd.DataFrame,
    own: tuple[pd.DataFrame, pd.DataFrame] | None,
    control: tuple[str, tuple[pd.DataFrame, pd.DataFrame]] | None,
    resamples: int,
) -> Iterator[tuple[object, ...]]:
    """Score and what follows in `COLUMNS`, of one model on some genes.

    Args:
        part: genes, see `means`.
        own: see `prediction`; None for the mean of the training cells itself.
        control: name and prediction of what the change is compared with; None where there is no other.
        resamples: bootstrap samples.
    """
    observed, mean = (part[name].to_numpy(np.float64) for name in ("observed", "predicted"))

    def seeds(values: pd.DataFrame) -> Floats:
        return values.loc[part.index].to_numpy(np.float64).T

    for name, statistic in (("mse", mse), ("pearson", pearson)):
        bar = statistic(observed, mean[None])
        both = [bar] if own is None else [statistic(observed, seeds(own[0])), bar]
        yield name, *judged(both, len(part), CELLS_MEAN, resamples)
    if own is not None:
        change = observed - mean
        other = [] if control is None else [pearson(change, seeds(control[1][1]))]
        yield "change", *judged([pearson(change, seeds(own[1])), *other], len(part), control[0] if control else None, resamples)


def judged(statistics: Sequence[Statistic], n: int, control: str | None, resamples: int) -> tuple[object, ...]:
    """n, value, low, high, control, difference, difference_low, difference_high: of one statistic, and minus a second if given."""
    draws = Draws.of(lambda weights: np.stack([statistic(weights) for statistic in statistics], axis=1), n, resamples)
    first = np.eye(len(statistics))[0]
    alone = n, float(draws.point[0]), *draws.interval(first)
    if len(statistics) == 1:
        return *alone, None, None, None, None
    return *alone, control, float(draws.point[0] - draws.point[1]), *draws.interval(first - np.eye(2)[1])
