#!/usr/bin/env -S python3 -P
"""Run `seq2exp hub`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.hub import command

execute(command)
