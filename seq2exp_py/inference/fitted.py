"""Reading genes by a model that is fitted to a table. Nothing here imports torch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seq2exp_py.inference.reader import Nothing, Read, Reader
from seq2exp_py.models.parts.table import table
from seq2exp_py.store import Sample, Store
from seq2exp_py.store.loader import arrays
from seq2exp_py.training.checkpoint import Checkpoint
from seq2exp_py.training.fitted import load


def reader(folder: Path, about: Checkpoint) -> Reader:
    """The model of a checkpoint, which has no mask and computes on the CPU."""
    model = load(folder, about)

    def run(store: Store, samples: Sequence[Sample], batch: int) -> Iterator[Read]:
        for i, part in enumerate(arrays(store, samples, model.config.window, batch)):
            expression = model.predict(table(part, model.config)).astype(np.float32)
            ratio = np.full_like(expression, np.nan)
            yield Read(samples[i * batch : (i + 1) * batch], part.start, part.width, part.target, expression, None, None, ratio)

    return Reader(Nothing(None, 0, None), "cpu", run)
