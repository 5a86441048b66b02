"""`seq2exp prepare-cell`."""

from pathlib import Path

import click

FILE = click.Path(path_type=Path)


@click.command(context_settings={"show_default": True})
@click.option("--genome", type=FILE, required=True, help="Genome store, made by `seq2exp prepare-genome`.")
@click.option(
    "--input",
    "samplesheet",
    type=FILE,
    required=True,
    help="Samplesheet: CSV with cell,assay,path (and, if wanted, index,format,replicate,chromosomes,barcodes,label), one row per "
    "file. Assays: HiC, expression, peaks, ABC, fragments, or the name of a signal track (H3K27ac, DNase, ATAC, …).",
)
@click.option("--cell", required=True, help="The cell, by its name in the samplesheet.")
@click.option(
    "--contact-norm", default="auto", help="Balancing of the contacts by its name in the file (VC, KR, SCALE, weight, NONE)."
)
@click.option(
    "--contact-scaling",
    type=click.Choice(["powerlaw", "raw"]),
    default="powerlaw",
    help="powerlaw: multiply the map's contacts by one constant, so that their mean at 5-100 kb is the power law's, which "
    "stands in for genes and cells without a map; raw: as in the map (the paper).",
)
@click.option(
    "--expression-column", help="Column of the expression table; '{cell}' in it stands for the cell.  [default: the only one]"
)
@click.option(
    "--expression-unit",
    type=click.Choice(["raw", "log10p1"]),
    default="raw",
    help="raw: stored as log10(x + 1); log10p1: is that already.",
)
@click.option(
    "--extension",
    type=click.IntRange(1),
    help="Length in bases to which reads of BAM, CRAM and tagAlign are extended, or that a cut of fragments covers.  "
    "[default: as aligned; 150 for fragments]",
)
@click.option("--allow-unknown-assays", is_flag=True, help="Take an assay with nearly the name of a known one as another track.")
@click.option("--out", type=FILE, required=True, help="Folder to make: the cell store. It appears whole or not at all.")
def command(out: Path, **given: object) -> None:
    """Make the store of one cell: signals, contacts, peaks, expression and promoter activity.

    Signals take four bytes per base and track; stretches of zeros take no disk where the file system allows holes.
    """
    from seq2exp_py.store.build_cell import CellInputs, build_cell

    build_cell(CellInputs(**given), out)  # type: ignore[arg-type]
