"""What of a cell's tracks counts as activity: of a base (`evidence.formula`, with the sources), and of a promoter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    Values = TypeVar("Values", NDArray[Any], Tensor)
else:
    Values = TypeVar("Values")

ACTIVITY = ("H3K27ac", "DNase", "ATAC")  # tracks whose height is a promoter's or enhancer's activity (ABC model)
EPSILON = 0.05  # in units of the cell's scale: what keeps a base with one of two tracks from nothing
SPREADS = 2.0  # standard deviations above a track's level that its background reaches
NEAR = 1000  # bp on either side of a TSS that count as its promoter


def columns(tracks: Sequence[str], wanted: Sequence[str] = ACTIVITY) -> list[int]:
    """Indices, among a cell's tracks, of those that make the activity: the wanted ones, else all but the contact."""
    found = [i for i, name in enumerate(tracks) if name in wanted]
    return found or [i for i, name in enumerate(tracks) if name != "HiC"]


def activity(
    signals: Values, scale: Values, background: Values, spreads: float | None = SPREADS, epsilon: float = EPSILON
) -> Values:
    """Geometric mean of the tracks above their background.

    Args:
        signals: (..., n) activity tracks, in their own units, means over each place; below 0 counts as 0.
        scale: (..., n) the cell's scale of each.
        background: (..., n, 2) level and standard deviation of each track's background, in its own units.
        spreads, epsilon: as `evidence.formula.Formula` has them.

    Returns:
        (...) A, at least 0, in units of the cell's scale; 1 everywhere for a cell without an activity track.
    """
    if not signals.shape[-1]:
        nothing: Values = signals.sum(-1)  # 0, in the type and on the device of the signals
        return nothing + 1
    if spreads is not None:
        signals = signals - (background[..., 0] + spreads * background[..., 1])
    heights = signals.clip(min=0) / scale
    level: Values = (heights + epsilon).prod(-1) ** (1 / signals.shape[-1]) - epsilon
    return level.clip(min=0)
