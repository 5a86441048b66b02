"""`seq2exp evaluate`."""

from pathlib import Path

import click

from seq2exp_py.errors import InputError
from seq2exp_py.evaluate.bootstrap import RESAMPLES
from seq2exp_py.evaluate.planted import against_truth
from seq2exp_py.evaluate.run import evaluate
from seq2exp_py.writers.table import write_table

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("evaluate")
@click.option(
    "--prediction", "predictions", required=True, multiple=True, type=FOLDER, help="Prediction folder; any number of them."
)
@click.option(
    "--control",
    "controls",
    multiple=True,
    default=("ridge", "caduceus_signals"),
    show_default=True,
    help="Model to compare with; the first is the main one.",
)
@click.option("--crispri", type=FILE, help="Table of the ENCODE CRISPR benchmark (TSV).")
@click.option("--truth", type=FOLDER, help="Ground truth of a simulation.")
@click.option("--genome", type=FOLDER, help="Genome store; needed with --truth.")
@click.option("--cell", "cells", multiple=True, type=FOLDER, help="Cell store; needed with --truth, once per cell.")
@click.option("--resamples", default=RESAMPLES, show_default=True, type=click.IntRange(100), help="Bootstrap samples over genes.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the tables.")
def command(
    predictions: tuple[Path, ...],
    controls: tuple[str, ...],
    crispri: Path | None,
    truth: Path | None,
    genome: Path | None,
    cells: tuple[Path, ...],
    resamples: int,
    out: Path,
) -> None:
    """Compare predictions with what was observed, with each other, with CRISPRi, and with a simulation's truth."""
    groups = evaluate(predictions, out, controls, crispri, resamples)
    if truth is not None:
        if genome is None or not cells:
            raise InputError(f"{truth}: --truth needs --genome and --cell as well: the signals it is compared with")
        write_table(against_truth(groups, truth, genome, cells), out / "truth.tsv")
