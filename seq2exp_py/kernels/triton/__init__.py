"""The scan on a GPU: Triton kernels (`tiles`, `tiles_back`), and their launches with autograd around them."""

from seq2exp_py.kernels.triton.launch import scan

__all__ = ["scan"]
