"""The tau at which a mask keeps a given share of the bases."""

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.evidence.formula import LEAST
from seq2exp_py.evidence.genes import CellEvidence

GENES = 2000  # looked at, spread evenly over the store's: enough for a share to 1 in 100 of itself
CENTRE = 2000  # bp around the TSS that do not count: the mask is forced there


def tau_of(odds: NDArray[np.floating], share: float) -> float:
    """The tau at which a share of tokens has a mask of at least 0.5.

    Args:
        odds: odds of tokens outside the centre at tau 1.
        share: of the tokens, above 0; where fewer than that have any evidence, all of those are kept.
    """
    most = np.quantile(odds, 1 - share, method="higher") if len(odds) else 0.0
    least = odds[odds > 0].min() if (odds > 0).any() else 1.0
    return float(max(most, least) / (1 - LEAST))


def tau(cell: CellEvidence, share: float, centre: int = CENTRE) -> float:
    """The tau at which the masks of a cell's genes keep a share of the bases outside the central `centre` bp."""
    genes = np.unique(np.linspace(0, len(cell.store.genes) - 1, GENES).astype(int))
    one = cell.formula.model_copy(update={"tau": 1.0})
    tokens = np.arange(2 * cell.half) * cell.resolution - cell.half * cell.resolution
    outside = (tokens + cell.resolution <= -centre // 2) | (tokens >= centre // 2)
    return tau_of(np.concatenate([cell.window(cell.site(g)).odds(one)[outside] for g in genes]), share)
