"""The rows of the result tables: every model's name and all that other packages know of it. Nothing here imports torch.

A new baseline is a file of this folder and one row here; choices, plans, labels and schedules follow from it.
"""

from dataclasses import dataclass
from typing import Any, Literal

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
        kind: `network`, trained step by step; `formula`, computed from a cell's tracks, without expression; or `table`, fitted to
            the genes' features in one step, on the CPU and without torch.
        mask: what its mask is made of: `odds`, which the sequence may multiply, or `peaks`; None where it has none.
        fixed: fields of the configuration that the name fixes.
        published: training settings that its published run did differently (preset `paper`).
        cost: of a gene; None where one core does it in seconds to minutes.
    """

    name: str
    file: str
    label: str
    kind: Literal["network", "formula", "table"]
    mask: Literal["odds", "peaks"] | None
    fixed: dict[str, Any]
    published: dict[str, Any]
    cost: Cost | None

    @property
    def masked(self) -> bool:
        """Whether its output has a mask."""
        return self.mask is not None


ENFORMER = {"steps": 200_000, "batch": 4, "lr": 7e-6, "warmup_lr": 0.0, "min_lr": 7e-6, "warmup": 0.25}
EPINFORMER = {"epochs": 20, "steps": None, "batch": 16, "warmup": 0.0, "min_lr": 5e-4}
FROZEN = Cost(run=2.0, learn=1.0)  # its mask is frozen
SHORT = {"signals": True, "window": 2000, "resolution": 1}

# name, file, label, kind, mask, fixed, published, cost
ROWS = (
    Row("seq2exp_soft", "seq2exp_soft", "Seq2Exp-soft", "network", "odds", {}, {}, Cost(run=2.0, learn=2.0)),
    Row("seq2exp_hard", "seq2exp_hard", "Seq2Exp-hard", "network", "odds", {}, {}, Cost(run=1 + KEPT, learn=1 + KEPT)),
    Row("seq2exp_retrain", "seq2exp_retrain", "Seq2Exp-retrain", "network", "odds", {}, {}, FROZEN),
    Row("caduceus_signals", "caduceus", "Caduceus with signals", "network", None, {"signals": True}, {"batch": 16}, Cost()),
    Row("caduceus", "caduceus", "Caduceus", "network", None, {"signals": False}, {"batch": 16}, Cost()),
    Row("mamba", "mamba", "Mamba", "network", None, {}, {"batch": 16}, Cost(both=False)),
    Row("hyenadna", "hyenadna", "HyenaDNA", "network", None, {}, {}, Cost(flop=0.345e12)),
    Row("enformer", "enformer", "Enformer", "network", None, {}, ENFORMER, Cost(flop=3.25e12)),
    Row("epinformer", "epinformer", "EPInformer", "network", None, {}, EPINFORMER, Cost(flop=0.034e12)),
    Row("evidence", "evidence", "Evidence, nothing trained", "formula", "odds", {"signals": "product"}, {}, None),
    Row("macs3", "macs3", "MACS3 peaks as mask", "network", "peaks", {}, {}, Cost()),
    Row("ridge", "ridge", "Ridge on features", "table", None, {}, {}, None),
    Row("gbm", "gbm", "Gradient boosting on features", "table", None, {}, {}, None),
    Row("caduceus_signals_2kb", "caduceus", "Caduceus with signals, 2 kb", "network", None, SHORT, {"batch": 16}, Cost()),
)
MODELS = {row.name: row for row in ROWS}
# The lists that Nextflow has of them, which `make schema` writes
BY_ODDS = tuple(row.name for row in ROWS if row.mask == "odds")
UNTRAINED = tuple(row.name for row in ROWS if row.kind == "formula")
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
