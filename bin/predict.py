#!/usr/bin/env -S python3 -P
"""Run `seq2exp predict`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.predict import command

execute(command)
