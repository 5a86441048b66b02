"""One row per sample for the models without a network: the features, and mean signals around the TSS."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from seq2exp_py.errors import InputError
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.head import features, seen
from seq2exp_py.store.batch import Batch

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


def table(batch: Batch, config: TableConfig) -> Tensor:
    """(B, columns) float64: the features, then by radius the mean of each signal (`corrected`: log1p, in units of its scale)."""
    columns = [features(batch, config)]
    if config.signals:
        middle = batch.width // 2
        means = [batch.signals[:, middle - radius : middle + radius].mean(1) for radius in config.inside()]
        columns += means if config.variant == "paper" else [torch.log1p((mean / batch.scale).clamp(min=0)) for mean in means]
    return torch.cat([column.double() for column in columns], 1)


def collect(batches: Iterable[Batch], table: Callable[[Batch], Tensor]) -> tuple[Tensor, Tensor]:
    """Table and target, (n, columns) and (n,) float64 on the CPU, of all samples whose target is known.

    Args:
        batches: the samples. table: (B, columns) float64 of a batch.

    Raises:
        InputError: fewer than two such samples.
    """
    rows, targets = [], [torch.empty(0, dtype=torch.float64)]
    for batch in batches:
        known = ~batch.target.isnan()
        rows.append(table(batch)[known].cpu())
        targets.append(batch.target[known].double().cpu())
    y = torch.cat(targets)
    if len(y) < 2:
        raise InputError(
            f"{len(y)} training samples have an expression value, two are needed; check the gene ids of the expression table"
        )
    return torch.cat(rows), y
