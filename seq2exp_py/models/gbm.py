"""Gradient boosting on the features and mean signals: the strong control (scikit-learn's HistGradientBoostingRegressor).

Its trees are kept as arrays in the state dict: no pickle, no scikit-learn at prediction, the same file on any version or device.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.table import TableConfig, collect, table
from seq2exp_py.store.batch import Batch


class Config(TableConfig):
    """Settings of the boosting; `seed` matters only where scikit-learn subsamples to find the bins (above 200,000 samples)."""

    trees: int = Field(300, gt=0)
    leaves: int = Field(15, gt=1)
    learning_rate: float = Field(0.05, gt=0)
    smallest_leaf: int = Field(20, gt=0)
    l2: float = Field(1.0, ge=0)
    seed: int = 0


class Network(Model):
    """Sum of trees; a node goes to `left` if its `column` is at most its `threshold`, else to `right`, a leaf to itself."""

    config: Config
    column: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    value: Tensor
    base: Tensor

    def __init__(self, config: Config):
        super().__init__(config)
        shape = (config.trees, 2 * config.leaves - 1)
        self.register_buffer("column", torch.zeros(shape, dtype=torch.int64))
        self.register_buffer("threshold", torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("left", torch.arange(shape[1]).repeat(shape[0], 1))
        self.register_buffer("right", torch.arange(shape[1]).repeat(shape[0], 1))
        self.register_buffer("value", torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("base", torch.zeros((), dtype=torch.float64))

    def forward(self, batch: Batch) -> Output:
        """Predict."""
        return Output(self.walk(table(batch, self.config)).float())

    def walk(self, rows: Tensor) -> Tensor:
        """(n, columns) float64 -> (n,) sum over the trees, all rows and trees one level at a time."""
        tree = torch.arange(len(self.value), device=rows.device)
        node = torch.zeros(len(rows), len(tree), dtype=torch.int64, device=rows.device)
        for _ in range(self.config.leaves - 1):  # no leaf lies deeper
            goes_left = rows.gather(1, self.column[tree, node]) <= self.threshold[tree, node]
            node = torch.where(goes_left, self.left[tree, node], self.right[tree, node])
        return self.base + self.value[tree, node].sum(1)

    def fit(self, batches: Iterable[Batch]) -> None:
        """Grow the trees."""
        rows, target = collect(batches, lambda batch: table(batch, self.config))
        self.keep(grow(rows.numpy(), target.numpy(), self.config))

    def keep(self, grown: Any) -> None:
        """Copy the trees of a fitted HistGradientBoostingRegressor, which has no public way to hand them out, into the arrays."""
        self.base.fill_(float(np.ravel(grown._baseline_prediction)[0]))
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
                buffer = getattr(self, name)
                buffer[tree, : len(nodes)] = torch.from_numpy(array.astype(np.float64)).to(buffer.dtype)


def grow(rows: np.ndarray[Any, Any], target: np.ndarray[Any, Any], config: Config) -> Any:
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
