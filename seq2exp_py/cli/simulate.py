"""`seq2exp simulate`: a data set with a known answer."""

from pathlib import Path

import click
from pydantic import ValidationError

from seq2exp_py import simulate
from seq2exp_py.errors import InputError, fault
from seq2exp_py.progress import say


@click.command(name="simulate")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write; an earlier simulation there is replaced."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed gives the same bytes.")
@click.option(
    "--preset", default="demo", show_default=True, type=click.Choice(sorted(simulate.PRESETS)), help="Size of the genome."
)
@click.option("--cells", default="cellA,cellB", show_default=True, help="Names of the cell types, comma-separated.")
@click.option("--formats", help="DNase and H3K27ac format of the last of several cells, e.g. bam,bedgraph (also bigwig, tagalign).")
def command(out: Path, seed: int, preset: str, cells: str, formats: str | None) -> None:
    """Simulate a genome, genes, DNase, H3K27ac, Hi-C, peaks and expression, with the elements that cause it as ground truth.

    Writes samplesheet.csv and params.yaml for the pipeline (nextflow run . -params-file OUT/params.yaml), and OUT/truth.
    """
    changes = {} if formats is None else {"formats": tuple(formats.split(","))}
    try:
        config = simulate.preset(preset, seed=seed, cells=tuple(cells.split(",")), **changes)
    except ValidationError as error:
        raise InputError(f"--cells or --formats cannot be used: {fault(error)[1]}") from error
    world = simulate.write(config, out)
    say(f"wrote {len(world.transcripts)} genes and {len(world.layout.elements)} elements to {out}")
