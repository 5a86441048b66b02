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
