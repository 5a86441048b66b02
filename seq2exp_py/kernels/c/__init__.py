"""The scan, its convolution and the filters over bases in C, compiled for the processor that they run on."""

from seq2exp_py.kernels.c.build import library
from seq2exp_py.kernels.c.calls import backward, conv_backward, conv_forward, forward, match_backward, match_forward

__all__ = ["backward", "conv_backward", "conv_forward", "forward", "library", "match_backward", "match_forward"]
