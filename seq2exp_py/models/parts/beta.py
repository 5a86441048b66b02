"""The Beta distribution, in closed forms: mean, standard deviation, KL, and samples that gradients pass through.

Everything comes out in float32 whatever the autocast. The KL is computed in float64, since its log-gammas cancel: in float32 its
error reaches 0.1 at parameters of 1e4 and more.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

TINY = 1e-6  # samples stay this far from 0 and 1, so that logarithms and gradients stay finite


def mean(a: Tensor, b: Tensor) -> Tensor:
    """Mean of Beta(a, b): a / (a + b)."""
    return a / (a + b)


def sd(a: Tensor, b: Tensor) -> Tensor:
    """Standard deviation of Beta(a, b): sqrt(ab / (a + b + 1)) / (a + b)."""
    total = a + b
    return (a / total * (b / total) / (total + 1)).sqrt()


def kl(a: Tensor, b: Tensor, c: Tensor | float, d: Tensor | float) -> Tensor:
    """KL(Beta(a, b) || Beta(c, d)), elementwise, in nats.

    ln B(c,d) - ln B(a,b) + (a-c) psi(a) + (b-d) psi(b) + (c-a + d-b) psi(a+b), with psi = digamma.
    """
    with torch.autocast(a.device.type, enabled=False):
        a, b, c, d = (torch.as_tensor(x, dtype=torch.float64, device=a.device) for x in (a, b, c, d))
        total = a + b
        constant = torch.lgamma(c) + torch.lgamma(d) - torch.lgamma(c + d)
        log_beta = torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(total)
        slopes = (a - c) * torch.digamma(a) + (b - d) * torch.digamma(b) + (c + d - total) * torch.digamma(total)
        return (constant - log_beta + slopes).float()


def tempered(a: Tensor, b: Tensor, cap: float) -> tuple[Tensor, Tensor]:
    """Scale `a` and `b` down where their sum exceeds `cap`: the same mean, a bounded certainty."""
    shrink = (cap / (a + b)).clamp(max=1)
    return a * shrink, b * shrink


def sample(a: Tensor, b: Tensor, seeds: Sequence[int]) -> Tensor:
    """Draw from Beta(a, b) with implicit reparameterisation gradients (Figurnov et al. 2018), as torch.distributions does.

    Args:
        a: (B, T) first parameter.
        b: (B, T) second parameter.
        seeds: one seed for each of the B rows; a row's draw depends on its parameters and its seed alone, not on its batch mates.

    Returns:
        (B, T) float32 in [1e-6, 1 - 1e-6].
    """
    with torch.autocast(a.device.type, enabled=False):
        draw: Tensor = _Draw.apply(torch.stack([a.float(), b.float()], -1), tuple(seeds))
        return draw.clamp(TINY, 1 - TINY)


class _Draw(torch.autograd.Function):
    """First coordinate of a two-dimensional Dirichlet; its gradient is torch's own implicit one."""

    @staticmethod
    def forward(ctx, concentration: Tensor, seeds: tuple[int, ...]) -> Tensor:  # type: ignore[no-untyped-def]
        generator = torch.Generator(concentration.device)
        rows = [
            torch._sample_dirichlet(row, generator=generator.manual_seed(s)) for row, s in zip(concentration, seeds, strict=True)
        ]
        x = torch.stack(rows)
        ctx.save_for_backward(x, concentration)
        return x[..., 0]

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        x, concentration = ctx.saved_tensors
        total = concentration.sum(-1, True).expand_as(concentration)
        slopes = torch._dirichlet_grad(x, concentration, total)
        inner = torch.stack([grad, torch.zeros_like(grad)], -1)
        return slopes * (inner - (x * inner).sum(-1, True)), None
