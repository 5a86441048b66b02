"""From stores to a checkpoint folder: one run of one network with one seed."""

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seq2exp_py.errors import InputError
from seq2exp_py.machine import find_device
from seq2exp_py.models import build, configure, seq2exp_retrain
from seq2exp_py.models.base import Model, OneStep
from seq2exp_py.models.parts import pretrained
from seq2exp_py.models.parts.backbone import Stack
from seq2exp_py.models.parts.mask_config import LEARNED, PRETRAINED, MaskConfig
from seq2exp_py.models.rows import find
from seq2exp_py.progress import counted, say
from seq2exp_py.store import Sample, Store
from seq2exp_py.store.batch import Batch
from seq2exp_py.store.loader import loader
from seq2exp_py.training import checkpoint, loading
from seq2exp_py.training.adapt import Samples, head_alone
from seq2exp_py.training.clock import Clock
from seq2exp_py.training.loop import Trainer
from seq2exp_py.training.metrics import one_step
from seq2exp_py.training.request import FITTING_BATCH, Request, as_it_is, resolve
from seq2exp_py.training.scores import validate
from seq2exp_py.training.settings import Settings
from seq2exp_py.training.state import State
from seq2exp_py.training.world import World

RETRAIN, SOFT = "seq2exp_retrain", "seq2exp_soft"
SETTLING = 8_000_000  # tokens of the windows by which a model may set what is fixed before training


def train(request: Request, clock: Clock) -> None:
    """Train and write the checkpoint; the state is removed once that is whole.

    Raises:
        InputError: something asked for cannot be done, or training diverged.
        OutOfTimeError: the state is saved; the same call goes on from it.
    """
    device = find_device(request.device)
    world = World.start(device)
    try:
        request = with_sequence(request)
        store = Store.open(request.genome, request.cells, request.pretrained)
        _train(request, store, device, clock, world)
        world.wait()  # a process that leaves before the writer may be aborted, and torchrun then stops the writer
    finally:
        world.close()


def with_sequence(request: Request) -> Request:
    """Settle what multiplies a mask's odds, where the request leaves it open: what it starts from, else P where that is given.

    Raises:
        InputError: P is asked for and not given.
    """
    if find(request.model).mask != "odds":
        return replace(request, pretrained=None)
    fields = dict(request.fields)
    if "sequence" not in fields and (kind := _left_open(request)) is not None:
        fields["sequence"] = kind
    if fields.get("sequence") != PRETRAINED:
        return replace(request, fields=fields, pretrained=None)
    if request.pretrained is None:
        raise InputError(f"{request.model}: sequence=pretrained needs --pretrained, the folder of `seq2exp pretrain`")
    return replace(request, fields=fields)


def _left_open(request: Request) -> str | None:
    """What multiplies the odds where nothing was said of it; None: the model's default."""
    if request.init is not None:
        return checkpoint.sequence(request.init)
    if request.pretrained is None:
        return None
    given = {k: v for k, v in request.fields.items() if k in ("signals", "variant")}
    if getattr(configure(request.model, request.preset, **given), "signals", None) == "product":
        return PRETRAINED
    say(f"{request.model}: signals are added, so P of {request.pretrained} does not enter the mask")
    return None


def _train(request: Request, store: Store, device: torch.device, clock: Clock, world: World) -> None:
    samples = store.samples("train"), store.samples("valid")
    bare = not samples[0] and not any(np.isfinite(cell.observed).any() for cell in store.cell_stores)
    if not samples[0] and not (bare and find(request.model).kind == "formula"):
        as_it_is(request, store, world.first)
        return
    if request.model == RETRAIN:
        request = _with_mask(request, store, device, clock, world)
    of_model, chosen, samples = resolve(request, samples)
    torch.manual_seed(request.seed)
    model = build(request.model, request.preset, tracks=store.tracks, **of_model).to(device)
    if request.init is not None:
        _start_from(model, request.init)
    parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
    about = request.describe(model.config, chosen, store, parameters)
    cells = ", ".join(store.cells)
    say(f"{request.model} ({request.preset}): {about.parameters} parameters, {len(samples[0])} training samples in {cells}")
    fresh = request.init is None or request.model == RETRAIN
    if fresh:
        model.settle(batch.to(device) for batch in _spread(store, samples[0] or store.samples("train", measured=False), model))
    if bare:
        state = _unfitted(model, cells)
    elif isinstance(model, OneStep):
        state = _fit(model, store, samples, world)
    else:
        if chosen.parts == "head":
            head_alone(model)
        _prepare(model, chosen, _mean_target(store, samples[0]) if fresh else None)
        run = about.model_dump(mode="json", exclude={"samples_seen", "best_epoch"}) | {"samples": len(samples[0])}
        state = Trainer(model, store, samples, chosen, request.seed, request.state, run, clock, world).run()
    if world.first:
        done = about.model_copy(update={"samples_seen": state.samples, "best_epoch": state.best_epoch})
        checkpoint.save(request.out, done, {k: v.numpy(force=True) for k, v in state.weights.items()}, state.rows)
        shutil.rmtree(request.state, ignore_errors=True)


