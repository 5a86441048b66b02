"""Run by test_parity.py with an uncompiled mamba_ssm on the path: its reference functions in plain PyTorch on random input.

The package's own `__init__` needs the CUDA extension, so the module with the reference functions is imported past it.
"""

import sys
import types
from pathlib import Path

import torch
from torch.nn import functional as F

package = types.ModuleType("mamba_ssm")
package.__path__ = [next(str(p) for folder in sys.path if (p := Path(folder) / "mamba_ssm").is_dir())]
norms = types.ModuleType("mamba_ssm.ops.triton.layer_norm")
norms._layer_norm_fwd = None  # not used by the reference functions
sys.modules |= {"mamba_ssm": package, "mamba_ssm.ops.triton.layer_norm": norms, "selective_scan_cuda": types.ModuleType("cuda")}
from mamba_ssm.ops import selective_scan_interface as reference  # noqa: E402


def causal_conv1d(x, weight, bias, activation):
    """What causal_conv1d computes, written with PyTorch's convolution."""
    assert activation == "silu"
    return F.silu(F.conv1d(x, weight[:, None], bias, padding=weight.shape[1] - 1, groups=len(weight))[..., : x.shape[2]])


reference.causal_conv1d_fn = causal_conv1d
reference.selective_scan_fn = reference.selective_scan_ref


def scan(batch, channels, length, state):
    """One scan with all options, its output, last state and gradients."""
    made = torch.randn
    given = {"u": made(batch, channels, length), "delta": made(batch, channels, length) * 0.5, "A": -torch.rand(channels, state)}
    given |= {
        "B": made(batch, state, length),
        "C": made(batch, state, length),
        "D": made(channels),
        "z": made(batch, channels, length),
    }
    given |= {"delta_bias": torch.rand(channels)}
    leaves = {name: tensor.requires_grad_() for name, tensor in given.items()}
    out, last = reference.selective_scan_ref(**leaves, delta_softplus=True, return_last_state=True)
    weight = made(out.shape)
    (out * weight).sum().backward()
    plain = {name: tensor.detach() for name, tensor in leaves.items()}
    return {
        "given": plain,
        "out": out.detach(),
        "last": last.detach(),
        "weight": weight,
        "grad": {n: t.grad for n, t in leaves.items()},
    }


def inner(batch, length, model, state):
    """The inside of a Mamba block, from the in-projection's output to the out-projection's."""
    made, channels, rank = torch.randn, 2 * model, -(-model // 16)
    given = {"xz": made(batch, 2 * channels, length), "conv1d_weight": made(channels, 1, 4), "conv1d_bias": made(channels)}
    given |= {"x_proj_weight": made(rank + 2 * state, channels) * 0.2, "delta_proj_weight": made(channels, rank)}
    given |= {"out_proj_weight": made(model, channels) * 0.2, "out_proj_bias": None, "A": -torch.rand(channels, state) * 4}
    out = reference.mamba_inner_ref(**given, D=(D := made(channels)), delta_bias=(bias := made(channels)))
    return {"given": given | {"D": D, "delta_bias": bias}, "out": out}


torch.manual_seed(0)
torch.save({"scan": scan(2, 6, 70, 4), "inner": inner(2, 50, 20, 4)}, sys.argv[1])
