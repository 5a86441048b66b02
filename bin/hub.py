#!/usr/bin/env -S python3 -P
"""Run `seq2exp hub`."""

from seq2exp_py.cli import run
from seq2exp_py.cli.hub import command

run(command)
