#!/usr/bin/env -S python3 -P
"""Run `seq2exp prepare-cell`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.prepare_cell import command

execute(command)
