"""Where a run is: all that a killed run needs to go on as if it had not been killed."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.models.base import Model
from seq2exp_py.training.objective import Multiplier

NAME = "resume.pt"


@dataclass
class State:
    """Position, sums and best weights of a run.

    There is no state of random numbers: order, masks and dropout are functions of the seed and the position.

    Attributes:
        epoch: running epoch, from 0. batch: batches of it that are done. step: optimiser steps in all.
        samples: training samples seen in all. seconds: of work before this process started.
        precision: fp32 or bf16, decided when the run began; empty before.
        sums: totals over the epoch's samples: loss, task, regulariser, and their number.
        best: of the best epoch, by how much its mask ratio misses the one asked for, then its validation MSE.
        best_epoch: that epoch, from 1; 0 before there is one. weights: its weights.
        rows: lines of metrics.csv.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    samples: int = 0
    seconds: float = 0.0
    precision: str = ""
    multiplier: Multiplier = field(default_factory=Multiplier)
    sums: list[float] = field(default_factory=lambda: [0.0] * 4)
    best: list[float] = field(default_factory=lambda: [float("inf")] * 2)
    best_epoch: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


def save(folder: Path, run: dict[str, Any], state: State, model: Model, optimiser: torch.optim.Optimizer) -> None:
    """Write the state, whole or not at all. `run` says which run it is."""
    content = {**vars(state), "multiplier": asdict(state.multiplier)}
    with files.whole(folder / NAME) as part:
        torch.save({"run": run, "state": content, "model": model.state_dict(), "optimiser": optimiser.state_dict()}, part)


def restore(folder: Path, run: dict[str, Any], model: Model, optimiser: torch.optim.Optimizer) -> State:
    """Read the state into the model and the optimiser; a fresh state where there is none.

    Raises:
        InputError: the state belongs to another run.
    """
    path = folder / NAME
    if not path.is_file():
        return State()
    saved = torch.load(path, map_location="cpu", weights_only=True)
    if differing := sorted(k for k in run.keys() | saved["run"].keys() if saved["run"].get(k) != run.get(k)):
        raise InputError(f"{path}: it is the state of a run with another {differing[0]}; remove it or give another --state")
    model.load_state_dict(saved["model"])
    optimiser.load_state_dict(saved["optimiser"])
    return State(**{**saved["state"], "multiplier": Multiplier(**saved["state"]["multiplier"])})
