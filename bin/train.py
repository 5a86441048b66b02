#!/usr/bin/env -S python3 -P
"""Run `seq2exp train`."""

from seq2exp_py.cli import run
from seq2exp_py.cli.train import command

run(command)
