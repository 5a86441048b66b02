#!/usr/bin/env -S python3 -P
"""Run `seq2exp simulate`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.simulate import command

execute(command)
