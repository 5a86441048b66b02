"""What this machine computes with: memory that stays or goes, the number format, the device."""

import subprocess
import sys

import pytest
import torch

from seq2exp_py import machine
from seq2exp_py.errors import InputError

PROGRAM = """
import torch
from pathlib import Path
from seq2exp_py import machine

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

kept = machine.keep_freed() if {keep} else False
before = resident()
torch.ones(50_000_000)
after = resident()
machine.give_back()
print(kept, after - before > 150e6, resident() - before > 150e6)
"""


def run(keep: bool, **env: str) -> str:
    command = [sys.executable, "-c", PROGRAM.format(keep=keep)]
    done = subprocess.run(command, env=env | {"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(machine._libc() is None, reason="not glibc: memory is left to the system's allocator")
def test_freed_memory_stays_when_asked_for_and_goes_back_when_asked_for():
    assert run(keep=True) == "True True False"
    assert run(keep=False) == "False False False"


@pytest.mark.skipif(machine._libc() is None, reason="not glibc: memory is left to the system's allocator")
def test_settings_of_the_environment_are_left_as_they_are():
    assert run(keep=True, MALLOC_TRIM_THRESHOLD_="100000") == "False False False"


def test_huge_pages_are_asked_for_before_torch_unless_the_environment_says_otherwise():
    code = "import os, sys; from seq2exp_py import machine; machine.huge_pages(); print('torch' in sys.modules, os.environ[{!r}])"
    for given, answer in (({}, "False 1"), ({machine.HUGE_PAGES: "0"}, "False 0")):
        env = given | {"PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code.format(machine.HUGE_PAGES)], env=env, capture_output=True, text=True)
        assert done.stdout.strip() == answer, done.stderr


def test_gemm_format_is_measured_once_and_one_of_two():
    assert machine.gemm_dtype() in (torch.float32, torch.bfloat16)
    assert machine.gemm_dtype.cache_info().hits >= 0 and machine.gemm_dtype() == machine.gemm_dtype()


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is present")
def test_an_absent_cuda_device_is_never_replaced(capsys):
    with pytest.raises(InputError, match="no CUDA device"):
        machine.find_device("cuda")
    assert machine.find_device("auto").type == "cpu"
    assert "device: cpu" in capsys.readouterr().err


def test_processes_that_share_a_card_do_without_nccl():
    from seq2exp_py.training.world import backends

    assert backends(cards=0, processes=2) == "gloo"
    assert backends(cards=2, processes=2) == "cpu:gloo,cuda:nccl"
    assert backends(cards=1, processes=2) == "cpu:gloo,cuda:gloo"


@pytest.mark.parametrize(("free", "kept"), [(1e15, True), (1e6, False), (None, False)])
def test_training_keeps_freed_memory_only_where_as_much_is_free_as_it_needed(monkeypatch, free, kept):
    monkeypatch.setattr(machine, "free_memory", lambda: free)
    monkeypatch.setattr(machine, "keep_freed", lambda: True)
    assert machine.keep_freed_if_room() == kept


def test_free_memory_is_the_least_of_machine_group_and_job(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("2000\n")
    assert machine._of_group(tmp_path) == [3000.0]
    (tmp_path / "memory.max").write_text("max\n")
    assert machine._of_group(tmp_path) == []
    for name, found in (("_of_machine", [9e9]), ("_of_group", [8e9])):
        monkeypatch.setattr(machine, name, lambda *_, found=found: found)
    monkeypatch.delenv("SLURM_MEM_PER_NODE", raising=False)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert machine.free_memory() == 8e9
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert machine.free_memory() == 4e9
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "1")
    assert machine.free_memory() < 0
