"""Promoter and candidate elements of each sample, cut out of the batch: what EPInformer reads (Lin et al. 2024)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.store.batch import Batch
from seq2exp_py.store.contents import BASES

CONTACT = "HiC"
ACTIVE = (
    "H3K27ac",
    "DNase",
    "ATAC",
)  # activity is their geometric mean (ABC: sqrt of H3K27ac times DNase); of all signals if none is there
NEAREST, FARTHEST = 1000, 100_000  # bp from the TSS to an element's midpoint, both excluded; nearer is the promoter itself
BIN = 500  # width of the elements taken from signal maxima (ABC: summit +- 250 bp)
NEIGHBOURS = 3  # a maximum is the largest of this many bins
UNKNOWN = BASES.index("N")


@dataclass(frozen=True, slots=True)
class Elements:
    """Slot 0 is the promoter, the others the elements from near to far; `K` slots in all, empty ones at the end.

    Attributes:
        sequence: (B, K, length) uint8 base codes; N outside the element.
        features: (B, K, 3) distance in kb, log10(1 + contact with the TSS), activity; zeros for the promoter and in empty slots.
        present: (B, K) bool, False where the slot is empty.
    """

    sequence: Tensor
    features: Tensor
    present: Tensor


def elements(batch: Batch, slots: int, length: int) -> Elements:
    """Cut the promoter and up to `slots` elements, `length` bases each, out of every window.

    Elements are the runs of the sample's peaks; of a sample without any peak, the local maxima of activity in bins of 500 bp. A
    longer element is cut to the `length` bases around its midpoint, a shorter one keeps N around it.
    """
    signal = activity(batch)
    row, start, end = _intervals(batch, signal)
    middle = (start + end) // 2
    distance = (middle - batch.width // 2).abs()
    within = (distance > NEAREST) & (distance < FARTHEST)
    row, start, end, middle, distance = (values[within] for values in (row, start, end, middle, distance))
    order = (row * batch.width + distance).argsort(stable=True)
    row, start, end, middle, distance = (values[order] for values in (row, start, end, middle, distance))
    slot = _rank(row, len(batch))
    near = slot < slots
    where = (row[near], slot[near] + 1)

    bounds = torch.zeros(len(batch), slots + 1, 2, dtype=torch.long, device=row.device)
    bounds[:, 0] = batch.width // 2 + torch.tensor([-(length // 2), length // 2], device=row.device)
    bounds[where] = torch.stack([start, end], 1)[near]
    features = torch.zeros(len(batch), slots + 1, 3, device=row.device)
    features[where] = torch.stack([distance / 1000, _contact(batch, row, middle), _mean(signal, row, start, end)], 1)[near].float()
    present = torch.zeros(len(batch), slots + 1, dtype=torch.bool, device=row.device)
    present[:, 0] = True
    present[where] = True
    return Elements(_cut(batch.sequence, bounds, length), features, present)


def activity(batch: Batch) -> Tensor:
    """(B, L) signals of the active marks by base, (B, L, A): those of `ACTIVE`, or every signal but the contact."""
    named = [i for i, track in enumerate(batch.tracks) if track in ACTIVE]
    chosen = named or [i for i, track in enumerate(batch.tracks) if track != CONTACT]
    return batch.signals[..., chosen]


def _intervals(batch: Batch, signal: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sample, start and end (0-based half-open in the window) of every candidate element, in order."""
    maxima = _maxima(signal).repeat_interleave(BIN, 1)
    inside = torch.where(batch.peaks.any(1, keepdim=True), batch.peaks, F.pad(maxima, (0, batch.width - maxima.shape[1])))
    edges = F.pad(inside.to(torch.int8), (1, 1)).diff(dim=1)
    row, start = (edges == 1).nonzero(as_tuple=True)
    return row, start, (edges == -1).nonzero(as_tuple=True)[1]


def _maxima(signal: Tensor) -> Tensor:
    """(B, L, A) -> (B, L // BIN) bool, bins whose activity is positive and the largest nearby; the first of equal ones."""
    count = signal.shape[1] // BIN
    bins = signal[:, : count * BIN].view(len(signal), count, BIN, -1).mean(2)
    level = _geometric_mean(bins)
    largest, index = F.max_pool1d(level[:, None], NEIGHBOURS, 1, NEIGHBOURS // 2, return_indices=True)
    here = torch.arange(level.shape[1], device=level.device)
    return (index[:, 0] == here) & (largest[:, 0] > 0)


def _mean(signal: Tensor, row: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """(K,) geometric mean over the marks of their mean in [start, end) of each element's sample."""
    totals = F.pad(signal.double().cumsum(1), (0, 0, 1, 0))
    return _geometric_mean((totals[row, end] - totals[row, start]).clamp(min=0) / (end - start)[:, None])


def _geometric_mean(values: Tensor) -> Tensor:
    """Over the last axis; 0 if any value is 0."""
    return values.clamp(min=0).prod(-1) ** (1 / max(1, values.shape[-1]))


def _contact(batch: Batch, row: Tensor, position: Tensor) -> Tensor:
    """(K,) log10(1 + contact) of each position with the TSS; 0 without a contact track."""
    if CONTACT not in batch.tracks:
        return torch.zeros(len(row), device=row.device)
    return batch.signals[row, position, batch.tracks.index(CONTACT)]


def _rank(row: Tensor, rows: int) -> Tensor:
    """Place of each element among those of its sample: `row` is sorted, so it is the distance from the sample's first."""
    counts = torch.bincount(row, minlength=rows)
    return torch.arange(len(row), device=row.device) - (counts.cumsum(0) - counts)[row]


def _cut(sequence: Tensor, bounds: Tensor, length: int) -> Tensor:
    """(B, L) codes and (B, K, 2) [start, end) -> (B, K, length) codes around the midpoints, N outside [start, end) or window."""
    start, end = bounds[..., :1], bounds[..., 1:]
    place = (start + end) // 2 - length // 2 + torch.arange(length, device=bounds.device)
    known = (place >= start.clamp(min=0)) & (place < end.clamp(max=sequence.shape[1]))
    flat = place.clamp(0, sequence.shape[1] - 1).flatten(1)
    codes = sequence.gather(1, flat).view(place.shape)
    return torch.where(known, codes, UNKNOWN).to(torch.uint8)
