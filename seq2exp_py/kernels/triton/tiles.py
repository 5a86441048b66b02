"""The scan as Triton kernels: several channels per program, so that B and C are read once for all of them.

The sequence is cut into chunks that run side by side, so that one long sequence fills the card: `advance` finds what each chunk
adds to a state of zeros, `chain` carries the states over the chunks, `forward` starts every chunk from its state. The gradient
goes the same way from the other end (`tiles_back`): `retreat`, `chain`, `backward`. Within a chunk a program goes through tiles
of `TILE` steps by `WIDTH` channels, and of every tile `backward` first keeps the state that enters it, then recomputes it. A
thread holds all steps of its two channels in registers, so that a row of a tile is a choice of register, and the recurrence plain
arithmetic from row to row. Hence channels are declared contiguous by twos: by fours, wide loads would spread the steps over
threads, and by ones some versions of Triton lay the threads along the steps.

Positions count in the order of the scan, whichever its direction. Shapes: u, delta, z, y (batch, length, channels), B, C (batch,
length, state), rates (state, channels) = A log2(e), states of chunks (chunks, batch, state, channels), spent steps (chunks, batch,
channels). Everything is float32 inside.
"""

# mypy: ignore-errors
import triton
import triton.language as tl

LOG2E = tl.constexpr(1.4426950408889634)


@triton.jit
def softplus(x):
    """log(1 + e^x) = max(x, 0) + 2 atanh(s), s = e / (2 + e), e = e^-|x|."""
    e = tl.exp2(tl.abs(x) * -LOG2E)
    s = e / (2 + e)
    q = s * s
    return tl.maximum(x, 0.0) + 2 * s * (1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q / 11)))))


@triton.jit
def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1 / (1 + tl.exp2(x * -LOG2E))


@triton.jit
def rows(first, length, TILE: tl.constexpr, REVERSE: tl.constexpr):
    """Positions in memory of a tile's steps, and which of them exist."""
    step = first + tl.arange(0, TILE)
    return tl.where(REVERSE, length - 1 - step, step).to(tl.int64), step < length


@triton.jit
def places(first, length, channels, b, c, TILE: tl.constexpr, REVERSE: tl.constexpr):
    """`rows` of a tile, and by step and channel: which exist, and where they lie in (batch, length, channels)."""
    t, valid = rows(first, length, TILE, REVERSE)
    return t, valid, valid[:, None], ((b * length + t) * channels)[:, None] + c[None, :]


@triton.jit
def row(x, which: tl.constexpr, TILE: tl.constexpr):
    """One row of a tile; of integers, because adding the zeros of the other rows to a float is not free."""
    bits = x.to(tl.int32, bitcast=True)
    return tl.sum(tl.where(tl.arange(0, TILE)[:, None] == which, bits, 0), 0).to(tl.float32, bitcast=True)


@triton.jit
def follow(h, decay, add, TILE: tl.constexpr):
    """From the state that enters a tile, the state that leaves it."""
    for i in tl.static_range(TILE):
        h = row(decay, i, TILE) * h + row(add, i, TILE)
    return h


@triton.jit
def trace(h, decay, add, TILE: tl.constexpr):
    """From the state that enters a tile, the states after its steps and the one that leaves it."""
    states = decay
    for i in tl.static_range(TILE):
        h = row(decay, i, TILE) * h + row(add, i, TILE)
        states = tl.where(tl.arange(0, TILE)[:, None] == i, h[None, :], states)
    return states, h


@triton.jit
def step_sizes(delta, at, bias, c, inside, SOFTPLUS: tl.constexpr):
    """Step sizes of a tile before and after the softplus; zero, which leaves the state alone, where there is nothing."""
    raw = tl.load(delta + at, inside, 0.0).to(tl.float32) + tl.load(bias + c)[None, :]
    return raw, tl.where(inside, softplus(raw) if SOFTPLUS else raw, 0.0)


