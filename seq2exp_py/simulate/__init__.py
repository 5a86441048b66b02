"""A small genome with a planted regulatory grammar, the signals of its cells, and the ground truth of R_g, R_m and R_ag."""

from seq2exp_py.simulate.config import PRESETS, Config, preset
from seq2exp_py.simulate.dataset import write
from seq2exp_py.simulate.world import World, build, knock_out

__all__ = ["PRESETS", "Config", "World", "build", "knock_out", "preset", "write"]
