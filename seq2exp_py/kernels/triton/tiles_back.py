"""The gradient of the scan as Triton kernels; shapes and the way of the work are those of `tiles`."""

# mypy: ignore-errors
import triton
import triton.language as tl

from seq2exp_py.kernels.triton.tiles import places, row, sigmoid, step_sizes, trace

LN2 = tl.constexpr(0.6931471805599453)


@triton.jit
def trace_back(carry, decay, add, TILE: tl.constexpr):
    """The gradients of a tile's states, of which `add` comes from the outputs, and that of the state that enters the tile."""
    grads = decay
    for i in tl.static_range(TILE - 1, -1, -1):
        g = row(add, i, TILE) + carry
        grads = tl.where(tl.arange(0, TILE)[:, None] == i, g[None, :], grads)
        carry = row(decay, i, TILE) * g
    return grads, carry


@triton.jit
def gated_gradient(dy, z, at, z_at, inside, GATED: tl.constexpr):
    """The gradient of the scan's output before the gate."""
    grad = tl.load(dy + at, inside, 0.0).to(tl.float32)
    if GATED:
        gate = tl.load(z + z_at, inside, 0.0).to(tl.float32)
        grad *= gate * sigmoid(gate)
    return grad


@triton.jit
def retreat(
    delta,
    rates,
    C,
    z,
    bias,
    dy,
    begins,
    length,
    channels,
    states,
    z_batch,
    z_step,
    CHUNK: tl.constexpr,
    TILE: tl.constexpr,
    WIDTH: tl.constexpr,
    SOFTPLUS: tl.constexpr,
    GATED: tl.constexpr,
    REVERSE: tl.constexpr,
):
    """Fill `begins` (zeros on entry) with what each chunk adds to the gradient of the state that enters it."""
    chunk, b, batch = tl.program_id(0), tl.program_id(1).to(tl.int64), tl.num_programs(1)
    c = tl.max_contiguous(tl.program_id(2) * WIDTH + tl.arange(0, WIDTH), 2)
    home = (chunk.to(tl.int64) * batch + b) * states * channels + c
    tiles = tl.cdiv(tl.minimum((chunk + 1) * CHUNK, length) - chunk * CHUNK, TILE)
    for i in range(tiles):
        t, valid, inside, at = places(chunk * CHUNK + (tiles - 1 - i) * TILE, length, channels, b, c, TILE, REVERSE)
        _, d = step_sizes(delta, at, bias, c, inside, SOFTPLUS)
        back = gated_gradient(dy, z, at, b * z_batch + t[:, None] * z_step + c[None, :], inside, GATED)
        for n in range(states):
            rate, read = tl.load(rates + n * channels + c), tl.load(C + (b * length + t) * states + n, valid, 0.0).to(tl.float32)
            _, g = trace_back(tl.load(begins + home + n * channels), tl.exp2(d * rate[None, :]), back * read[:, None], TILE)
            tl.store(begins + home + n * channels, g)
        tl.debug_barrier()


@triton.jit
def replay(
    u,
    delta,
    rates,
    B,
    C,
    D,
    z,
    bias,
    past,
    dy,
    dC,
    dz,
    chunk,
    b,
    c,
    block,
    batch,
    length,
    channels,
    states,
    z_batch,
    z_step,
    CHUNK: tl.constexpr,
    TILE: tl.constexpr,
    WIDTH: tl.constexpr,
    SOFTPLUS: tl.constexpr,
    GATED: tl.constexpr,
    REVERSE: tl.constexpr,
):
    """Go through a chunk once more as `forward` did: fill dC, dz, and the states that enter its tiles.

    `past` (tiles + 1, state, channels) has the chunk's state as its first entry. What needs no gradient of the states is done here,
    so that the way back has room for it in a thread's registers.
    """
    for first in range(chunk * CHUNK, tl.minimum((chunk + 1) * CHUNK, length), TILE):
        t, valid, inside, at = places(first, length, channels, b, c, TILE, REVERSE)
        _, d = step_sizes(delta, at, bias, c, inside, SOFTPLUS)
        value = tl.load(u + at, inside, 0.0).to(tl.float32)
        x, out = d * value, tl.load(D + c)[None, :] * value
        back = gated_gradient(dy, z, at, b * z_batch + t[:, None] * z_step + c[None, :], inside, GATED)
        for n in range(states):
            rate, to = tl.load(rates + n * channels + c), (b * length + t) * states + n
            enter, read = tl.load(B + to, valid, 0.0).to(tl.float32), tl.load(C + to, valid, 0.0).to(tl.float32)
            h, last = trace(tl.load(past + n * channels + c), tl.exp2(d * rate[None, :]), x * enter[:, None], TILE)
            out += h * read[:, None]
            tl.store(dC + ((block * batch + b) * length + t) * states + n, tl.sum(back * h, 1), valid)
            tl.store(past + (states + n) * channels + c, last)
        if GATED:
            gate = tl.load(z + b * z_batch + t[:, None] * z_step + c[None, :], inside, 0.0).to(tl.float32)
            s = sigmoid(gate)
            grad = tl.load(dy + at, inside, 0.0).to(tl.float32) * out * s * (1 + gate * (1 - s))
            tl.store(dz + at, grad.to(dz.dtype.element_ty), inside)
        past += states * channels
        tl.debug_barrier()


