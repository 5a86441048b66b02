"""`seq2exp prepare-genome`."""

from pathlib import Path
from typing import Any

import click

from seq2exp_py.cli._options import options
from seq2exp_py.genome.options import GenomeOptions


@click.command("prepare-genome")
@options(GenomeOptions)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to make: the genome store. It appears whole or not at all.",
)
def command(out: Path, **given: Any) -> None:
    """Make a genome store: sequence, blacklist, and genes with their splits and mRNA features.

    All later steps read it; make it once per genome. It takes one byte per base of the chromosomes that have genes.
    """
    from seq2exp_py.store.build_genome import build_genome

    build_genome(GenomeOptions(**given), out)
