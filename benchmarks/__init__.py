"""Our speed and memory as ratios to what else could be used, each in one process on the same inputs: `python -m benchmarks`."""
