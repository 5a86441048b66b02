"""Train the network of one fold, in a way that a killed run can go on from with the same result."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.pretrain.areas import HELD
from seq2exp_py.pretrain.examples import Examples
from seq2exp_py.pretrain.network import WINDOW, Network, other_strand
from seq2exp_py.pretrain.settings import Settings
from seq2exp_py.progress import counted, say
from seq2exp_py.training.clock import Clock, OutOfTimeError
from seq2exp_py.training.loop import DivergedError
from seq2exp_py.training.optimise import AdamW

RISE = 0.3  # share of the steps in which the rate of one cycle rises


class Fit:
    """The training of one fold's network on the windows of the others.

    Every random number is a function of seed, fold and step, so a state needs none.

    Args:
        found: all windows. fold: the one kept aside. chosen: settings. seed: of everything random.
        place: file of the state, and of the weights once they are final.
        run: what identifies the run; a state of another is refused.
        clock: when to stop.
    """

    def __init__(self, found: Examples, fold: int, chosen: Settings, seed: int, place: Path, run: dict[str, Any], clock: Clock):
        self.fold, self.chosen, self.seed, self.place, self.run, self.clock = fold, chosen, seed, place, run, clock
        self.mine = found.chosen((found.fold != fold) & (found.fold != HELD))
        self.per_epoch = -(-len(self.mine) // chosen.batch)
        self.steps = max(chosen.epochs, -(-chosen.least_steps // self.per_epoch)) * self.per_epoch
        torch.manual_seed(seed * 1_000_003 + fold)
        self.network = Network(self.mine.open.shape[1], chosen)
        self.optimiser = AdamW(self.network.parameters(), chosen.lr, weight_decay=chosen.weight_decay)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, chosen.lr, self.steps, pct_start=RISE)
        self.step, self.loss = 0, 0.0
        self._restore()

    def done(self) -> Network:
        """Train to the end, or go on to it.

        Raises:
            OutOfTimeError: the state is saved; the same call goes on from it.
            DivergedError: the loss is no longer a number.
        """
        self.network.train()
        if self.step == self.steps:
            return self.network.eval()
        if self.step:
            say(f"fold {self.fold + 1}: going on from step {self.step} of {self.steps}")
        what = f"fold {self.fold + 1} of {self.chosen.folds}, steps"
        for _ in counted(range(self.step, self.steps), what, self.steps - self.step):
            started = self.clock.spent()
            self._advance()
            over = self.clock.over(self.clock.spent() - started)
            if over or self.step % self.chosen.save_steps == 0 or self.step == self.steps:
                self._save()
            if over and self.step < self.steps:
                raise OutOfTimeError
        say(f"fold {self.fold + 1}: {len(self.mine)} windows, {self.steps} steps, loss {self.loss:.4f}")
        return self.network.eval()

    def _advance(self) -> None:
        epoch, batch = divmod(self.step, self.per_epoch)
        order = np.random.default_rng((self.seed, self.fold, epoch)).permutation(len(self.mine))
        rows = order[batch * self.chosen.batch : (batch + 1) * self.chosen.batch]
        seed = random.Random(f"{self.seed} {self.fold} {self.step}").getrandbits(60)
        torch.manual_seed(seed)
        logits, heights = self.network(moved(self.mine.codes[rows], np.random.default_rng(seed)))
        is_open, height = torch.from_numpy(self.mine.open[rows]).float(), torch.from_numpy(self.mine.height[rows])
        loss = F.binary_cross_entropy_with_logits(logits, is_open) + self.chosen.heights * F.mse_loss(heights, height)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.loss = float(loss.detach())
        if not np.isfinite(self.loss):
            lower = f"lower the learning rate, e.g. --set lr={self.chosen.lr / 4:g}"
            raise DivergedError(
                f"training diverged: the loss of fold {self.fold + 1} is {self.loss} at step {self.step + 1}; {lower}"
            )
        if self.step + 1 < self.steps:
            self.schedule.step()
        self.step += 1

    def _save(self) -> None:
        content = {"run": self.run, "step": self.step, "loss": self.loss, "network": self.network.state_dict()}
        content |= {"optimiser": self.optimiser.state_dict(), "schedule": self.schedule.state_dict()}
        with files.whole(self.place) as part:
            torch.save(content, part)

    def _restore(self) -> None:
        if not self.place.is_file():
            return
        saved = torch.load(self.place, map_location="cpu", weights_only=True)
        differing = sorted(k for k in self.run.keys() | saved["run"].keys() if saved["run"].get(k) != self.run.get(k))
        if differing:
            raise InputError(
                f"{self.place}: it is the state of a run with another {differing[0]}; remove it or give another --state"
            )
        self.network.load_state_dict(saved["network"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        self.step, self.loss = saved["step"], saved["loss"]


def moved(codes: np.ndarray[Any, np.dtype[np.uint8]], rng: np.random.Generator) -> Tensor:
    """(n, WINDOW) codes: each window moved by a random number of bases within what was cut, every other one on the other strand."""
    spare = codes.shape[1] - WINDOW
    first = rng.integers(0, spare + 1, len(codes))
    cut = np.take_along_axis(codes, first[:, None] + np.arange(WINDOW), axis=1)
    turned = rng.random(len(codes)) < 0.5
    cut[turned] = other_strand(torch.from_numpy(cut[turned])).numpy()
    return torch.from_numpy(cut)
