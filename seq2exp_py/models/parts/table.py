"""One row per sample for the models without a network: the features, and mean signals around the TSS."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.features import DENSITY, seen
from seq2exp_py.store.arrays import Arrays

Floats = NDArray[np.float64]
RADII = (500, 2000, 10_000, 50_000, 100_000)  # bp around the TSS over which each signal is averaged


class TableConfig(ModelConfig):
    """`signals`: whether mean signals stand beside the features.

    `radii`: their half-widths in bp; those that reach past the window are left out.
    """

    signals: bool = True
    radii: tuple[int, ...] = RADII

    @property
    def columns(self) -> int:
        """Number of columns of the table."""
        return seen(self) + (len(self.tracks) * len(self.inside()) if self.signals else 0)

    def inside(self) -> list[int]:
        """The radii that the window holds."""
        return [radius for radius in self.radii if 2 * radius <= self.window]


def table(windows: Arrays, config: TableConfig) -> Floats:
    """(B, columns) float64: the features, then by radius the mean of each signal (`corrected`: log1p, in units of its scale)."""
    columns = [features(windows, config)]
    if config.signals:
        middle = windows.width // 2
        means = [windows.signals[:, middle - r : middle + r].mean(1, dtype=np.float64) for r in config.inside()]
        columns += means if config.variant == "paper" else [np.log1p((mean / windows.scale).clip(min=0)) for mean in means]
    return np.concatenate(columns, 1)


def features(windows: Arrays, config: TableConfig) -> Floats:
    """(B, 9) or (B, 8) float64: the features as the head of a network sees them (`parts.head.features`)."""
    values = windows.features[:, : seen(config)].astype(np.float64)
    if config.variant == "corrected":
        values[:, DENSITY:] = np.log1p(values[:, DENSITY:].clip(min=0))
    return values


def collect(parts: Iterable[tuple[NDArray[Any], NDArray[Any]]]) -> tuple[Floats, Floats]:
    """Table and target, (n, columns) and (n,) float64, of all samples whose target is known.

    Args:
        parts: (B, columns) table and (B,) target of some samples each.

    Raises:
        InputError: fewer than two such samples.
    """
    rows, targets = [], [np.empty(0)]
    for table, target in parts:
        known = ~np.isnan(target)
        rows.append(table[known])
        targets.append(target[known])
    y = np.concatenate(targets, dtype=np.float64)
    if len(y) < 2:
        raise InputError(
            f"{len(y)} training samples have an expression value, two are needed; check the gene ids of the expression table"
        )
    return np.concatenate(rows), y