def _prepare(model: Model, chosen: Settings, start: float | None) -> None:
    """Set the start of the prediction and whether stacks recompute their activations."""
    if model.config.variant == "corrected" and start is not None:
        model.start_at(start)
    for module in model.modules():
        if isinstance(module, Stack):
            module.checkpointing = chosen.checkpointing


def _fit(model: Any, store: Store, samples: Samples, world: World) -> State:
    """Fit a model that is not trained by gradient descent; every process does all of it."""
    batches = loader(store, samples[0], model.config.window, FITTING_BATCH, workers=1)
    model.fit(counted(batches, "fitting, batches", -(-len(samples[0]) // FITTING_BATCH)))
    valid = validate(model, store, samples[1], FITTING_BATCH, "fp32", world)
    return State(samples=len(samples[0]), best_epoch=1, weights=model.state_dict(), rows=[one_step(valid)])


def _unfitted(model: Any, cells: str) -> State:
    """The evidence's mask needs no expression; its regression does, and predicts NaN, which no one takes for an expression."""
    say(f"{cells}: no expression, so the masks are made and no expression is predicted")
    model.bias.fill_(math.nan)
    return State(samples=0, best_epoch=0, weights=model.state_dict(), rows=[])


def _with_mask(request: Request, store: Store, device: torch.device, clock: Clock, world: World) -> Request:
    """Give a retrained model the mask of a Seq2Exp-soft, and its configuration; train one inside the state if none is given."""
    soft = request.init or request.state / SOFT
    if request.init is None and not (soft / checkpoint.CONFIG).is_file():
        say(f"{RETRAIN} freezes the mask of a {SOFT}: none is given with --init-from, so one is trained first")
        state = request.state / f"{SOFT}.state"
        _train(replace(request, model=SOFT, out=soft, state=state), store, device, clock, world)
        world.wait()
    about = checkpoint.read(soft)
    if about.model != SOFT:
        raise InputError(f"{soft}: is a {about.model}; {RETRAIN} needs --init-from a {SOFT}")
    kind = about.config.get("sequence", LEARNED)
    if request.fields.get("sequence", kind) != kind:
        raise InputError(f"{soft}: its mask is one with sequence={kind}; {RETRAIN} freezes it as it is, so leave --sequence out")
    inherited = {k: v for k, v in about.config.items() if k in MaskConfig.model_fields and k != "tracks"}
    if inherited.get("mask_ratio") is None:
        inherited.pop("mask_ratio", None)
    return replace(request, init=soft, fields={**inherited, **request.fields})


def _start_from(model: Model, source: Path) -> None:
    if isinstance(model, seq2exp_retrain.Network):
        model.load_masker(loading.weights(source))
    else:
        pretrained.start(model, source)


def _spread(store: Store, samples: list[Sample], model: Model) -> Iterator[Batch]:
    """Training windows, one by one, spread evenly over the samples: as many as hold `SETTLING` tokens."""
    tokens = model.config.window // model.config.resolution
    number = max(1, min(len(samples), SETTLING // tokens))
    chosen = [samples[i * len(samples) // number] for i in range(number)]
    yield from loader(store, chosen, model.config.window, 1)


def _mean_target(store: Store, samples: list[Sample]) -> float:
    return float(sum(store.cell_stores[cell].observed[gene] for gene, cell in samples) / len(samples))
