import subprocess
import sys

import pytest

from seq2exp_py.kernels import memory

PROGRAM = """
import torch
from pathlib import Path
from seq2exp_py.kernels import memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

kept = memory.keep_freed() if {keep} else False
before = resident()
torch.ones(50_000_000)
after = resident()
memory.give_back()
print(kept, after - before > 150e6, resident() - before > 150e6)
"""


def run(keep: bool, **env: str) -> str:
    command = [sys.executable, "-c", PROGRAM.format(keep=keep)]
    done = subprocess.run(command, env=env | {"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(memory._libc() is None, reason="not glibc: memory is left to the system's allocator")
def test_freed_memory_stays_when_asked_for_and_goes_back_when_asked_for():
    assert run(keep=True) == "True True False"
    assert run(keep=False) == "False False False"


@pytest.mark.skipif(memory._libc() is None, reason="not glibc: memory is left to the system's allocator")
def test_settings_of_the_environment_are_left_as_they_are():
    assert run(keep=True, MALLOC_TRIM_THRESHOLD_="100000") == "False False False"
