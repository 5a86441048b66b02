"""`seq2exp prepare-cell`."""

from pathlib import Path
from typing import Any

import click

from seq2exp_py.cli._options import options
from seq2exp_py.tracks.options import CellOptions


@click.command("prepare-cell")
@options(CellOptions)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to make: the cell store. It appears whole or not at all.",
)
def command(out: Path, **given: Any) -> None:
    """Make the store of one cell: signals, contacts, peaks, expression and promoter activity.

    Signals take four bytes per base and track; stretches of zeros take no disk where the file system allows holes.
    """
    from seq2exp_py.store.build_cell import build_cell

    build_cell(CellOptions(**given), out)
