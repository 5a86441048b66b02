"""The network of a checkpoint folder, and its weights as tensors."""

from pathlib import Path

import torch
from torch import Tensor

from seq2exp_py.errors import InputError
from seq2exp_py.models import build
from seq2exp_py.models.base import Model
from seq2exp_py.training import checkpoint


def load(folder: Path) -> tuple[Model, checkpoint.Checkpoint]:
    """Build the model of a checkpoint, in evaluation mode.

    Raises:
        InputError: see `checkpoint.read` and `fill`.
    """
    about = checkpoint.read(folder)
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


def weights(folder: Path) -> dict[str, Tensor]:
    """Those of `checkpoint.weights`."""
    return {name: torch.from_numpy(array) for name, array in checkpoint.weights(folder).items()}
