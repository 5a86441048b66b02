"""Predictions and masks from a checkpoint, and the folder that holds them."""

from seq2exp_py.inference.folder import PredictionFolder, PredictionWriter

__all__ = ["PredictionFolder", "PredictionWriter"]
