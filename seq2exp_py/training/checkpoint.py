"""A trained model on disk: weights, the resolved configuration, and the metrics of its epochs."""

import csv
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seq2exp_py import __version__, files
from seq2exp_py.errors import InputError, fault
from seq2exp_py.models import MODELS, build
from seq2exp_py.models.base import Model
from seq2exp_py.models.parts.mask_config import LEARNED
from seq2exp_py.store.read import Store

CONFIG, WEIGHTS, METRICS = "config.json", "model.safetensors", "metrics.csv"


class Said(BaseModel):
    """The folder of `seq2exp pretrain` that a mask was multiplied by: its name, and the SHA-256 of its manifest."""

    folder: str
    sha256: str

    @classmethod
    def of(cls, store: Store) -> "Said | None":
        """That of a store; None where it was opened without."""
        return None if store.said is None else cls(folder=store.said.folder.name, sha256=store.said.digest)


class Checkpoint(BaseModel):
    """`config.json` of a checkpoint folder."""

    format: Literal["seq2exp-checkpoint"] = "seq2exp-checkpoint"
    version: Literal[1] = 1
    model: str
    preset: str
    config: dict[str, Any]
    training: dict[str, Any]
    tracks: tuple[str, ...]
    cells: tuple[str, ...]
    seed: int
    samples_seen: int
    best_epoch: int
    parameters: int
    said: Said | None = None
    seq2exp: str = __version__


def save(folder: Path, about: Checkpoint, weights: dict[str, Tensor], rows: list[dict[str, Any]]) -> None:
    """Write a checkpoint folder, whole or not at all."""
    with files.whole(folder) as part:
        part.mkdir()
        save_file({k: v.detach().cpu().contiguous().clone() for k, v in weights.items()}, part / WEIGHTS)
        (part / CONFIG).write_text(json.dumps(about.model_dump(mode="json"), indent=1) + "\n")
        write_metrics(part / METRICS, rows)


def write_metrics(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write one line per epoch."""
    with files.whole(path) as part, part.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]) if rows else ["epoch"])
        writer.writeheader()
        writer.writerows(rows)


def read(folder: Path) -> Checkpoint:
    """Read what a checkpoint is.

    Raises:
        InputError: it is no checkpoint, or one of another version.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(f"{folder}: no {CONFIG} in it, so it is no checkpoint; give the --out folder of `seq2exp train`")
    try:
        return Checkpoint.model_validate_json(path.read_text())
    except ValidationError as error:
        field, reason = fault(error)
        raise InputError(f"{path}: field {field}: {reason}; train again with this version ({__version__})") from error


def sequence(source: Path) -> str | None:
    """What multiplies the odds of a checkpoint's mask; None of weights that say nothing of it."""
    return str(read(source).config.get("sequence", LEARNED)) if (source / CONFIG).is_file() else None


def weights(folder: Path) -> dict[str, Tensor]:
    """Read the weights of a checkpoint folder, or of a safetensors file.

    Raises:
        InputError: the file is missing or damaged.
    """
    path = folder / WEIGHTS if folder.is_dir() else folder
    try:
        tensors: dict[str, Tensor] = load_file(path)
        return tensors
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read as safetensors ({error}); train again or copy it again") from error


def load(folder: Path) -> tuple[Model, Checkpoint]:
    """Build the model of a checkpoint, in evaluation mode.

    Raises:
        InputError: see `read` and `fill`.
    """
    about = read(folder)
    if about.model not in MODELS:
        raise InputError(f"{folder / CONFIG}: field model: {about.model!r} is none of {', '.join(MODELS)}; update seq2exp")
    model = build(about.model, about.preset, **about.config)
    fill(model, weights(folder), folder)
    return model.eval(), about


def fill(model: Model, tensors: dict[str, Tensor], source: Path) -> None:
    """Load weights into a model.

    Raises:
        InputError: names or shapes differ.
    """
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(f"{source}: the weights do not fit the model; use the same model, preset and tracks ({reason})") from error
