"""What a card does, in one command of a few minutes: `benchmarks/gpu.sh`; and what can be said of the kernels without one."""
