#!/usr/bin/env -S python3 -P
"""Run `seq2exp pretrain`."""

from seq2exp_py.cli import execute
from seq2exp_py.cli.pretrain import command

execute(command)
