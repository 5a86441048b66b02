"""A toy where one token decides the target: the task's gradient must push its mask up, and leave an irrelevant one alone."""

from dataclasses import replace

import pytest
import torch

from seq2exp_py.models import build

PLACE, NOISE, LENGTH = 12, 21, 32
SIZES = {"window": LENGTH, "centre": 4, "d_model": 16, "layers": 1, "d_state": 4, "resolution": 1, "stem": 1}
QUIET = {"kl_weight": 0.0, "mask_ratio": None}


def decided(make_batch, samples, seed):
    """A signal at `PLACE` is the target; one at `NOISE` is not; nothing else differs."""
    g = torch.Generator().manual_seed(seed)
    batch = make_batch(samples, LENGTH, seed)
    values = torch.rand(2, samples, generator=g)
    signals = torch.zeros(samples, LENGTH, 3)
    signals[:, PLACE, 0], signals[:, NOISE, 0] = 4 * values
    fixed = {"sequence": torch.zeros_like(batch.sequence), "features": torch.zeros_like(batch.features)}
    return replace(batch, signals=signals, target=values[0], **fixed)


class Free(torch.nn.Module):
    """A mask head with one logit per position, so that each one's gradient can be read."""

    def __init__(self, head):
        super().__init__()
        self.head, self.config = head, head.config
        self.alpha = torch.nn.Parameter(torch.full((LENGTH,), 6.0))

    def forward(self, outputs, batch):
        made = self.head(outputs, batch)
        return replace(made, a=self.alpha.expand_as(made.a), b=torch.full_like(made.b, 6.0))


@pytest.mark.parametrize("name", ["seq2exp_soft", "seq2exp_hard"])
def test_the_gradient_raises_the_mask_of_the_base_that_decides(name, make_batch):
    torch.manual_seed(0)
    model = build(name, "paper", **SIZES, **QUIET).train()
    model.mask_head = free = Free(model.mask_head)
    optimiser = torch.optim.Adam([p for n, p in model.named_parameters() if "alpha" not in n], lr=1e-2)
    for step in range(300):
        batch = replace(decided(make_batch, 32, step), noise=step)
        optimiser.zero_grad()
        (model(batch).expression - batch.target).square().mean().backward()
        optimiser.step()
    total = torch.zeros(LENGTH)
    for step in range(10):
        batch = replace(decided(make_batch, 64, 1000 + step), noise=1000 + step)
        total += torch.autograd.grad((model(batch).expression - batch.target).square().mean(), free.alpha)[0]
    assert total[PLACE] < 0
    assert total[PLACE].abs() > 3 * total[NOISE].abs()
