#!/usr/bin/env -S python3 -P
"""Run `seq2exp train`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.train import command

execute(command)
