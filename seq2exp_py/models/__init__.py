"""One file per model, its configuration on top; `rows` says what each is called, `build` makes any of them by name."""

import importlib
from typing import TYPE_CHECKING, Any

from seq2exp_py.models.config import PRESETS, ModelConfig, resolve
from seq2exp_py.models.rows import MODELS, find

if TYPE_CHECKING:  # torch is imported with the first model's file, not with this one
    from seq2exp_py.models.base import Model
    from seq2exp_py.models.parts.fitted import Fitted

__all__ = ["MODELS", "PRESETS", "ModelConfig", "build", "build_fitted", "configure"]

TRACKS = ("H3K27ac", "DNase", "HiC")


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


def build(name: str, preset: str = "paper", tracks: tuple[str, ...] = TRACKS, **fields: Any) -> "Model":
    """Make a network with fresh weights.

    Args:
        name: a key of `MODELS`.
        preset: a key of `PRESETS`.
        tracks: signals of the batches it will see, in order.
        fields: fields of the configuration that differ from the preset.

    Raises:
        InputError: unknown name, preset or field, or a value that does not fit.
    """
    network: Model = _made(name, preset, tracks, fields)
    return network


def build_fitted(name: str, preset: str = "paper", tracks: tuple[str, ...] = TRACKS, **fields: Any) -> "Fitted":
    """Make a model of kind `table` that has to be fitted yet; arguments and errors as of `build`."""
    model: Fitted = _made(name, preset, tracks, fields)
    return model


def _made(name: str, preset: str, tracks: tuple[str, ...], fields: dict[str, Any]) -> Any:
    return _file(name).Network(configure(name, preset, tracks=tracks, **fields))


def _file(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{find(name).file}")