@triton.jit
def backward(
    u,
    delta,
    rates,
    B,
    C,
    D,
    z,
    bias,
    past,
    grads,
    dy,
    du,
    dsteps,
    dB,
    dC,
    dz,
    dA,
    dD,
    length,
    channels,
    states,
    z_batch,
    z_step,
    CHUNK: tl.constexpr,
    TILE: tl.constexpr,
    WIDTH: tl.constexpr,
    SOFTPLUS: tl.constexpr,
    GATED: tl.constexpr,
    REVERSE: tl.constexpr,
):
    """Fill the gradients.

    `past` (chunks, batch, tiles + 1, state, channels) has the state that enters each chunk, `grads` the gradient of the one that
    leaves it; dB and dC (blocks of channels, batch, length, state), dA (chunks, batch, state, channels; zeros on entry) and dD
    (chunks, batch, channels) are sums to finish.
    """
    chunk, b, batch = tl.program_id(0), tl.program_id(1).to(tl.int64), tl.num_programs(1)
    block = tl.program_id(2)
    c = tl.multiple_of(tl.max_contiguous(block * WIDTH + tl.arange(0, WIDTH), 2), 1)  # one channel per thread: see `launch`
    home = chunk.to(tl.int64) * batch + b
    past += home * (CHUNK // TILE + 1) * states * channels
    # fmt: off
    replay(
        u, delta, rates, B, C, D, z, bias, past, dy, dC, dz, chunk, b, c, block, batch, length, channels, states, z_batch, z_step,
        CHUNK, TILE, WIDTH, SOFTPLUS, GATED, REVERSE,
    )
    # fmt: on
    skip, dskip = tl.load(D + c), tl.zeros([WIDTH], tl.float32)
    tiles = tl.cdiv(tl.minimum((chunk + 1) * CHUNK, length) - chunk * CHUNK, TILE)
    for i in range(tiles):
        first = chunk * CHUNK + (tiles - 1 - i) * TILE
        t, valid, inside, at = places(first, length, channels, b, c, TILE, REVERSE)
        raw, d = step_sizes(delta, at, bias, c, inside, SOFTPLUS)
        z_at = b * z_batch + t[:, None] * z_step + c[None, :]
        back = gated_gradient(dy, z, at, z_at, inside, GATED)
        value = tl.load(u + at, inside, 0.0).to(tl.float32)
        x = d * value
        dx, dd = tl.zeros([TILE, WIDTH], tl.float32), tl.zeros([TILE, WIDTH], tl.float32)
        for n in range(states):
            rate, to = tl.load(rates + n * channels + c), (b * length + t) * states + n
            enter, read = tl.load(B + to, valid, 0.0).to(tl.float32), tl.load(C + to, valid, 0.0).to(tl.float32)
            decay, added = tl.exp2(d * rate[None, :]), x * enter[:, None]
            h, _ = trace(tl.load(past + ((tiles - 1 - i) * states + n) * channels + c), decay, added, TILE)
            kept = h - added
            g, carry = trace_back(tl.load(grads + (home * states + n) * channels + c), decay, back * read[:, None], TILE)
            lost = g * kept
            dx += g * enter[:, None]
            dd += lost * rate[None, :]
            tl.store(dB + ((block * batch + b) * length + t) * states + n, tl.sum(g * x, 1), valid)
            tl.store(grads + (home * states + n) * channels + c, carry)
            tl.store(
                dA + (home * states + n) * channels + c, tl.load(dA + (home * states + n) * channels + c) + tl.sum(lost * d, 0)
            )
        # read again rather than kept in registers over the states, of which there are too few
        tl.debug_barrier()
        raw, d = step_sizes(delta, at, bias, c, inside, SOFTPLUS)
        value = tl.load(u + at, inside, 0.0).to(tl.float32)
        dskip += tl.sum(back * value, 0)
        slope = sigmoid(raw) if SOFTPLUS else tl.full([TILE, WIDTH], 1.0, tl.float32)
        tl.store(du + at, (dx * d + back * skip[None, :]).to(du.dtype.element_ty), inside)
        tl.store(dsteps + at, ((dd * LN2 + dx * value) * slope).to(dsteps.dtype.element_ty), inside)
        tl.debug_barrier()
    tl.store(dD + home * channels + c, dskip)
