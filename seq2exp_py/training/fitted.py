"""From stores to a checkpoint folder: the models that are fitted to a table in one step. Nothing here imports torch."""

import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seq2exp_py.errors import InputError
from seq2exp_py.models import build_fitted
from seq2exp_py.models.parts.fitted import NO_START, Fitted
from seq2exp_py.models.parts.table import Floats, collect, table
from seq2exp_py.progress import counted, say
from seq2exp_py.scores import score
from seq2exp_py.store import Sample, Store
from seq2exp_py.store.loader import arrays
from seq2exp_py.training import checkpoint
from seq2exp_py.training.metrics import Valid, one_step
from seq2exp_py.training.request import FITTING_BATCH, Request, as_it_is, resolve


def train(request: Request) -> None:
    """Fit and write the checkpoint; of the processes that `torchrun` starts the first does it all.

    Raises:
        InputError: something asked for cannot be done.
    """
    if os.environ.get("RANK", "0") != "0":
        return
    store = Store.open(request.genome, request.cells)
    samples = store.samples("train"), store.samples("valid")
    if not samples[0]:
        as_it_is(request, store)
        return
    of_model, chosen, samples = resolve(request, samples)
    model = build_fitted(request.model, request.preset, tracks=store.tracks, **of_model)
    if request.init is not None:
        raise InputError(f"{request.init}: {NO_START}")
    about = request.describe(model.config, chosen, store, parameters=0)
    cells = ", ".join(store.cells)
    say(f"{request.model} ({request.preset}): 0 parameters, {len(samples[0])} training samples in {cells}")
    parts = rows(store, samples[0], model)
    model.fit(*collect(counted(parts, "fitting, batches", -(-len(samples[0]) // FITTING_BATCH))))
    done = about.model_copy(update={"samples_seen": len(samples[0]), "best_epoch": 1})
    checkpoint.save(request.out, done, model.values, [one_step(validate(model, store, samples[1]))])
    shutil.rmtree(request.state, ignore_errors=True)


def rows(store: Store, samples: list[Sample], model: Fitted) -> Iterator[tuple[Floats, Floats]]:
    """Table and target of the samples, batch by batch."""
    for part in arrays(store, samples, model.config.window, FITTING_BATCH):
        yield table(part, model.config), part.target.astype(np.float64)


def validate(model: Fitted, store: Store, samples: list[Sample]) -> Valid:
    """How well the samples are predicted."""
    parts = [(target, model.predict(made)) for made, target in rows(store, samples, model)]
    observed, predicted = np.concatenate([np.empty((2, 0)), *parts], 1)
    return Valid(score(observed, predicted), math.nan)


def load(folder: Path, about: checkpoint.Checkpoint) -> Fitted:
    """The model of a checkpoint.

    Raises:
        InputError: its weights are missing, damaged or of another model.
    """
    model = build_fitted(about.model, about.preset, **about.config)
    model.fill(checkpoint.weights(folder), folder)
    return model
