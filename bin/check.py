#!/usr/bin/env -S python3 -P
"""Run `seq2exp check`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.check import command

execute(command)
