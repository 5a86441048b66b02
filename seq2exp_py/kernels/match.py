"""Filters over a sequence of bases, and of each filter the best match in every pool of positions."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.kernels import c
from seq2exp_py.kernels.cpu import BLOCK
from seq2exp_py.kernels.operands import Filters

LONGEST = 2**15 - 1  # positions in a pool that an int16 tells apart


def best_match(codes: Tensor, weight: Tensor, bias: Tensor, pool: int, same: bool, silu: bool = False) -> Tensor:
    """Convolve the one-hot bases, take SiLU if asked for, then the maximum of each pool.

    On a CPU nothing of the length of the sequence is made but the codes, and backwards only the best matches are gone through.

    Args:
        codes: (batch, length) uint8, 0 to 3 for A C G T; any other is N, which matches nothing.
        weight: (channels, 4, width). bias: (channels,).
        pool: positions per token; a last pool that is not full is left out.
        same: a position for every base, with nothing beyond the ends; else only where the whole filter lies within.
        silu: whether SiLU comes before the maximum.

    Returns:
        (batch, positions // pool, channels), in the dtype of `weight`.
    """
    if (
        codes.device.type == "cpu"
        and weight.dtype == torch.float32
        and len(weight) % BLOCK == 0
        and pool <= LONGEST
        and c.library()
    ):
        best: Tensor = Match.apply(codes, weight, bias, pool, same, silu)
        return best
    return composed(codes, weight, bias, pool, same, silu)


def composed(codes: Tensor, weight: Tensor, bias: Tensor, pool: int, same: bool, silu: bool) -> Tensor:
    """The same from torch's operations: the specification of `best_match`."""
    bases = torch.eye(5, 4, dtype=weight.dtype, device=codes.device)[codes.long().clamp(max=4)]
    found = F.conv1d(bases.mT, weight, bias, padding="same" if same else "valid")
    return F.max_pool1d(F.silu(found) if silu else found, pool).mT


class Match(torch.autograd.Function):
    """`best_match` on a CPU; of the forward pass only the places of the best matches are kept."""

    @staticmethod
    def forward(ctx: Any, codes: Tensor, weight: Tensor, bias: Tensor, pool: int, same: bool, silu: bool) -> Tensor:
        """Return the best matches."""
        filters = _filters(codes, weight, bias, pool, same, silu)
        best, at = c.match_forward(filters, any(ctx.needs_input_grad))
        ctx.save_for_backward(codes, weight, bias, at)
        ctx.flags = pool, same, silu
        return best

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of weight and bias."""
        codes, weight, bias, at = ctx.saved_tensors
        dtaps, dbias = c.match_backward(_filters(codes, weight, bias, *ctx.flags), at, grads[0].float())
        return None, dtaps[:, :4].permute(2, 1, 0), dbias, None, None, None


def _filters(codes: Tensor, weight: Tensor, bias: Tensor, pool: int, same: bool, silu: bool) -> Filters:
    width = weight.shape[2]
    taps = F.pad(weight.detach().permute(2, 1, 0), (0, 0, 0, 1)).contiguous()
    before, positions = ((width - 1) // 2, codes.shape[1]) if same else (0, codes.shape[1] - width + 1)
    return Filters(codes.contiguous(), taps, bias.detach().contiguous(), before, pool, positions // pool, silu)
