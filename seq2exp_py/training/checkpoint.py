"""A trained model on disk: weights, the resolved configuration, and the metrics of its epochs.

Weights are NumPy arrays here; `training.loading` makes a network of them.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, BaseModel, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from seq2exp_py import __version__, files
from seq2exp_py.errors import InputError, fault
from seq2exp_py.models.parts.mask_config import LEARNED
from seq2exp_py.models.rows import MODELS
from seq2exp_py.store.read import Store

CONFIG, WEIGHTS, METRICS = "config.json", "model.safetensors", "metrics.csv"


class Pretrained(BaseModel):
    """The folder of `seq2exp pretrain` that a mask was multiplied by: its name, and the SHA-256 of its manifest."""

    folder: str
    sha256: str

    @classmethod
    def of(cls, store: Store) -> "Pretrained | None":
        """That of a store; None where it was opened without."""
        return None if store.pretrained is None else cls(folder=store.pretrained.folder.name, sha256=store.pretrained.digest)


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
    pretrained: Pretrained | None = Field(None, validation_alias=AliasChoices("pretrained", "said"))  # as it was called before
    seq2exp: str = __version__


def save(folder: Path, about: Checkpoint, weights: Mapping[str, NDArray[Any]], rows: list[dict[str, Any]]) -> None:
    """Write a checkpoint folder, whole or not at all."""
    with files.whole(folder) as part:
        part.mkdir()
        save_file({k: np.array(v, order="C") for k, v in weights.items()}, part / WEIGHTS)
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
        InputError: it is no checkpoint, or one of another version or of a model that this version does not have.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(f"{folder}: no {CONFIG} in it, so it is no checkpoint; give the --out folder of `seq2exp train`")
    try:
        found = Checkpoint.model_validate_json(path.read_text())
    except ValidationError as error:
        field, reason = fault(error)
        raise InputError(f"{path}: field {field}: {reason}; train again with this version ({__version__})") from error
    if found.model not in MODELS:
        raise InputError(f"{path}: field model: {found.model!r} is none of {', '.join(MODELS)}; update seq2exp")
    return found


def sequence(source: Path) -> str | None:
    """What multiplies the odds of a checkpoint's mask; None of weights that say nothing of it."""
    return str(read(source).config.get("sequence", LEARNED)) if (source / CONFIG).is_file() else None


def weights(folder: Path) -> dict[str, NDArray[Any]]:
    """Read the weights of a checkpoint folder, or of a safetensors file.

    Raises:
        InputError: the file is missing or damaged.
    """
    path = folder / WEIGHTS if folder.is_dir() else folder
    try:
        arrays: dict[str, NDArray[Any]] = load_file(path)
        return arrays
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read as safetensors ({error}); train again or copy it again") from error
