import pytest
import torch

from seq2exp_py.models import build


def count(model):
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("name", "parameters"), [("hyenadna", 903_681), ("epinformer", 447_341), ("macs3", 574_721)])
def test_published_counts(name, parameters):
    assert count(build(name, variant="paper")) == parameters


def test_enformer_trunk():
    with torch.device("meta"):
        model = build("enformer")
    assert count(model.trunk) == 229_845_504
    assert count(model.head) == 3081 * 128 + 128 + 128 * 128 + 128 + 129


@pytest.mark.parametrize("name", ["hyenadna", "enformer", "epinformer", "macs3"])
def test_without_promoter_activity_the_head_has_one_input_less(name):
    assert count(build(name, "tiny")) - count(build(name, "tiny", promoter_activity=False)) == 128
