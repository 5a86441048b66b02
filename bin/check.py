#!/usr/bin/env -S python3 -P
"""Run `seq2exp check`."""

from seq2exp_py.cli import run
from seq2exp_py.cli.check import command

run(command)
