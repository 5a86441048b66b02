#!/usr/bin/env -S python3 -P
"""Run `seq2exp report`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.report import command

execute(command)
