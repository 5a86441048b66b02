"""The scan on a GPU: launches of the Triton kernels, and autograd around them."""

from typing import Any

import torch
import triton
from torch import Tensor

from seq2exp_py.kernels.operands import LOG2E, Operands
from seq2exp_py.kernels.triton import tiles, tiles_back

CHUNK, TILE, WIDTH, WARPS = 256, 8, 64, 1  # steps of a chunk and of a tile; channels of a program, two per thread
BACK = 32  # channels of a program of `backward`, one per thread: with two, registers spill


def scan(x: Operands) -> Tensor:
    """Run the scan on a GPU; the result is that of `reference.scan`."""
    return x.through(Scan, WIDTH)


class Scan(torch.autograd.Function):
    """The scan and its gradients; of the past only the states between chunks are kept."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Tensor:
        """Return y; keep the inputs, the state that enters each chunk and the chunks' steps."""
        x = Operands(*args)
        launch = Launch(x)
        starts, spent = launch.starts()
        y = launch.forward(starts.clone())
        ctx.save_for_backward(*x.tensors, starts, spent)
        ctx.flags = x.flags
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Recompute each chunk from its state."""
        *tensors, starts, spent = ctx.saved_tensors
        launch = Launch(Operands(*tensors, *ctx.flags))
        flows = launch.backward(starts, spent, grads[0].contiguous())
        return *(None if x is None else flow.to(x.dtype) for x, flow in zip(tensors, flows, strict=True)), None, None


class Launch:
    """The operands of one scan, laid out for the kernels."""

    def __init__(self, x: Operands) -> None:
        self.u, self.delta, self.B, self.C = (v.detach().contiguous() for v in (x.u, x.delta, x.B, x.C))
        self.batch, self.length, self.channels = x.u.shape
        self.states = x.A.shape[1]
        self.rates = (x.A.detach().float().T * LOG2E).contiguous()
        zeros = self.rates.new_zeros(self.channels)
        self.D, self.bias = (zeros if v is None else v.detach().float().contiguous() for v in (x.D, x.delta_bias))
        self.z = self.u if x.z is None else x.z.detach() if x.z.stride(-1) == 1 else x.z.detach().contiguous()
        self.chunks = triton.cdiv(self.length, CHUNK)
        self.sizes = (self.length, self.channels, self.states)
        self.z_strides = (self.z.stride(0), self.z.stride(1))
        self.shape = {"CHUNK": CHUNK, "TILE": TILE, "WIDTH": WIDTH, "SOFTPLUS": x.delta_softplus, "REVERSE": x.reverse}
        self.shape |= {"num_warps": WARPS}
        self.gated = {"GATED": x.z is not None}
        self.grid = (self.chunks, self.batch, self.channels // WIDTH)

    def room(self, *shape: int) -> Tensor:
        """Zeros, float32."""
        return self.rates.new_zeros(shape)

    def starts(self) -> tuple[Tensor, Tensor]:
        """The state that enters each chunk (chunks, batch, state, channels), and the sum of the chunks' steps."""
        states, spent = (
            self.room(self.chunks, self.batch, self.states, self.channels),
            self.room(self.chunks, self.batch, self.channels),
        )
        if self.chunks > 1:
            tiles.advance[self.grid](self.u, self.delta, self.rates, self.B, self.bias, states, spent, *self.sizes, **self.shape)
        return self.chained(states, spent, False), spent

    def chained(self, added: Tensor, spent: Tensor, reverse: bool) -> Tensor:
        """From what each chunk adds to the state, the state that enters each."""
        entering, cells = torch.zeros_like(added), added[0].numel()
        if self.chunks > 1:
            sizes = (self.chunks, cells, self.channels, self.states)
            tiles.chain[(triton.cdiv(cells, WIDTH),)](
                added, entering, spent, self.rates, *sizes, TILE=TILE, WIDTH=WIDTH, REVERSE=reverse, num_warps=WARPS
            )
        return entering

    def forward(self, state: Tensor) -> Tensor:
        """The scan's output; `state` moves from the start to the end of each chunk."""
        y = torch.empty_like(self.u)
        tensors = (self.u, self.delta, self.rates, self.B, self.C, self.D, self.z, self.bias, state, y)
        tiles.forward[self.grid](*tensors, *self.sizes, *self.z_strides, **self.shape, **self.gated)
        return y

    def backward(self, starts: Tensor, spent: Tensor, dy: Tensor) -> tuple[Tensor, ...]:
        """The gradients of u, delta, A, B, C, D, z, bias."""
        added = torch.zeros_like(starts)
        if self.chunks > 1:
            tensors = (self.delta, self.rates, self.C, self.z, self.bias, dy, added)
            tiles_back.retreat[self.grid](*tensors, *self.sizes, *self.z_strides, **self.shape, **self.gated)
        grads = self.chained(added, spent, True)
        past = starts.new_empty(self.chunks, self.batch, CHUNK // TILE + 1, self.states, self.channels)
        past[:, :, 0] = starts
        du, dsteps, dz = torch.empty_like(self.u), torch.empty_like(self.delta), torch.empty_like(self.u)
        blocks, shape = self.channels // BACK, self.shape | {"WIDTH": BACK}
        dB, dC = (self.room(blocks, self.batch, self.length, self.states) for _ in "BC")
        dA, dD = torch.zeros_like(starts), torch.zeros_like(spent)
        operands = (self.u, self.delta, self.rates, self.B, self.C, self.D, self.z, self.bias, past, grads, dy)
        tiles_back.backward[(self.chunks, self.batch, blocks)](
            *operands, du, dsteps, dB, dC, dz, dA, dD, *self.sizes, *self.z_strides, **shape, **self.gated
        )
        dbias = dsteps.sum((0, 1), dtype=torch.float32)
        return du, dsteps, dA.sum((0, 1)).T, dB.sum(0), dC.sum(0), dD.sum((0, 1)), dz, dbias
