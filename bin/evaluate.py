#!/usr/bin/env -S python3 -P
"""Run `seq2exp evaluate`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.evaluate import command

execute(command)
