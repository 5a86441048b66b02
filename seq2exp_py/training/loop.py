"""The training loop: steps, epochs, validation, and stopping in a way that can be gone on from."""

import math
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seq2exp_py.errors import InputError
from seq2exp_py.machine import autocast, keep_freed_if_room
from seq2exp_py.models.base import Model
from seq2exp_py.progress import counted, say
from seq2exp_py.store import Sample, Store
from seq2exp_py.store.batch import Batch
from seq2exp_py.store.loader import loader
from seq2exp_py.training import state as states
from seq2exp_py.training.clock import Clock, OutOfTimeError
from seq2exp_py.training.metrics import Valid
from seq2exp_py.training.objective import loss
from seq2exp_py.training.optimise import adamw, learning_rate
from seq2exp_py.training.scores import decide, validate
from seq2exp_py.training.settings import Settings
from seq2exp_py.training.world import World

TOLERANCE = 0.25  # relative deviation from the mask ratio asked for, within which the lowest validation MSE decides


class DivergedError(InputError):
    """The loss is no longer a number."""


class Trainer:
    """Trains one model on some samples.

    Args:
        model: on its device.
        store: the windows.
        samples: training samples, and validation samples, which choose the best epoch; without any, the last epoch is kept.
        settings: see `Settings`.
        seed: of everything random.
        folder: where the state is kept while the run is not finished.
        run: what identifies the run; a state of another is refused.
        clock: when to stop.
        world: processes that share the work.
    """

    def __init__(
        self,
        model: Model,
        store: Store,
        samples: tuple[list[Sample], list[Sample]],
        settings: Settings,
        seed: int,
        folder: Path,
        run: dict[str, Any],
        clock: Clock,
        world: World,
    ):
        self.model, self.store, (self.train, self.valid) = model, store, samples
        self.settings, self.seed, self.folder, self.run_id, self.clock, self.world = settings, seed, folder, run, clock, world
        self.device = model.device
        self.share = -(-settings.batch // world.size)
        self.micro = min(settings.micro or self.share, self.share)
        self.per_epoch = -(-len(self.train) // settings.batch)
        self.steps = settings.steps or (settings.epochs or 1) * self.per_epoch
        self.optimiser = adamw(model, settings)
        self.state = states.restore(folder, run, model, self.optimiser)
        self.state.precision = self.state.precision or decide(settings.precision, self.device, world)
        self.before, self.measured = self.state.seconds, False

    def run(self) -> states.State:
        """Train to the end and return the final state, whose `weights` are the best ones.

        Raises:
            DivergedError: the loss is not finite.
            OutOfTimeError: the state is saved; the same call goes on from it.
        """
        self.model.train()
        if self.state.step:
            say(f"going on from step {self.state.step} of {self.steps}")
        while self.state.step < self.steps or self.state.batch:
            self._epoch()
        return self.state

    def _epoch(self) -> None:
        s, started = self.state, time.monotonic()
        left = min(self.per_epoch, s.batch + self.steps - s.step)
        for batches in counted(self._batches(left), f"epoch {s.epoch + 1}, batches", left - s.batch):
            began = time.monotonic()
            self._step(batches)
            self._keep_memory()
            over = self.world.any(self.clock.over(time.monotonic() - began))
            if over or s.step % self.settings.save_steps == 0:
                self._save()
            if over and (s.batch < left or s.step < self.steps):
                raise OutOfTimeError
        scores = validate(self.model, self.store, self.valid, self.micro, s.precision, self.world)
        self._record(scores, time.monotonic() - started)
        s.epoch, s.batch, s.sums = s.epoch + 1, 0, [0.0] * 4
        self._save()

    def _keep_memory(self) -> None:
        """Once the first step has shown what a step needs, keep what the steps free for the next, if there is room for it."""
        if not self.measured and self.device.type == "cpu":
            keep_freed_if_room()
        self.measured = True

    def _batches(self, stop: int) -> Iterator[list[Batch]]:
        """This process's micro-batches of each batch of the running epoch, from where the state is."""
        order = np.random.default_rng((self.seed, self.state.epoch)).permutation(len(self.train))
        size, first = self.settings.batch, self.world.rank * self.share
        groups = [order[i * size : (i + 1) * size][first : first + self.share] for i in range(self.state.batch, stop)]
        mine = [self.train[i] for group in groups for i in group]
        stream = _chunks(self.store, mine, [len(g) for g in groups], self.model.config.window, self.micro, self.settings.workers)
        for group in groups:
            yield [next(stream) for _ in range(-(-len(group) // self.micro))]

    def _step(self, batches: list[Batch]) -> None:
        s, model, settings = self.state, self.model, self.settings
        number = min(settings.batch, len(self.train) - s.batch * settings.batch)
        rate = learning_rate(s.step, self.steps, settings)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        sums = torch.zeros(4, dtype=torch.float64, device=self.device)
        for i, batch in enumerate(batches):
            self._seed(i)
            batch = replace(batch.to(self.device), noise=self.seed * 1_000_003 + s.step)
            share = len(batch) / number
            with autocast(self.device, s.precision):
                output = model(batch)
            parts = loss(output, batch.target, s.multiplier.price, settings)
            (parts.total * share).backward()  # type: ignore[no-untyped-call]
            sums += share * torch.stack([parts.total, parts.task, parts.regulariser, parts.excess]).detach().double()
        self.world.add_gradients(model)
        total, task, regulariser, excess = self.world.total(sums).tolist()
        if not math.isfinite(total):
            raise DivergedError(
                f"training diverged: the loss is {total} at step {s.step + 1} (epoch {s.epoch + 1}); "
                f"lower the learning rate, e.g. --set lr={settings.lr / 4:g}"
            )
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        self.optimiser.step()
        s.multiplier.update(excess, s.step / self.steps, settings)
        s.sums = [a + number * b for a, b in zip(s.sums, [total, task, regulariser, 1.0], strict=True)]
        s.step, s.batch, s.samples = s.step + 1, s.batch + 1, s.samples + number

    def _seed(self, micro: int) -> None:
        """Make the random numbers of a forward pass a function of seed, step, process and micro-batch; a mask's, of its sample."""
        torch.manual_seed(random.Random(f"{self.seed} {self.state.step} {self.world.rank} {micro}").getrandbits(60))

    def _record(self, valid: Valid, seconds: float) -> None:
        """Add a line to the metrics, keep the weights if they are the best, say how it goes."""
        s = self.state
        count = s.sums[3] or 1.0
        rate = learning_rate(s.step - 1, self.steps, self.settings)
        train = dict(zip(("train_loss", "train_task", "train_kl"), (x / count for x in s.sums[:3]), strict=True))
        head = {"epoch": s.epoch + 1, "step": s.step, "lr": rate}
        s.rows.append({**head, **train, **valid.row(), "seconds": round(seconds, 3)})
        rank = [self._miss(valid.mask_ratio), valid.scores.mse]
        if not rank >= s.best:
            s.best, s.best_epoch = rank, s.epoch + 1
            s.weights = {k: v.detach().cpu().clone() for k, v in self.model.state_dict().items()}
        left = (self.steps - s.step) * seconds / max(1, min(self.per_epoch, s.batch))
        mask = "" if math.isnan(valid.mask_ratio) else f", mask {valid.mask_ratio:.3f}"
        say(
            f"epoch {s.epoch + 1}: train {train['train_task']:.4f}, valid MSE {valid.scores.mse:.4f} "
            f"r {valid.scores.pearson:.3f}{mask}, {seconds:.0f} s, {left:.0f} s left"
        )

    def _miss(self, ratio: float) -> float:
        """How far a mask ratio is outside the tolerated band around the one that the configuration asks for; 0 inside."""
        asked = getattr(self.model.config, "mask_ratio", None)
        return 0.0 if asked is None or math.isnan(ratio) else max(0.0, abs(ratio - asked) / asked - TOLERANCE)

    def _save(self) -> None:
        self.state.seconds = self.before + self.clock.spent()
        if self.world.first:
            states.save(self.folder, self.run_id, self.state, self.model, self.optimiser)


def _chunks(store: Store, samples: list[Sample], groups: list[int], width: int, micro: int, workers: int) -> Iterator[Batch]:
    """Load samples in micro-batches that do not cross the groups' borders."""
    if all(size % micro == 0 for size in groups[:-1]):
        yield from loader(store, samples, width, micro, workers=workers)
        return
    done = 0
    for size in groups:
        yield from loader(store, samples[done : done + size], width, micro)
        done += size
