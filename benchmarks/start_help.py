import subprocess
import sys
from functools import partial
from pathlib import Path

import click

from benchmarks.row import Result, Row, interleaved, summary
from seq2exp_py.cli import group

ROW = Row("help text of the command whose help is slowest, the interpreter included", "s", 0.5, 0.2)
PROGRAM = Path(sys.executable).with_name("seq2exp")


def measure() -> Result:
    names = ["", *group.list_commands(click.Context(group))]
    commands = {f"seq2exp {name}".strip(): [PROGRAM, *name.split(), "--help"] for name in names}
    commands["the interpreter alone"] = [sys.executable, "-c", ""]
    work = {name: partial(subprocess.run, command, capture_output=True, check=True) for name, command in commands.items()}
    found = {name: summary(times) for name, times in interleaved(work, 7).items()}
    return Result(max(figures["median_s"] for figures in found.values()), found)
