"""The loops of the scan for numba: vectorised over channels, with polynomial exponentials.

Arrays are float32 and contiguous: u, delta, z, y (batch, length, channels), B and C (batch, length, state), and rates
(state, channels) = A log2(e), so that a decay is 2^(d rate). The scan runs in segments of `SEGMENT` steps; the state that enters
each segment is kept in `starts` (segments, batch, state, channels), and the backward pass recomputes one segment at a time from it.
Work is split over (batch, group of channels).
"""

# mypy: ignore-errors
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from seq2exp_py.kernels.operands import SEGMENT

LN2 = np.float32(0.6931472)
LOG2E = np.float32(1.442695)
ONE = np.float32(1)
# 2^f on [-1/2, 1/2]: the polynomial that is exact at 0 and nearest in relative error (9e-8)
P1, P2, P3, P4, P5 = (np.float32(p) for p in (0.693147004, 0.240222424, 0.0555073358, 0.00967151299, 0.00132647273))
inlined = numba.njit(fastmath=True, inline="always", error_model="numpy")


def _compiled(function):
    """Compile for threads when first called, keeping the machine code where the package or the user's cache can be written."""
    options = {"fastmath": True, "error_model": "numpy", "parallel": True}
    try:
        return numba.njit(**options, cache=True)(function)
    except RuntimeError:
        return numba.njit(**options)(function)


@intrinsic
def _power_of_two(typing_context, exponent):
    """Float32 2^exponent for -126 <= exponent <= 127, by writing the exponent's bits."""

    def generate(context, builder, signature, args):
        word = ir.IntType(32)
        biased = builder.add(args[0], ir.Constant(word, 127))
        return builder.bitcast(builder.shl(biased, ir.Constant(word, 23)), ir.FloatType())

    return types.float32(types.int32), generate


@inlined
def _exp2(x):
    x = min(max(x, np.float32(-126)), np.float32(126))
    whole = np.rint(x)
    f = x - whole
    return (((((P5 * f + P4) * f + P3) * f + P2) * f + P1) * f + ONE) * _power_of_two(np.int32(whole))


@inlined
def _sigmoid(x):
    return ONE / (ONE + _exp2(-LOG2E * x))


@inlined
def _softplus(x):
    """Log(1 + e^x) = max(x, 0) + 2 atanh(s), s = e^-|x| / (2 + e^-|x|)."""
    e = _exp2(-LOG2E * abs(x))
    s = e / (np.float32(2) + e)
    q = s * s
    series = (((q / np.float32(11) + np.float32(1 / 9)) * q + np.float32(1 / 7)) * q + np.float32(0.2)) * q + np.float32(1 / 3)
    return max(x, np.float32(0)) + np.float32(2) * s * (series * q + ONE)


