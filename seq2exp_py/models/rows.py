"""The rows of the result tables: every model's name and all that other packages know of it. Nothing here imports torch.

A new baseline is a file of this folder and one row here; choices, plans, labels and schedules follow from it.
"""

from dataclasses import dataclass
from typing import Any

from seq2exp_py.errors import InputError

KEPT = 0.07  # share of bases that seq2exp_hard keeps (6.3 to 6.9 % published), on which its predictor runs


@dataclass(frozen=True, slots=True)
class Cost:
    """What one gene costs a GPU.

    Attributes:
        run, learn: how often the stack of Mamba layers runs forward in prediction, and how often of these with a backward pass in
            training.
        both: whether the layers run in both directions.
        flop: of a forward pass at preset `paper`, for a model without such a stack [calculated].
    """

    run: float = 1.0
    learn: float = 1.0
    both: bool = True
    flop: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One model; every field must be given.

    Attributes:
        name: as it is asked for, and as tables and folders call it.
        file: module of this folder with its `Config` and `Network`.
        label: its name for people.
        masked: whether its output has a mask.
        fixed: fields of the configuration that the name fixes.
        published: training settings that its published run did differently (preset `paper`).
        cost: of a gene; None where one core does it in seconds to minutes.
    """

    name: str
    file: str
    label: str
    masked: bool
    fixed: dict[str, Any]
    published: dict[str, Any]
    cost: Cost | None


ENFORMER = {"steps": 200_000, "batch": 4, "lr": 7e-6, "warmup_lr": 0.0, "min_lr": 7e-6, "warmup": 0.25}
EPINFORMER = {"epochs": 20, "steps": None, "batch": 16, "warmup": 0.0, "min_lr": 5e-4}
SHORT = {"signals": True, "window": 2000, "resolution": 1}

# name, file, label, masked, fixed, published, cost
ROWS = (
    Row("seq2exp_soft", "seq2exp_soft", "Seq2Exp-soft", True, {}, {}, Cost(run=2.0, learn=2.0)),
    Row("seq2exp_hard", "seq2exp_hard", "Seq2Exp-hard", True, {}, {}, Cost(run=1 + KEPT, learn=1 + KEPT)),
    Row("seq2exp_retrain", "seq2exp_retrain", "Seq2Exp-retrain", True, {}, {}, Cost(run=2.0, learn=1.0)),  # its mask is frozen
    Row("caduceus_signals", "caduceus", "Caduceus with signals", False, {"signals": True}, {"batch": 16}, Cost()),
    Row("caduceus", "caduceus", "Caduceus", False, {"signals": False}, {"batch": 16}, Cost()),
    Row("mamba", "mamba", "Mamba", False, {}, {"batch": 16}, Cost(both=False)),
    Row("hyenadna", "hyenadna", "HyenaDNA", False, {}, {}, Cost(flop=0.345e12)),
    Row("enformer", "enformer", "Enformer", False, {}, ENFORMER, Cost(flop=3.25e12)),
    Row("epinformer", "epinformer", "EPInformer", False, {}, EPINFORMER, Cost(flop=0.034e12)),
    Row("evidence", "evidence", "Evidence, nothing trained", True, {"signals": "product"}, {}, None),
    Row("macs3", "macs3", "MACS3 peaks as mask", True, {}, {}, Cost()),
    Row("ridge", "ridge", "Ridge on features", False, {}, {}, None),
    Row("gbm", "gbm", "Gradient boosting on features", False, {}, {}, None),
    Row("caduceus_signals_2kb", "caduceus", "Caduceus with signals, 2 kb", False, SHORT, {"batch": 16}, Cost()),
)
MODELS = {row.name: row for row in ROWS}
BY_ODDS = ("seq2exp_soft", "seq2exp_hard", "seq2exp_retrain", "evidence")  # rows whose mask the sequence may multiply
FITTED = ("ridge", "gbm")  # rows that are no network: fitted to a table in one step, on the CPU, without torch
UNTRAINED = ("evidence",)  # rows that are computed from a cell's tracks and need no expression
OTHERS = {  # rows of tables that no model here makes
    "train_mean": "Mean of the training genes",
    "cells_mean": "Mean of the training cells",
    "prism_2kb": "Prism, 2 kb",
}


def find(name: str) -> Row:
    """The row of a model.

    Raises:
        InputError: there is none of that name.
    """
    if name not in MODELS:
        raise InputError(f"model {name!r} is unknown; choose among {', '.join(MODELS)}")
    return MODELS[name]


def label(name: str) -> str:
    """The name of a row for people; the row's own name where it has no other."""
    return MODELS[name].label if name in MODELS else OTHERS.get(name, name)
