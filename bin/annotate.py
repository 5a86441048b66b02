#!/usr/bin/env -S python3 -P
"""Run `seq2exp annotate`."""

from seq2exp_py.cli import run
from seq2exp_py.cli.annotate import command

run(command)
