"""Made-up batches for the tests of the baselines."""

from dataclasses import replace

import torch

from seq2exp_py.store.batch import Batch

TRACKS = ("H3K27ac", "DNase", "HiC")


def batch(samples=2, width=4000, seed=0, peaks=(), tracks=TRACKS, **fields):
    """Random bases (one in ten unknown), signals, features and targets; `peaks` are (start, end) of every sample."""
    made = torch.Generator().manual_seed(seed)
    inside = torch.zeros(samples, width, dtype=torch.bool)
    for start, end in peaks:
        inside[:, start:end] = True
    values = Batch(
        sequence=torch.randint(0, 10, (samples, width), generator=made).remainder(5).to(torch.uint8),
        signals=torch.rand(samples, width, len(tracks), generator=made) * 3,
        scale=torch.ones(samples, len(tracks)),
        background=torch.zeros(samples, len(tracks), 2),
        crowding=torch.ones(samples),
        excluded=torch.zeros(samples, width, dtype=torch.bool),
        peaks=inside,
        features=torch.rand(samples, 9, generator=made),
        target=torch.rand(samples, generator=made),
        start=torch.zeros(samples, dtype=torch.int64),
        gene_id=tuple(f"g{i}" for i in range(samples)),
        cell=("K562",) * samples,
        tracks=tuple(tracks),
    )
    return replace(values, **fields)
