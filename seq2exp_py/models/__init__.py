"""One file per model, its configuration on top; `rows` says what each is called, `build` makes any of them by name."""

import importlib
from typing import TYPE_CHECKING, Any

from seq2exp_py.models.config import PRESETS, ModelConfig, resolve
from seq2exp_py.models.rows import MODELS, find

if TYPE_CHECKING:  # torch is imported with the first model's file, not with this one
    from seq2exp_py.models.base import Model

__all__ = ["MODELS", "PRESETS", "ModelConfig", "build", "configure"]


def configure(name: str, preset: str = "paper", **fields: Any) -> ModelConfig:
    """Resolve the configuration of a model without building it (its `window` says what to read).

    Args:
        name: a key of `MODELS`.
        preset: a key of `PRESETS`; what differs in one model is in its file's own `PRESETS`, and the published constants of a
            `variant="paper"` in its `PAPER`, where it has them.
        fields: fields of the configuration that differ from the preset.

    Raises:
        InputError: unknown name, preset or field, or a value that does not fit.
    """
    file = _file(name)
    own = getattr(file, "PRESETS", {}).get(preset, {}) | find(name).fixed
    published = getattr(file, "PAPER", {}) if fields.get("variant") == "paper" else {}
    config: ModelConfig = resolve(file.Config, preset, {**own, **published, **fields})
    return config


def build(name: str, preset: str = "paper", tracks: tuple[str, ...] = ("H3K27ac", "DNase", "HiC"), **fields: Any) -> "Model":
    """Make a model with fresh weights.

    Args:
        name: a key of `MODELS`.
        preset: a key of `PRESETS`.
        tracks: signals of the batches it will see, in order.
        fields: fields of the configuration that differ from the preset.

    Raises:
        InputError: unknown name, preset or field, or a value that does not fit.
    """
    config = configure(name, preset, tracks=tracks, **fields)
    network: Model = _file(name).Network(config)
    return network


def _file(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{find(name).file}")
