"""The loop, the objective, the schedule and the checkpoint; torch comes with what is of networks alone."""

from seq2exp_py.training.checkpoint import Checkpoint
from seq2exp_py.training.clock import Clock, OutOfTimeError
from seq2exp_py.training.request import Request
from seq2exp_py.training.train import train

__all__ = ["Checkpoint", "Clock", "OutOfTimeError", "Request", "train"]
