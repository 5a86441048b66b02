"""The lines of a checkpoint's metrics."""

import math
from typing import Any, NamedTuple

from seq2exp_py.scores import Scores


class Valid(NamedTuple):
    """How well a split is predicted, once over all its genes, and the mean mask (NaN without one)."""

    scores: Scores
    mask_ratio: float

    def row(self) -> dict[str, float]:
        """Its columns of a checkpoint's metrics."""
        s = self.scores
        return {"valid_mse": s.mse, "valid_mae": s.mae, "valid_pearson": s.pearson, "mask_ratio": self.mask_ratio}


def one_step(valid: Valid) -> dict[str, Any]:
    """The line of a model that is fitted in one step: it has no learning rate and no loss of batches."""
    blank = dict.fromkeys(("lr", "train_loss", "train_task", "train_kl"), math.nan)
    return {"epoch": 1, "step": 0, **blank, **valid.row(), "seconds": math.nan}
