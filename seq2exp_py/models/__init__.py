"""One file per model, its configuration on top; `build` gives any of them by name."""

import importlib
from typing import Any

from seq2exp_py.errors import InputError
from seq2exp_py.models.output import Fitted, Model, Output
from seq2exp_py.models.presets import PRESETS, ModelConfig, resolve

__all__ = ["MODELS", "PRESETS", "Fitted", "Model", "ModelConfig", "Output", "build"]

# Row of the tables -> (file of this folder with `Config` and `Network`, what the name fixes).
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "seq2exp_soft": ("seq2exp_soft", {}),
    "seq2exp_hard": ("seq2exp_hard", {}),
    "seq2exp_retrain": ("seq2exp_retrain", {}),
    "caduceus_signals": ("caduceus", {"signals": True}),
    "caduceus": ("caduceus", {"signals": False}),
    "mamba": ("mamba", {}),
    "hyenadna": ("hyenadna", {}),
    "enformer": ("enformer", {}),
    "epinformer": ("epinformer", {}),
    "macs3": ("macs3", {}),
    "ridge": ("ridge", {}),
    "gbm": ("gbm", {}),
    "caduceus_signals_2kb": ("caduceus", {"signals": True, "window": 2000, "resolution": 1}),
}


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
    own = getattr(file, "PRESETS", {}).get(preset, {}) | MODELS[name][1]
    published = getattr(file, "PAPER", {}) if fields.get("variant") == "paper" else {}
    config: ModelConfig = resolve(file.Config, preset, {**own, **published, **fields})
    return config


def build(name: str, preset: str = "paper", tracks: tuple[str, ...] = ("H3K27ac", "DNase", "HiC"), **fields: Any) -> Model:
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
    if name not in MODELS:
        raise InputError(f"model {name!r} is unknown; choose among {', '.join(MODELS)}")
    return importlib.import_module(f"{__name__}.{MODELS[name][0]}")
