#!/usr/bin/env -S python3 -P
"""Run `seq2exp report`."""

from seq2exp_py.cli import run
from seq2exp_py.cli.report import command

run(command)
