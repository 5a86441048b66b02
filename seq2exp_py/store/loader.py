"""Batches in an order that a seed decides, made ahead of time by threads that share the store's memory maps."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from seq2exp_py.store.arrays import Arrays
from seq2exp_py.store.read import Sample, Store

if TYPE_CHECKING:  # torch comes with the first batch
    from seq2exp_py.store.batch import Batch

Loaded = TypeVar("Loaded")


def loader(
    store: Store,
    samples: Sequence[Sample],
    width: int,
    batch_size: int,
    seed: int | Sequence[int] | None = None,
    start: int = 0,
    workers: int = 0,
    pin: bool = False,
) -> "Iterator[Batch]":
    """Yield the samples once, in batches; the last may be smaller.

    Args:
        store: where the windows come from.
        samples: what to load, from `Store.samples`.
        width: bases per window.
        batch_size: samples per batch.
        seed: order of the samples: None as given, else shuffled; the same seed gives the same order on any machine. Give
            `(seed, epoch)` for an order that differs by epoch.
        start: number of batches to skip without loading them, to go on where a run was stopped.
        workers: threads that load ahead (copying releases the interpreter's lock); 0 loads in the caller.
        pin: put the tensors in page-locked memory, so that a copy to a GPU can overlap with work.
    """
    order = batches(len(samples), batch_size, seed)[start:]

    def load(rows: Sequence[int]) -> "Batch":
        batch = store.batch([samples[i] for i in rows], width)
        return batch.pinned() if pin else batch

    yield from ahead(load, order, workers)


def arrays(store: Store, samples: Sequence[Sample], width: int, batch_size: int) -> Iterator[Arrays]:
    """As `loader`, in the order given and one batch ahead, for what is no network."""
    yield from ahead(lambda rows: store.arrays([samples[i] for i in rows], width), batches(len(samples), batch_size), 1)


def ahead(load: Callable[[Sequence[int]], Loaded], order: Sequence[Sequence[int]], workers: int) -> Iterator[Loaded]:
    """Yield what `load` makes of each item, in order; `workers` threads load ahead, 0 loads in the caller."""
    if workers == 0:
        yield from map(load, order)
        return
    with ThreadPoolExecutor(workers, "windows") as pool:
        waiting: deque[Future[Loaded]] = deque()
        try:
            for rows in order:
                waiting.append(pool.submit(load, rows))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def batches(samples: int, batch_size: int, seed: int | Sequence[int] | None = None) -> list[list[int]]:
    """Indices of the samples of each batch."""
    order = np.arange(samples) if seed is None else np.random.default_rng(seed).permutation(samples)
    return [order[i : i + batch_size].tolist() for i in range(0, samples, batch_size)]
