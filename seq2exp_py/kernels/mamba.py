"""The scan of the mamba_ssm package, where its CUDA extension is installed."""

from torch import Tensor


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
    """Run mamba_ssm's scan, whose layout is (batch, channels, length); arguments and result as in `reference.selective_scan`."""
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn

    rows = (None if x is None else (x.flip(1) if reverse else x).mT.contiguous() for x in (u, delta, B, C, z))
    x, steps, enter, read, gate = rows
    skip, bias = (None if x is None else x.float() for x in (D, delta_bias))
    y: Tensor = selective_scan_fn(x, steps, A.float(), enter, read, skip, gate, bias, delta_softplus).mT
    return y.flip(1) if reverse else y
