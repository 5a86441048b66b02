"""The loop, the objective, the schedule and the checkpoint."""
