"""`seq2exp hub`."""

from pathlib import Path

import click

from seq2exp_py.cli._extras import named

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("hub")
@click.option(
    "--results", required=True, type=FOLDER, help="Folder that holds the cells' folders: <cell>/masks, <cell>/elements, …."
)
@click.option("--genome", required=True, type=FOLDER, help="Genome store.")
@click.option("--cell", "cells", multiple=True, type=FOLDER, help="Store of a cell, for its signals; once per cell.")
@click.option("--evaluation", type=FOLDER, help="Folder of seq2exp evaluate, for the figures on the description pages.")
@click.option("--sequence", type=FOLDER, help="Folder of seq2exp pretrain, to show what the sequence says of being open.")
@click.option(
    "--extra-track", "extras", multiple=True, metavar="NAME=PATH", help="BED or BEDPE file to show beside; any number of them."
)
@click.option("--email", default="unset@example.org", show_default=True, help="Whom users of the hub ask; UCSC requires one.")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder; it belongs beside the cells' folders."
)
def command(
    results: Path,
    genome: Path,
    cells: tuple[Path, ...],
    evaluation: Path | None,
    sequence: Path | None,
    extras: tuple[str, ...],
    email: str,
    out: Path,
) -> None:
    """Write a UCSC track hub of a run; paste the URL of its hub.txt into UCSC's Track Hubs page."""
    from seq2exp_py.browser.build_hub import build_hub

    run = build_hub(results, genome, cells, out, email, evaluation, named(extras), sequence)
    click.echo(f"{out / 'hub.txt'}: {len(run.tracks)} tracks of {', '.join(run.cells)}")
