"""The selective scan as it reads on paper: the specification that every fast path is tested against."""

import torch
from torch import Tensor
from torch.nn import functional as F


def selective_scan(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None = None,
    z: Tensor | None = None,
    delta_bias: Tensor | None = None,
    delta_softplus: bool = False,
    reverse: bool = False,
) -> Tensor:
    """Run the selective state-space recurrence step by step, with autograd through every step.

        d_t = softplus(delta_t + delta_bias)        step size, one per channel
        h_t = exp(d_t A) h_{t-1} + d_t u_t B_t      state, (channels, state)
        y_t = (C_t . h_t + D u_t) SiLU(z_t)

    Args:
        u: (batch, length, channels), the input.
        delta: (batch, length, channels), step sizes before bias and softplus.
        A: (channels, state), negative decay rates.
        B: (batch, length, state), how the input enters the state.
        C: (batch, length, state), how the state is read.
        D: (channels,), skip connection.
        z: (batch, length, channels), gate.
        delta_bias: (channels,), added to `delta`.
        delta_softplus: whether the step is the softplus of `delta`.
        reverse: start at the last step and go to the first.

    Returns:
        (batch, length, channels) in the dtype of `u`. The state is float32, or float64 where `u` is.
    """
    wide = torch.float64 if u.dtype == torch.float64 else torch.float32
    dtype, (u, delta, A, B, C) = u.dtype, (x.to(wide) for x in (u, delta, A, B, C))
    step = delta if delta_bias is None else delta + delta_bias.to(wide)
    step = F.softplus(step) if delta_softplus else step
    h, outputs = u.new_zeros(u.shape[0], *A.shape), []
    steps = list(zip(step.unbind(1), (step * u).unbind(1), B.unbind(1), C.unbind(1), strict=True))
    for d, x, enter, read in reversed(steps) if reverse else steps:
        h = torch.exp(d[..., None] * A) * h + x[..., None] * enter[:, None]
        outputs.append((h @ read[..., None])[..., 0])
    y = torch.stack(outputs[::-1] if reverse else outputs, 1)
    y = y if D is None else y + D.to(wide) * u
    y = y if z is None else y * F.silu(z.to(wide))
    return y.to(dtype)
