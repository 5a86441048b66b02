#!/usr/bin/env -S python3 -P
"""Run `seq2exp fetch`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.fetch import command

execute(command)
