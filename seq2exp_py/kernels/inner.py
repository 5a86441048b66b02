"""One direction of a Mamba mixer between its two projections."""

import torch
from torch import Tensor
from torch.nn import functional as F

from seq2exp_py.kernels import fused
from seq2exp_py.kernels.dispatch import choose, selective_scan


def mamba_inner(
    xz: Tensor,
    conv_w: Tensor,
    conv_b: Tensor,
    x_proj_w: Tensor,
    dt_w: Tensor,
    dt_b: Tensor,
    A_log: Tensor,
    D: Tensor,
    reverse: bool = False,
    keep: slice | None = None,
    backend: str = "auto",
) -> Tensor:
    """Mix along the sequence: convolution and SiLU, step sizes, scan, gate; in one direction.

        x = SiLU(conv(x));  [r, B, C] = W_x x;  delta = softplus(W_dt r + b_dt);  y = scan(x, delta, -e^A_log, B, C, D) SiLU(z)

    A bidirectional mixer with tied projections projects in once, adds the results of both directions, projects out once. On a CPU
    the backward pass keeps `xz` and the state of every 64th position, and recomputes the rest piece by piece.

    Args:
        xz: (batch, length, 2 inner), x and z side by side.
        conv_w: (inner, width), depthwise convolution; causal, or anticausal if `reverse`. The last tap meets the current position.
        conv_b: (inner,), its bias.
        x_proj_w: (rank + 2 state, inner), gives step ranks, B and C.
        dt_w: (inner, rank), lifts the ranks to channels.
        dt_b: (inner,), its bias.
        A_log: (inner, state), log of the decay rates.
        D: (inner,), skip connection.
        reverse: go from the end of the sequence to its start.
        keep: the output positions that are needed (step 1); what they do not depend on is not computed.
        backend: as in `selective_scan`.

    Returns:
        (batch, length of `keep`, inner), in the dtype of `xz`.
    """
    start, stop, _ = (keep or slice(None)).indices(xz.shape[1])
    xz = xz[:, start:] if reverse else xz[:, :stop]
    weights = conv_w, conv_b, x_proj_w, dt_w, dt_b, A_log, D
    backend = choose(xz.device) if backend == "auto" else backend
    if backend == "cpu" and fused.fits(xz):
        mixed: Tensor = fused.Inner.apply(xz, *weights, reverse, stop - start)
        return mixed
    y = composed(xz, *weights, reverse, backend)
    return y[:, : stop - start] if reverse else y[:, start:]


def composed(
    xz: Tensor,
    conv_w: Tensor,
    conv_b: Tensor,
    x_proj_w: Tensor,
    dt_w: Tensor,
    dt_b: Tensor,
    A_log: Tensor,
    D: Tensor,
    reverse: bool,
    backend: str,
) -> Tensor:
    """Compute the direction from torch's operations and a scan: the specification of `mamba_inner`."""
    x, z = xz.chunk(2, -1)
    width, rank, state = conv_w.shape[1], dt_w.shape[1], A_log.shape[1]
    padding, taps = ((0, width - 1), conv_w.flip(1)) if reverse else ((width - 1, 0), conv_w)
    x = F.silu(F.conv1d(F.pad(x.mT, padding), taps[:, None].to(x.dtype), conv_b.to(x.dtype), groups=len(conv_w))).mT
    r, B, C = torch.split(x @ x_proj_w.mT.to(x.dtype), [rank, state, state], -1)
    delta = r @ dt_w.mT.to(x.dtype)
    A = -torch.exp(A_log if A_log.dtype == torch.float64 else A_log.float())
    return selective_scan(x, delta, A, B, C, D, z, dt_b, delta_softplus=True, reverse=reverse, backend=backend)
