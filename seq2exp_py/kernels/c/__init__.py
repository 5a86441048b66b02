"""The scan and its convolution in C (`scan.c`, `conv.c`), compiled for the processor that they run on."""

from seq2exp_py.kernels.c.build import library
from seq2exp_py.kernels.c.calls import backward, conv_backward, conv_forward, forward

__all__ = ["backward", "conv_backward", "conv_forward", "forward", "library"]
