import pytest
import torch
from torch import nn

from seq2exp_py.errors import InputError
from seq2exp_py.models import build
from seq2exp_py.models.base import Output
from seq2exp_py.training.objective import Multiplier, loss
from seq2exp_py.training.optimise import AdamW, adamw, learning_rate
from seq2exp_py.training.settings import divide, settings


@pytest.mark.parametrize(("step", "rate"), [(0, 1e-5), (5000, 5e-4), (27_500, 3e-4), (50_000, 1e-4)])
def test_published_schedule(step, rate):
    assert learning_rate(step, 50_000, settings("seq2exp_soft", "paper", {})) == pytest.approx(rate)


def test_published_schedules_of_enformer_and_epinformer():
    enformer, epinformer = settings("enformer", "paper", {}), settings("epinformer", "paper", {})
    assert [learning_rate(s, 200_000, enformer) for s in (0, 25_000, 50_000, 200_000)] == pytest.approx([0, 3.5e-6, 7e-6, 7e-6])
    assert learning_rate(0, 100, epinformer) == learning_rate(99, 100, epinformer) == 5e-4
    assert (enformer.batch, epinformer.epochs, settings("mamba", "paper", {}).batch) == (4, 20, 16)


def test_no_decay_on_biases_embeddings_and_scan_constants():
    model = build("mamba", "paper", variant="paper")
    spared = {id(p) for p in adamw(model, settings("mamba", "paper", {})).param_groups[1]["params"]}
    names = {n for n, p in model.named_parameters() if id(p) in spared}
    assert names == {n for n, _ in model.named_parameters() if n.endswith(("bias", "A_log", ".D")) or "embedding" in n}
    decayed, kept = adamw(nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 4)), settings("mamba", "paper", {})).param_groups
    assert (decayed["weight_decay"], kept["weight_decay"]) == (1e-6, 0.0)
    assert [len(g["params"]) for g in (decayed, kept)] == [1, 3]


def test_every_trainable_parameter_is_optimised_once():
    for name in ("seq2exp_hard", "seq2exp_retrain"):
        model = build(name, "tiny", variant="paper")
        groups = adamw(model, settings(name, "tiny", {})).param_groups
        found = [id(p) for g in groups for p in g["params"]]
        assert sorted(found) == sorted(id(p) for p in model.parameters() if p.requires_grad)


def test_task_loss_is_huber_with_threshold_one_or_mse():
    output, target = Output(torch.tensor([0.5, 3.0])), torch.zeros(2)
    assert loss(output, target, 0.0, settings("mamba", "tiny", {})).total.item() == pytest.approx((0.125 + 2.5) / 2)
    assert loss(output, target, 0.0, settings("mamba", "tiny", {"loss": "mse"})).total.item() == pytest.approx((0.25 + 9) / 2)


def test_a_multiplier_pushes_against_the_excess_until_it_is_gone():
    chosen, multiplier = settings("seq2exp_soft", "tiny", {}), Multiplier()
    logit, target = torch.zeros(1, requires_grad=True), 0.1
    optimiser = torch.optim.SGD([logit], lr=2.0)
    for step in range(1500):
        mask = torch.sigmoid(logit).squeeze()
        optimiser.zero_grad()
        (-0.3 * mask + multiplier.price * (mask - target)).backward()  # the task alone would open the mask
        optimiser.step()
        multiplier.update(mask.item() - target, step / 1500, chosen)
    assert torch.sigmoid(logit).item() == pytest.approx(target, abs=0.01)
    assert multiplier.price == pytest.approx(0.3, abs=0.02)


def test_settings_go_to_the_model_or_the_training_or_are_refused():
    assert divide({"lr": "1", "layers": "2"}, {"layers"}) == ({"layers": "2"}, {"lr": "1"})
    with pytest.raises(InputError, match="--set depth: no such field"):
        divide({"depth": "2"}, {"layers"})
    with pytest.raises(InputError, match="training setting lr"):
        settings("mamba", "tiny", {"lr": "fast"})
    assert settings("seq2exp_soft", "paper", {"epochs": 3}).steps is None


def test_adamw_steps_and_resumes_as_torchs_does():
    ends = []
    for kind in (AdamW, torch.optim.AdamW):
        weight = nn.Parameter(torch.linspace(-1, 1, 5))
        optimiser = kind([{"params": [weight], "weight_decay": 0.1}], lr=0.1)
        for _ in range(4):
            optimiser.zero_grad()
            weight.pow(3).sum().backward()
            optimiser.step()
            kept = optimiser.state_dict()
            optimiser = kind([weight])
            optimiser.load_state_dict(kept)
        ends.append(weight.detach())
    assert torch.equal(*ends) and not weight.grad.requires_grad
