"""The Mamba block, one way or both ways, and the stack of blocks that every state-space model here uses."""

import math

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from seq2exp_py.kernels import mamba_inner

D_CONV, EXPAND = 4, 2
STEP_MIN, STEP_MAX, STEP_FLOOR = 1e-3, 1e-1, 1e-4  # initial step sizes of the scan (Mamba, sec. 3.6)


class Norm(nn.RMSNorm):
    """RMSNorm in float32; its output has the input's dtype."""

    def __init__(self, d_model: int):
        super().__init__(d_model, eps=1e-5)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last dimension."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float()).to(x.dtype)


class Direction(nn.Module):
    """What one direction does between the projections: causal convolution, SiLU, selective scan, gate."""

    def __init__(self, d_model: int, d_state: int):
        super().__init__()
        inner, rank = EXPAND * d_model, math.ceil(d_model / 16)
        self.conv = nn.Conv1d(inner, inner, D_CONV, groups=inner)
        self.x_proj = nn.Linear(inner, rank + 2 * d_state, bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        self.A_log = nn.Parameter(torch.arange(1, d_state + 1).float().log().repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))
        nn.init.uniform_(self.dt_proj.weight, -(rank**-0.5), rank**-0.5)
        step = torch.exp(torch.empty(inner).uniform_(math.log(STEP_MIN), math.log(STEP_MAX))).clamp(min=STEP_FLOOR)
        self.dt_proj.bias.data = step + torch.log(-torch.expm1(-step))  # inverse of softplus

    def forward(self, xz: Tensor, reverse: bool = False, keep: slice | None = None) -> Tensor:
        """(B, T, 2 * inner) -> the `keep` tokens of (B, T, inner); `reverse` runs from the last token to the first."""
        assert self.conv.bias is not None
        conv, steps = (self.conv.weight[:, 0], self.conv.bias), (self.dt_proj.weight, self.dt_proj.bias)
        with torch.autocast(xz.device.type, enabled=False):
            return mamba_inner(xz, *conv, self.x_proj.weight, *steps, self.A_log, self.D, reverse=reverse, keep=keep)


class Mixer(nn.Module):
    """Mamba (one direction) or BiMamba (both, added; in- and out-projection shared, so each is applied once)."""

    def __init__(self, d_model: int, d_state: int, both: bool, init_depth: int):
        super().__init__()
        self.in_proj = nn.Linear(d_model, 2 * EXPAND * d_model, bias=False)
        self.ahead = Direction(d_model, d_state)
        self.back = Direction(d_model, d_state) if both else None
        self.out_proj = nn.Linear(EXPAND * d_model, d_model, bias=False)
        nn.init.kaiming_uniform_(self.out_proj.weight, a=math.sqrt(5))
        self.out_proj.weight.data /= math.sqrt(init_depth)

    def forward(self, tokens: Tensor, wanted: slice, flip: Tensor | None) -> Tensor:
        """(B, T, d_model) -> the outputs of the `wanted` tokens.

        Args:
            tokens: normalised tokens.
            wanted: tokens whose output is needed; the scans stop where they no longer matter.
            flip: (B, T) index that reverses the real tokens of each sample and leaves the padding at the end; None = no padding.
        """
        xz = self.in_proj(tokens)
        mixed = self.ahead(xz, keep=wanted)
        if self.back is not None and flip is None:
            mixed = mixed + self.back(xz, reverse=True, keep=wanted)
        elif self.back is not None and flip is not None:
            mixed = mixed + take(self.back(take(xz, flip)), flip)[:, wanted]
        out: Tensor = self.out_proj(mixed)
        return out


class Block(nn.Module):
    """Pre-norm residual block."""

    def __init__(self, d_model: int, d_state: int, both: bool, init_depth: int):
        super().__init__()
        self.norm = Norm(d_model)
        self.mixer = Mixer(d_model, d_state, both, init_depth)

    def forward(self, tokens: Tensor, gate: Tensor | None, wanted: slice, flip: Tensor | None) -> Tensor:
        """(B, T, d_model) -> the `wanted` tokens, r + Mixer(gate * RMSNorm(r))."""
        normal = self.norm(tokens)
        if gate is not None:
            normal = normal * gate.unsqueeze(-1).to(normal.dtype)
        out: Tensor = tokens[:, wanted] + self.mixer(normal, wanted, flip)
        return out


class Stack(nn.Module):
    """Blocks and a final RMSNorm: (B, T, d_model) -> (B, T, d_model), or only the tokens that are wanted.

    Args:
        d_model: width of a token.
        d_state: states per channel.
        layers: number of blocks.
        both: bidirectional.
        init_depth: the out-projections start `sqrt(init_depth)` times smaller than a plain linear layer.
    """

    def __init__(self, d_model: int, d_state: int, layers: int, both: bool = True, init_depth: int | None = None):
        super().__init__()
        self.blocks = nn.ModuleList(Block(d_model, d_state, both, init_depth or layers) for _ in range(layers))
        self.norm = Norm(d_model)
        self.checkpointing = False  # recompute each block in the backward pass instead of keeping its activations

    def forward(
        self, tokens: Tensor, gate: Tensor | None = None, wanted: slice = slice(None), flip: Tensor | None = None
    ) -> Tensor:
        """Run the blocks.

        Args:
            tokens: (B, T, d_model) embeddings.
            gate: (B, T) factor on every block's normalised input. A factor on the embeddings alone is undone by the first
                RMSNorm, which does not see the scale of a token; here 0 silences a token in all blocks.
            wanted: tokens to return; the last block computes nothing that they do not need.
            flip: see `flips`; None where no sample is padded.
        """
        everything = slice(None)
        for i, block in enumerate(self.blocks):
            part = wanted if i == len(self.blocks) - 1 else everything
            if self.checkpointing and self.training:
                tokens = checkpoint(block, tokens, gate, part, flip, use_reentrant=False)
            else:
                tokens = block(tokens, gate, part, flip)
        out: Tensor = self.norm(tokens)
        return out


def flips(lengths: Tensor, width: int) -> Tensor:
    """(B,) lengths -> (B, width) index that reverses the first `length` tokens of each row and keeps the padding behind them."""
    index = torch.arange(width, device=lengths.device)
    ends = lengths[:, None]
    return torch.where(index < ends, ends - 1 - index, index)


def take(tokens: Tensor, index: Tensor) -> Tensor:
    """Gather tokens: (B, T, d) and (B, K) -> (B, K, d)."""
    return tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[2]))