@_compiled
def forward(u, delta, rates, B, C, D, z, bias, softplus, gated, reverse, starts, carry, y, groups):
    """Fill `y`, `starts` and move `carry` (batch, state, channels) from the initial to the final state."""
    batch, length, channels = u.shape
    N = rates.shape[0]
    for job in numba.prange(batch * groups):
        b, low, high = job // groups, job % groups * channels // groups, (job % groups + 1) * channels // groups
        W = high - low
        rate, h = rates[:, low:high].copy(), carry[b, :, low:high].copy()
        d, x, out = np.empty(W, np.float32), np.empty(W, np.float32), np.empty(W, np.float32)
        for step in range(length):
            t = length - 1 - step if reverse else step
            if step % SEGMENT == 0 and starts.size:
                starts[step // SEGMENT, b, :, low:high] = h
            for c in range(W):
                d[c] = delta[b, t, low + c] + bias[low + c]
            if softplus:
                for c in range(W):
                    d[c] = _softplus(d[c])
            for c in range(W):
                x[c] = d[c] * u[b, t, low + c]
                out[c] = D[low + c] * u[b, t, low + c]
            for n in range(N):
                enter, read = B[b, t, n], C[b, t, n]
                for c in range(W):
                    h[n, c] = _exp2(d[c] * rate[n, c]) * h[n, c] + x[c] * enter
                    out[c] += h[n, c] * read
            if gated:
                for c in range(W):
                    gate = z[b, t, low + c]
                    out[c] *= gate * _sigmoid(gate)
            for c in range(W):
                y[b, t, low + c] = out[c]
        carry[b, :, low:high] = h


@_compiled
def backward(
    u, delta, rates, B, C, D, z, bias, softplus, gated, reverse, starts, dy, du, dsteps, dB, dC, dz, dA, dD, carry, groups
):
    """Fill the gradients; dB, dC (batch, groups, length, state), dA (batch, state, channels), dD (batch, channels) are sums.

    `carry` holds the gradient of the final state on entry, of the initial state on return.
    """
    batch, length, channels = u.shape
    N = rates.shape[0]
    for job in numba.prange(batch * groups):
        b, low, high = job // groups, job % groups * channels // groups, (job % groups + 1) * channels // groups
        g, W = job % groups, high - low
        rate, dh = rates[:, low:high].copy(), carry[b, :, low:high].copy()
        da, dskip = np.zeros((N, W), np.float32), np.zeros(W, np.float32)
        decay, kept = np.empty((SEGMENT, N, W), np.float32), np.empty((SEGMENT, N, W), np.float32)
        d, slope = np.empty((SEGMENT, W), np.float32), np.empty((SEGMENT, W), np.float32)
        x, out, back = np.empty(W, np.float32), np.empty(W, np.float32), np.empty(W, np.float32)
        dd, dx = np.empty(W, np.float32), np.empty(W, np.float32)
        for segment in range((length - 1) // SEGMENT, -1, -1):
            first, steps = segment * SEGMENT, min(SEGMENT, length - segment * SEGMENT)
            h = starts[segment, b, :, low:high].copy()
            for i in range(steps):
                t = length - 1 - first - i if reverse else first + i
                for c in range(W):
                    d[i, c] = delta[b, t, low + c] + bias[low + c]
                    slope[i, c] = ONE
                if softplus:
                    for c in range(W):
                        slope[i, c] = _sigmoid(d[i, c])
                        d[i, c] = _softplus(d[i, c])
                for c in range(W):
                    x[c] = d[i, c] * u[b, t, low + c]
                for n in range(N):
                    enter = B[b, t, n]
                    for c in range(W):
                        decay[i, n, c] = _exp2(d[i, c] * rate[n, c])
                        kept[i, n, c] = decay[i, n, c] * h[n, c]
                        h[n, c] = kept[i, n, c] + x[c] * enter
            for i in range(steps - 1, -1, -1):
                t = length - 1 - first - i if reverse else first + i
                for c in range(W):
                    x[c] = d[i, c] * u[b, t, low + c]
                    out[c] = D[low + c] * u[b, t, low + c]
                    back[c] = dy[b, t, low + c]
                    dd[c] = np.float32(0)
                    dx[c] = np.float32(0)
                if gated:
                    for c in range(W):
                        gate = z[b, t, low + c]
                        back[c] *= gate * _sigmoid(gate)
                for n in range(N):
                    enter, read = B[b, t, n], C[b, t, n]
                    into, outof = np.float32(0), np.float32(0)
                    for c in range(W):
                        value = kept[i, n, c] + x[c] * enter
                        out[c] += value * read
                        outof += back[c] * value
                        grad = dh[n, c] + back[c] * read
                        into += grad * x[c]
                        dx[c] += grad * enter
                        lost = grad * kept[i, n, c]
                        da[n, c] += lost * d[i, c]
                        dd[c] += lost * rate[n, c]
                        dh[n, c] = grad * decay[i, n, c]
                    dB[b, g, t, n], dC[b, g, t, n] = into, outof
                for c in range(W):
                    value = u[b, t, low + c]
                    dskip[c] += back[c] * value
                    du[b, t, low + c] = dx[c] * d[i, c] + back[c] * D[low + c]
                    dsteps[b, t, low + c] = (dd[c] * LN2 + dx[c] * value) * slope[i, c]
                if gated:
                    for c in range(W):
                        gate = z[b, t, low + c]
                        s = _sigmoid(gate)
                        dz[b, t, low + c] = dy[b, t, low + c] * out[c] * s * (ONE + gate * (ONE - s))
        dA[b, :, low:high], dD[b, low:high], carry[b, :, low:high] = da, dskip, dh
