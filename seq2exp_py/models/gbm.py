"""Gradient boosting on the features and mean signals: the strong control (scikit-learn's HistGradientBoostingRegressor).

Its trees are kept as arrays: no pickle, no scikit-learn at prediction, the same file on any version.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seq2exp_py.models.parts.fitted import Fitted
from seq2exp_py.models.parts.table import Floats, TableConfig

NAMES = ("column", "threshold", "left", "right", "value", "base")


class Config(TableConfig):
    """Settings of the boosting; `seed` matters only where scikit-learn subsamples to find the bins (above 200,000 samples)."""

    trees: int = Field(300, gt=0)
    leaves: int = Field(15, gt=1)
    learning_rate: float = Field(0.05, gt=0)
    smallest_leaf: int = Field(20, gt=0)
    l2: float = Field(1.0, ge=0)
    seed: int = 0


class Network(Fitted):
    """Sum of trees; a node goes to `left` if its `column` is at most its `threshold`, else to `right`, a leaf to itself."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config, blank(config))

    def predict(self, rows: Floats) -> Floats:
        """(n, columns) table -> (n,) sum over the trees, all rows and trees one level at a time."""
        column, threshold, left, right, value, base = (self.values[name] for name in NAMES)
        tree, row = np.arange(len(value)), np.arange(len(rows))[:, None]
        node = np.zeros((len(rows), len(tree)), np.int64)
        for _ in range(self.config.leaves - 1):  # no leaf lies deeper
            goes_left = rows[row, column[tree, node]] <= threshold[tree, node]
            node = np.where(goes_left, left[tree, node], right[tree, node])
        found: Floats = base + value[tree, node].sum(1)
        return found

    def fit(self, rows: Floats, target: Floats) -> None:
        """Grow the trees."""
        self.keep(grow(rows, target, self.config))

    def keep(self, grown: Any) -> None:
        """Copy the trees of a fitted HistGradientBoostingRegressor, which has no public way to hand them out, into the arrays."""
        self.values = blank(self.config) | {"base": np.asarray(float(np.ravel(grown._baseline_prediction)[0]))}
        for tree, (predictor,) in enumerate(grown._predictors):
            nodes = predictor.nodes
            inner, here = nodes["is_leaf"] == 0, np.arange(len(nodes))
            arrays = {
                "column": np.where(inner, nodes["feature_idx"], 0),
                "threshold": np.where(inner, nodes["num_threshold"], 0.0),
                "left": np.where(inner, nodes["left"], here),
                "right": np.where(inner, nodes["right"], here),
                "value": nodes["value"],
            }
            for name, array in arrays.items():
                self.values[name][tree, : len(nodes)] = array


def blank(config: Config) -> dict[str, NDArray[Any]]:
    """Trees of one leaf each, of value 0: the arrays by name."""
    shape = (config.trees, 2 * config.leaves - 1)
    itself = np.tile(np.arange(shape[1]), (shape[0], 1))
    zero, integer = np.zeros(shape), np.zeros(shape, np.int64)
    return dict(zip(NAMES, (integer, zero, itself, itself.copy(), zero.copy(), np.zeros(())), strict=True))


def grow(rows: Floats, target: Floats, config: Config) -> Any:
    """Fit scikit-learn's regressor without early stopping, so that nothing but the configuration decides the trees."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # slow to import; needed only to fit

    grower = HistGradientBoostingRegressor(
        learning_rate=config.learning_rate,
        max_iter=config.trees,
        max_leaf_nodes=config.leaves,
        min_samples_leaf=config.smallest_leaf,
        l2_regularization=config.l2,
        early_stopping=False,
        random_state=config.seed,
    )
    return grower.fit(rows, target)
