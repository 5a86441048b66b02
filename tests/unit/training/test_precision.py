import pytest
import torch

from seq2exp_py.training import scores


@pytest.mark.parametrize(("fastest", "lower"), [(torch.bfloat16, True), (torch.float32, False)])
def test_auto_is_bf16_where_the_machine_multiplies_faster_in_it(monkeypatch, fastest, lower):
    monkeypatch.setattr(scores, "gemm_dtype", lambda device: fastest)
    x = torch.ones(2, 2)
    with scores.autocast(torch.device("cpu"), "auto"):
        assert ((x @ x).dtype is torch.bfloat16) == lower
    with scores.autocast(torch.device("cpu"), "fp32"):
        assert (x @ x).dtype is torch.float32
