"""`seq2exp evaluate`."""

from pathlib import Path

import click

from seq2exp_py.errors import InputError
from seq2exp_py.evaluate.defaults import RESAMPLES

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
@click.option("--genome", type=FOLDER, help="Genome store; needed with --crispri and --truth.")
@click.option("--cell", "cells", multiple=True, type=FOLDER, help="Cell store, once per cell; needed with --crispri and --truth.")
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
    from seq2exp_py.evaluate.agreement import agreement
    from seq2exp_py.evaluate.crispri import against_crispri
    from seq2exp_py.evaluate.planted import against_truth
    from seq2exp_py.evaluate.run import evaluate
    from seq2exp_py.writers.table import write_table

    for given in (crispri, truth):
        if given is not None and (genome is None or not cells):
            raise InputError(f"{given}: --crispri and --truth need --genome and --cell too, for the signals to compare masks with")
    groups = evaluate(predictions, out, controls, resamples)
    if genome is not None and crispri is not None:
        figures, differences = against_crispri(groups, crispri, genome, cells, resamples)
        write_table(figures, out / "crispri.tsv")
        write_table(differences, out / "crispri_differences.tsv")
    elif genome is not None and cells:
        write_table(agreement(groups, genome, cells), out / "agreement.tsv")
    if genome is not None and truth is not None:
        write_table(against_truth(groups, truth, genome, cells), out / "truth.tsv")
