"""The scan through numba, and its convolution through torch, for a CPU without a compiler."""

from seq2exp_py.kernels.numba.calls import backward, conv_backward, conv_forward, forward

__all__ = ["backward", "conv_backward", "conv_forward", "forward"]
