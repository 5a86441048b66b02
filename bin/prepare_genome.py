#!/usr/bin/env -S python3 -P
"""Run `seq2exp prepare-genome`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.prepare_genome import command

execute(command)
