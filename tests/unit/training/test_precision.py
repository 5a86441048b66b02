import pytest
import torch

from seq2exp_py.machine import autocast
from seq2exp_py.training import scores
from seq2exp_py.training.world import World


@pytest.mark.parametrize(("fastest", "lower"), [(torch.bfloat16, True), (torch.float32, False)])
def test_auto_is_bf16_where_the_machine_multiplies_faster_in_it(monkeypatch, fastest, lower):
    monkeypatch.setattr(scores, "gemm_dtype", lambda device: fastest)
    x, device = torch.ones(2, 2), torch.device("cpu")
    with autocast(device, scores.decide("auto", device, World())):
        assert ((x @ x).dtype is torch.bfloat16) == lower
    with autocast(device, scores.decide("fp32", device, World())):
        assert (x @ x).dtype is torch.float32
