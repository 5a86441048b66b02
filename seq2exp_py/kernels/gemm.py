"""The number format in which this machine multiplies matrices fastest."""

import functools
import time

import torch

GAIN = 1.3  # bfloat16 has to be so many times faster, casts included, before its rounding is worth it
TOKENS, INNER, OUTER = 4096, 128, 512  # the in-projection of a block of width 128
REPEATS = 5


@functools.cache
def gemm_dtype(device: str = "cpu") -> torch.dtype:
    """Return bfloat16 where it multiplies matrices clearly faster than float32, else float32; measured once per process (30 ms).

    It is meant for `torch.autocast(device, dtype)`: products round their factors to 8 bits and add up in float32, the scan stays in
    float32. Nothing here switches it on by itself.

    Args:
        device: "cpu" or "cuda".
    """
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    x, w = torch.ones(TOKENS, INNER), torch.ones(OUTER, INNER)
    plain = _seconds(x, w, torch.float32)
    return torch.bfloat16 if _seconds(x, w, torch.bfloat16) * GAIN < plain else torch.float32


def _seconds(x: torch.Tensor, w: torch.Tensor, dtype: torch.dtype) -> float:
    """The best of a few products, with the casts there and back."""
    best = float("inf")
    for _ in range(REPEATS + 1):  # the first one sets the library up
        start = time.perf_counter()
        (x.to(dtype) @ w.to(dtype).T).float()
        best = min(best, time.perf_counter() - start)
    return best
