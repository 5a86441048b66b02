"""The selective scan as it reads on paper: the specification that every fast path is tested against."""

import torch
from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.kernels.operands import Operands


def scan(x: Operands) -> Tensor:
    """Run the selective state-space recurrence step by step, with autograd through every step.

        d_t = softplus(delta_t + delta_bias)        step size, one per channel
        h_t = exp(d_t A) h_{t-1} + d_t u_t B_t      state, (channels, state)
        y_t = (C_t . h_t + D u_t) SiLU(z_t)

    Returns:
        (batch, length, channels) in the dtype of `u`. The state is float32, or float64 where `u` is.
    """
    dtype = x.u.dtype
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    u, delta, A, B, C = (v.to(wide) for v in (x.u, x.delta, x.A, x.B, x.C))
    step = delta if x.delta_bias is None else delta + x.delta_bias.to(wide)
    step = F.softplus(step) if x.delta_softplus else step
    h, outputs = u.new_zeros(u.shape[0], *A.shape), []
    steps = list(zip(step.unbind(1), (step * u).unbind(1), B.unbind(1), C.unbind(1), strict=True))
    for d, add, enter, read in reversed(steps) if x.reverse else steps:
        h = torch.exp(d[..., None] * A) * h + add[..., None] * enter[:, None]
        outputs.append((h @ read[..., None])[..., 0])
    y = torch.stack(outputs[::-1] if x.reverse else outputs, 1)
    y = y if x.D is None else y + x.D.to(wide) * u
    y = y if x.z is None else y * F.silu(x.z.to(wide))
    return y.to(dtype)
