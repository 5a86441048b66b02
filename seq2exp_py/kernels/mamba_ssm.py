"""The scan of the mamba_ssm package, where its CUDA extension is installed."""

from torch import Tensor

from seq2exp_py.kernels.operands import Operands


def scan(x: Operands) -> Tensor:
    """Run mamba_ssm's scan, whose layout is (batch, channels, length); the result is that of `reference.scan`."""
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn

    rows = (None if v is None else (v.flip(1) if x.reverse else v).mT.contiguous() for v in (x.u, x.delta, x.B, x.C, x.z))
    u, steps, enter, read, gate = rows
    skip, bias = (None if v is None else v.float() for v in (x.D, x.delta_bias))
    y: Tensor = selective_scan_fn(u, steps, x.A.float(), enter, read, skip, gate, bias, x.delta_softplus).mT
    return y.flip(1) if x.reverse else y
