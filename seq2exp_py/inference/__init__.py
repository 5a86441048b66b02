"""Predictions and masks from a checkpoint, and the folder that holds them."""
