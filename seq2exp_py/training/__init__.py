"""The loop, the objective, the schedule and the checkpoint."""

from seq2exp_py.training.checkpoint import Checkpoint, load
from seq2exp_py.training.loop import Clock, OutOfTimeError
from seq2exp_py.training.train import Request, train

__all__ = ["Checkpoint", "Clock", "OutOfTimeError", "Request", "load", "train"]
