#!/usr/bin/env -S python3 -P
"""Run `seq2exp igv`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.igv import command

execute(command)
