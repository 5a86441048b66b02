"""A small genome with a planted regulatory grammar, the signals of its cells, and the ground truth of R_g, R_m and R_ag.

What builds and writes it is imported when it is first asked for: a help text shows the presets alone.
"""

import importlib
from typing import TYPE_CHECKING, Any

from seq2exp_py.simulate.config import PRESETS, WORLDS, Config, preset

if TYPE_CHECKING:
    from seq2exp_py.simulate.dataset import write
    from seq2exp_py.simulate.world import World, build, knock_out

__all__ = ["PRESETS", "WORLDS", "Config", "World", "build", "knock_out", "preset", "write"]
HOMES = {"write": "dataset", "World": "world", "build": "world", "knock_out": "world"}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{HOMES[name]}"), name)
