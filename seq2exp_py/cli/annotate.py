"""`seq2exp annotate`."""

from pathlib import Path

import click

from seq2exp_py.annotate.rules import SCALE, Rules

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
DEFAULT = Rules()


@click.command("annotate")
@click.option("--genome", required=True, type=FOLDER, help="Genome store.")
@click.option("--cell", required=True, type=FOLDER, help="Store of the cell.")
@click.option("--prediction", "predictions", required=True, multiple=True, type=FOLDER, help="Prediction folder; once per seed.")
@click.option(
    "--threshold",
    default=DEFAULT.threshold,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Least mask of an element, relative to the mask of an empty base.",
)
@click.option("--gap", default=DEFAULT.gap, show_default=True, type=click.IntRange(0), help="bp; closer stretches are one element.")
@click.option(
    "--min-width", default=DEFAULT.min_width, show_default=True, type=click.IntRange(1), help="bp; shorter elements are dropped."
)
@click.option(
    "--count-scale",
    default=SCALE,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Pseudo-counts per unit of expression in the HTSeq table.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for masks/, elements/, links/ and expression/.",
)
def command(
    genome: Path,
    cell: Path,
    predictions: tuple[Path, ...],
    threshold: float,
    gap: int,
    min_width: int,
    count_scale: float,
    out: Path,
) -> None:
    """Turn the predictions of one cell and model, all seeds together, into tracks, elements, links and expression tables."""
    from seq2exp_py.annotate.run import annotate

    annotate(genome, cell, predictions, out, Rules(threshold=threshold, gap=gap, min_width=min_width), count_scale)
