"""`seq2exp annotate`."""

from pathlib import Path
from typing import Any

import click

from seq2exp_py.annotate.rules import SCALE, LinkRules, Rules, Settings
from seq2exp_py.cli._options import options
from seq2exp_py.errors import InputError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ELEMENTS = ("threshold", "per_gene", "keep", "gap", "min_width")


@click.command("annotate")
@click.option("--genome", required=True, type=FOLDER, help="Genome store.")
@click.option("--cell", required=True, type=FOLDER, help="Store of the cell.")
@click.option("--prediction", "predictions", required=True, multiple=True, type=FOLDER, help="Prediction folder; once per seed.")
@options(Rules, *ELEMENTS)
@options(LinkRules, "reach", "expressed")
@options(LinkRules, "threshold", called="link_threshold")
@click.option("--calibration", type=FILE, help="calibration.json of `seq2exp calibrate`; without it that of K562, which ships.")
@click.option("--abc-table", is_flag=True, help="Write the links with the column names of the ABC model's EnhancerPredictions too.")
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
    calibration: Path | None,
    abc_table: bool,
    count_scale: float,
    out: Path,
    **given: Any,
) -> None:
    """Turn the predictions of one cell and model, all seeds together, into tracks, elements, links and expression tables."""
    from seq2exp_py.annotate.run import annotate

    if given["per_gene"] is not None and given["keep"] is not None:
        raise InputError("--per-gene and --keep both say how many elements there are: give one of them")
    rules = Rules(**{name: given[name] for name in ELEMENTS})
    links = LinkRules(reach=given["reach"], threshold=given["link_threshold"], expressed=given["expressed"])
    settings = Settings(elements=rules, links=links, calibration=calibration, abc_table=abc_table, scale=count_scale)
    annotate(genome, cell, predictions, out, settings)
