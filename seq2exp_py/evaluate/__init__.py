"""Metrics, comparison with baselines and published figures, and masks held against a truth."""
