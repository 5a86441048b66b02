#!/usr/bin/env -S python3 -P
"""Run `seq2exp call-peaks`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.call_peaks import command

execute(command)
