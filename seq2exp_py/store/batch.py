"""What a model is given: windows of some genes in some cells, as tensors."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seq2exp_py.store.arrays import Arrays
from seq2exp_py.store.contents import BASES


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of `B` samples (gene, cell) of `L` bases with `S` signals; index `L // 2` is the TSS, on either strand.

    Attributes:
        sequence: (B, L) uint8, codes of `BASES`; N beyond the chromosome.
        signals: (B, L, S) float32, raw track values in the order of `tracks`; 0 where missing or beyond the chromosome.
            Each track lies contiguous in memory, as it is read.
        scale: (B, S) float32, the cell's scale of each track; `signals / scale` means the same in every cell. The contact's is
            1 where contacts are raw, else its value at the TSS by the power law.
        background: (B, S, 2) float32, level and standard deviation of each track's empty genome (`tracks.scale`), raw; the
            contact's are 0.
        crowding: (B,) float32, how much room the gene's promoter has (`store.crowding`).
        excluded: (B, L) bool, blacklisted bases.
        peaks: (B, L) bool, bases in the cell's peaks; all False where the cell has none.
        features: (B, 9) float32, `format.FEATURES`: eight of the mRNA, and promoter activity (method 1.8).
        target: (B,) float32, log10(expression + 1); NaN where not measured.
        start: (B,) int64, genomic 0-based start of each window (may be negative).
        gene_id: gene of each sample; cell: cell of each sample.
        tracks: names of the signals; the contact to the TSS, `HiC`, is always the last.
        noise: what the draw of a mask depends on beside gene and cell; training counts it up with its steps.
        probability: (B, L) float32, P(open in this cell) of each base by the sequence alone (`store.sequence`), NaN where it is not
            known; None from a store that was opened without it.
    """

    sequence: Tensor
    signals: Tensor
    scale: Tensor
    background: Tensor
    crowding: Tensor
    excluded: Tensor
    peaks: Tensor
    features: Tensor
    target: Tensor
    start: Tensor
    gene_id: tuple[str, ...]
    cell: tuple[str, ...]
    tracks: tuple[str, ...]
    noise: int = 0
    probability: Tensor | None = None

    @classmethod
    def of(cls, arrays: Arrays) -> "Batch":
        """The same in tensors, which share the arrays' memory."""
        held: dict[str, Any] = {k: getattr(arrays, k) for k in arrays.__slots__}
        return cls(**held | {k: torch.from_numpy(v) for k, v in held.items() if isinstance(v, np.ndarray)})

    def arrays(self) -> Arrays:
        """The same in arrays, which share the memory of tensors on the CPU."""
        held: dict[str, Any] = {k: getattr(self, k) for k in self.__slots__}
        return Arrays(**held | {k: v.numpy(force=True) for k, v in held.items() if isinstance(v, Tensor)})

    def pinned(self) -> "Batch":
        """The batch in page-locked memory."""
        tensors = {k: getattr(self, k) for k in self.__slots__ if isinstance(getattr(self, k), Tensor)}
        return replace(self, **{k: t.pin_memory() for k, t in tensors.items()})

    def to(self, device: torch.device | str) -> "Batch":
        """The batch with every tensor on `device`."""
        moved = {k: getattr(self, k).to(device, non_blocking=True) for k in self.__slots__ if isinstance(getattr(self, k), Tensor)}
        return replace(self, **moved)

    def one_hot(self) -> Tensor:
        """(B, L, 4) float32 one-hot of the sequence on its device; N is a row of zeros."""
        return one_hot(self.sequence)

    @property
    def width(self) -> int:
        """Bases in a window, L."""
        return self.sequence.shape[1]

    def __len__(self) -> int:
        return self.sequence.shape[0]


def one_hot(sequence: Tensor) -> Tensor:
    """Codes of `BASES` of any shape -> (..., 4) float32 one-hot on their device; N is a row of zeros."""
    return torch.eye(len(BASES), len(BASES) - 1, device=sequence.device)[sequence.long()]
