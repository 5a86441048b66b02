"""`seq2exp cells`: which cells the catalogue has, and what of each."""

from pathlib import Path

import click

from seq2exp_py.cli.fetch import CATALOGUE


@click.command()
@click.argument("names", nargs=-1)
@click.option("--catalogue", type=click.Path(path_type=Path), default=CATALOGUE, help="CSV of the public files.")
@click.option("--sizes", "ask", is_flag=True, help="Ask the servers for the sizes that the catalogue does not have.")
def command(names: tuple[str, ...], catalogue: Path, ask: bool) -> None:
    """List the cells that --cells takes, with what each has and how much is to download; NAMES: these cells, file by file.

    A size that no public source gives is not in the catalogue: `?` counts such files, and --sizes asks the servers. A file that
    fewer than two independent public sources name is marked `*` (assets/cells_sources.csv lists the sources).
    """
    from seq2exp_py.tracks import listing

    click.echo(listing.files(catalogue, names, ask) if names else listing.table(catalogue, ask))
