"""`seq2exp mask`."""

from pathlib import Path

import click

from seq2exp_py.errors import InputError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("mask")
@click.option("--gene", required=True, help="Gene id or symbol.")
@click.option("--prediction", "predictions", required=True, multiple=True, type=FOLDER, help="Prediction folder; once per seed.")
@click.option(
    "--genome", type=FOLDER, help="Genome store, for the chromosome sizes; without it the file ends where the window ends."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="bigWig to write.")
def command(gene: str, predictions: tuple[Path, ...], genome: Path | None, out: Path) -> None:
    """Write the mask of one gene as a bigWig (mean over seeds)."""
    from seq2exp_py.annotate.tracks import write_gene
    from seq2exp_py.inference.seeds import Seeds
    from seq2exp_py.store import Store

    seeds = Seeds.open(predictions)
    if not seeds.masked:
        raise InputError(f"{predictions[0]}: model {seeds.model} gives no mask: choose a prediction of a model that has one")
    table = seeds.expression()
    ids = table.loc[(table["gene_id"] == gene) | (table["gene_name"] == gene), "gene_id"].tolist()
    if len(ids) != 1:
        raise InputError(
            f"{predictions[0]}: {len(ids) or 'no'} genes are called {gene!r}: give one gene id of its expression.parquet"
        )
    sizes = dict(Store.open(genome, []).genome.chromosomes) if genome else None
    click.echo(f"{out}: {gene}, {write_gene(seeds, ids[0], out, sizes)}")
