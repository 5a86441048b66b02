"""`seq2exp annotate`."""

from pathlib import Path

import click

from seq2exp_py.annotate.rules import LinkRules, Rules, Settings
from seq2exp_py.errors import InputError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DEFAULT = Settings()


@click.command("annotate")
@click.option("--genome", required=True, type=FOLDER, help="Genome store.")
@click.option("--cell", required=True, type=FOLDER, help="Store of the cell.")
@click.option("--prediction", "predictions", required=True, multiple=True, type=FOLDER, help="Prediction folder; once per seed.")
@click.option(
    "--threshold",
    default=DEFAULT.elements.threshold,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Least mask of an element, relative to the mask of an empty base.",
)
@click.option(
    "--per-gene", type=click.IntRange(1), help="The elements of highest mask, as many for each gene, whatever the threshold."
)
@click.option(
    "--keep",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="This share of each gene's bases, those of highest mask, whatever the threshold.",
)
@click.option(
    "--gap", default=DEFAULT.elements.gap, show_default=True, type=click.IntRange(0), help="bp; closer stretches are one element."
)
@click.option(
    "--min-width",
    default=DEFAULT.elements.min_width,
    show_default=True,
    type=click.IntRange(1),
    help="bp; shorter elements are dropped.",
)
@click.option(
    "--reach",
    default=DEFAULT.links.reach,
    show_default=True,
    type=click.IntRange(0),
    help="bp from a TSS as far as which links go; beyond the model's window by the evidence alone.",
)
@click.option(
    "--link-threshold",
    type=click.FloatRange(0, 1),
    help="Least probability of a link that is drawn; without it the calibration's, which finds 70 % of what CRISPRi found.",
)
@click.option(
    "--expressed",
    default=DEFAULT.links.expressed,
    show_default=True,
    type=click.FloatRange(0),
    help="Least expression, in the unit of the cell's table, of a gene that counts as expressed.",
)
@click.option("--calibration", type=FILE, help="calibration.json of `seq2exp calibrate`; without it that of K562, which ships.")
@click.option("--abc-table", is_flag=True, help="Write the links with the column names of the ABC model's EnhancerPredictions too.")
@click.option(
    "--count-scale",
    default=DEFAULT.scale,
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
    per_gene: int | None,
    keep: float | None,
    gap: int,
    min_width: int,
    reach: int,
    link_threshold: float | None,
    expressed: float,
    calibration: Path | None,
    abc_table: bool,
    count_scale: float,
    out: Path,
) -> None:
    """Turn the predictions of one cell and model, all seeds together, into tracks, elements, links and expression tables."""
    from seq2exp_py.annotate.run import annotate

    if per_gene is not None and keep is not None:
        raise InputError("--per-gene and --keep both say how many elements there are: give one of them")
    rules = Rules(threshold=threshold, per_gene=per_gene, keep=keep, gap=gap, min_width=min_width)
    links = LinkRules(reach=reach, threshold=link_threshold, expressed=expressed)
    settings = Settings(elements=rules, links=links, calibration=calibration, abc_table=abc_table, scale=count_scale)
    annotate(genome, cell, predictions, out, settings)
