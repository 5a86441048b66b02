"""`seq2exp calibrate`."""

from pathlib import Path

import click

from seq2exp_py.evidence.defaults import GRID

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("calibrate")
@click.option("--genome", required=True, type=FOLDER, help="Genome store.")
@click.option("--cell", required=True, type=FOLDER, help="Store of the cell that the pairs were tested in.")
@click.option("--crispri", required=True, type=FILE, help="Table of the ENCODE CRISPR benchmark (TSV).")
@click.option("--resolution", default=GRID, show_default=True, type=click.IntRange(1), help="bp per token of the evidence.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write.")
def command(genome: Path, cell: Path, crispri: Path, resolution: int, out: Path) -> None:
    """Fit the probability that CRISPRi would call a link, for `seq2exp annotate --calibration`."""
    from seq2exp_py.evaluate.calibrate import calibrate

    found = calibrate(genome, cell, crispri, out, resolution)
    click.echo(
        f"{out}: Brier score {found.brier:.4f} on chromosomes left out (chance {found.brier_base:.4f}); "
        f"at {found.recall:.0%} recall, p >= {found.threshold:.3f}, precision {found.precision:.3f}"
    )
