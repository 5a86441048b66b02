#!/usr/bin/env -S python3 -P
"""Run `seq2exp annotate`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.annotate import command

execute(command)
