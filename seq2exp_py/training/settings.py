"""How a model is trained: one configuration, and the presets of the paper's table of hyper-parameters."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seq2exp_py.errors import InputError, fault
from seq2exp_py.models.rows import find

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {"epochs": None, "steps": 50_000, "batch": 8},
    "small": {"epochs": 12, "batch": 8, "lr": 2e-3, "warmup_lr": 2e-4, "min_lr": 1e-4},
    "tiny": {"epochs": 16, "batch": 8, "lr": 4e-3, "warmup_lr": 4e-4, "min_lr": 2e-4},
}


class Settings(BaseModel):
    """Settings of a training run; the defaults are the published ones (Seq2Exp, appendix).

    Attributes:
        epochs: passes over the training genes. steps: optimiser steps instead, of which the last epoch may be cut short.
        batch: samples per optimiser step, over all processes. micro: samples per forward pass (None = all of a process's share).
        lr, warmup_lr, min_lr: peak, first and last learning rate; warmup: share of the steps that rise, a cosine falls after.
        weight_decay, clip: of AdamW (betas 0.9, 0.95), and the largest norm of the gradient.
        loss: `smooth_l1` (Huber with threshold 1) or `mse`, on log10(expression + 1).
        precision: `bf16` runs the layers under autocast; masks, scans and losses stay in float32. `auto` is bf16 on machines that
            multiply matrices clearly faster in it, measured once when the run begins: a seed's result then depends on the machine.
        checkpointing: recompute the blocks' activations in the backward pass: about a third slower, a fraction of the memory.
        pull, drift: how fast the Lagrange multiplier of a mask ratio answers to the present excess, and to its sum over steps.
        genes: train on this many of the training genes, drawn by the seed, and validate on the same share of the validation genes.
        parts: `head` trains the layers behind the pooled outputs alone, of a checkpoint that is given to start from.
        save_steps: steps between saves of the state that a killed run goes on from; it is saved after every epoch as well.
        workers: threads that load windows ahead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int | None = Field(None, gt=0)
    steps: int | None = Field(None, gt=0)
    batch: int = Field(8, gt=0)
    micro: int | None = Field(None, gt=0)
    lr: float = Field(5e-4, gt=0)
    warmup_lr: float = Field(1e-5, ge=0)
    min_lr: float = Field(1e-4, ge=0)
    warmup: float = Field(0.1, ge=0, le=1)
    weight_decay: float = Field(1e-6, ge=0)
    clip: float = Field(1.0, gt=0)
    loss: Literal["smooth_l1", "mse"] = "smooth_l1"
    precision: Literal["fp32", "bf16", "auto"] = "fp32"
    checkpointing: bool = False
    pull: float = Field(5.0, ge=0)
    drift: float = Field(0.2, ge=0)
    genes: int | None = Field(None, gt=0)
    parts: Literal["all", "head"] = "all"
    save_steps: int = Field(200, gt=0)
    workers: int = Field(1, ge=0)


def settings(model: str, preset: str, fields: dict[str, Any]) -> Settings:
    """Merge a preset, what the published run of the model did differently, and single fields (strings are converted).

    Raises:
        InputError: an unknown field or a value that does not fit.
    """
    published = find(model).published if preset == "paper" else {}
    chosen = {**PRESETS[preset], **published, **fields}
    if "epochs" in fields and "steps" not in fields:
        chosen["steps"] = None
    try:
        return Settings.model_validate(chosen)
    except ValidationError as error:
        name, reason = fault(error)
        raise InputError(f"training setting {name}: {reason}; the fields are {', '.join(Settings.model_fields)}") from error


def divide(fields: dict[str, Any], model_fields: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split `--set` fields into those of the model and those of the training.

    Raises:
        InputError: a field that neither has.
    """
    of_model = {k: v for k, v in fields.items() if k in model_fields}
    of_training = {k: v for k, v in fields.items() if k in Settings.model_fields}
    if unknown := sorted(fields.keys() - of_model.keys() - of_training.keys()):
        known = sorted(model_fields | Settings.model_fields.keys())
        raise InputError(f"--set {unknown[0]}: no such field; choose among {', '.join(known)}")
    return of_model, of_training