@triton.jit
def advance(
    u,
    delta,
    rates,
    B,
    bias,
    ends,
    spent,
    length,
    channels,
    states,
    CHUNK: tl.constexpr,
    TILE: tl.constexpr,
    WIDTH: tl.constexpr,
    SOFTPLUS: tl.constexpr,
    REVERSE: tl.constexpr,
):
    """Fill `ends` with the state that each chunk reaches from zeros (zeros on entry), and `spent` with its steps' sum."""
    chunk, b, batch = tl.program_id(0), tl.program_id(1).to(tl.int64), tl.num_programs(1)
    c = tl.max_contiguous(tl.program_id(2) * WIDTH + tl.arange(0, WIDTH), 2)
    total = tl.zeros([WIDTH], tl.float32)
    home = (chunk.to(tl.int64) * batch + b) * states * channels + c
    for first in range(chunk * CHUNK, tl.minimum((chunk + 1) * CHUNK, length), TILE):
        t, valid, inside, at = places(first, length, channels, b, c, TILE, REVERSE)
        _, d = step_sizes(delta, at, bias, c, inside, SOFTPLUS)
        x = d * tl.load(u + at, inside, 0.0).to(tl.float32)
        total += tl.sum(d, 0)
        for n in range(states):
            rate, enter = tl.load(rates + n * channels + c), tl.load(B + (b * length + t) * states + n, valid, 0.0).to(tl.float32)
            h = follow(tl.load(ends + home + n * channels), tl.exp2(d * rate[None, :]), x * enter[:, None], TILE)
            tl.store(ends + home + n * channels, h)
        tl.debug_barrier()
    tl.store(spent + (chunk.to(tl.int64) * batch + b) * channels + c, total)


@triton.jit
def chain(
    added, entering, spent, rates, chunks, cells, channels, states, TILE: tl.constexpr, WIDTH: tl.constexpr, REVERSE: tl.constexpr
):
    """From what each chunk adds to the state, fill `entering` with the state that enters each; `cells` = batch state channels."""
    cell = tl.max_contiguous(tl.program_id(0) * WIDTH + tl.arange(0, WIDTH), 2)
    known = cell < cells
    rate = tl.load(rates + tl.max_contiguous(cell % (channels * states), 2), known, 0.0)
    lane = tl.max_contiguous(cell // (channels * states) * channels + cell % channels, 2)
    h, lanes = tl.zeros([WIDTH], tl.float32), cells // states
    for first in range(0, chunks - 1, TILE):
        k, valid = rows(first, chunks, TILE, REVERSE)
        inside = valid[:, None] & known[None, :]
        d = tl.load(spent + k[:, None] * lanes + lane[None, :], inside, 0.0)
        after, h = trace(h, tl.exp2(d * rate[None, :]), tl.load(added + k[:, None] * cells + cell[None, :], inside, 0.0), TILE)
        following, exists = rows(first + 1, chunks, TILE, REVERSE)
        tl.store(entering + following[:, None] * cells + cell[None, :], after, exists[:, None] & known[None, :])


@triton.jit
def forward(
    u,
    delta,
    rates,
    B,
    C,
    D,
    z,
    bias,
    start,
    y,
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
    """Fill `y`; `start` goes from the state that enters each chunk to the one that leaves it."""
    chunk, b, batch = tl.program_id(0), tl.program_id(1).to(tl.int64), tl.num_programs(1)
    c = tl.max_contiguous(tl.program_id(2) * WIDTH + tl.arange(0, WIDTH), 2)
    home = (chunk.to(tl.int64) * batch + b) * states * channels + c
    for first in range(chunk * CHUNK, tl.minimum((chunk + 1) * CHUNK, length), TILE):
        t, valid, inside, at = places(first, length, channels, b, c, TILE, REVERSE)
        _, d = step_sizes(delta, at, bias, c, inside, SOFTPLUS)
        value = tl.load(u + at, inside, 0.0).to(tl.float32)
        x, out = d * value, tl.load(D + c)[None, :] * value
        for n in range(states):
            rate, to = tl.load(rates + n * channels + c), (b * length + t) * states + n
            enter, read = tl.load(B + to, valid, 0.0).to(tl.float32), tl.load(C + to, valid, 0.0).to(tl.float32)
            h, last = trace(tl.load(start + home + n * channels), tl.exp2(d * rate[None, :]), x * enter[:, None], TILE)
            out += h * read[:, None]
            tl.store(start + home + n * channels, last)
        if GATED:
            gate = tl.load(z + b * z_batch + t[:, None] * z_step + c[None, :], inside, 0.0).to(tl.float32)
            out *= gate * sigmoid(gate)
        tl.store(y + at, out.to(y.dtype.element_ty), inside)
        tl.debug_barrier()
