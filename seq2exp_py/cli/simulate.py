"""`seq2exp simulate`: a data set with a known answer."""

from pathlib import Path

import click
from pydantic import ValidationError

from seq2exp_py import simulate
from seq2exp_py.cli.train import pairs
from seq2exp_py.errors import InputError, fault, meant
from seq2exp_py.progress import say

OWN = ("preset", "world", "seed", "cells", "formats", "chromosomes")  # fields with an option, or of several numbers
SETTABLE = [name for name in simulate.Config.model_fields if name not in OWN]


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
@click.option(
    "--world",
    default="plain",
    show_default=True,
    type=click.Choice(list(simulate.WORLDS)),
    help="Where look-alikes lie, and how contact, promoters and competition act: set plainly, or as CRISPRi finds them.",
)
@click.option("--set", "fields", multiple=True, callback=pairs, help="field=value of the world, e.g. flat=1000; repeatable.")
def command(out: Path, seed: int, preset: str, cells: str, formats: str | None, world: str, fields: dict[str, str]) -> None:
    """Simulate a genome, genes, DNase, H3K27ac, Hi-C, peaks and expression, with the elements that cause it as ground truth.

    Writes samplesheet.csv and params.yaml for the pipeline (nextflow run . -params-file OUT/params.yaml), and OUT/truth.
    """
    changes = {} if formats is None else {"formats": tuple(formats.split(","))}
    for name in fields:
        if name not in SETTABLE:
            raise InputError(f"--set {name}: the simulator has no such field; it has {', '.join(SETTABLE)}{meant(name, SETTABLE)}")
    try:
        config = simulate.preset(preset, world, seed=seed, cells=tuple(cells.split(",")), **changes, **fields)
    except ValidationError as error:
        field, reason = fault(error)
        option = f"--set {field}={fields[field]}" if field in fields else "--cells or --formats"
        raise InputError(f"{option} cannot be used: {reason}") from error
    made = simulate.write(config, out)
    say(f"wrote {len(made.transcripts)} genes and {len(made.layout.elements)} elements to {out}")
