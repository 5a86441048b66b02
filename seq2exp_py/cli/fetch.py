"""`seq2exp fetch`: the public files of cells, from the catalogue into a folder or a cache."""

import sys
from pathlib import Path

import click

from seq2exp_py.cli._options import options
from seq2exp_py.errors import InputError
from seq2exp_py.tracks.options import Contacts, FetchOptions

CATALOGUE = Path(__file__).parents[2] / "assets" / "cells.csv"


@click.command(context_settings={"show_default": True})
@click.option("--cells", help="Cells to fetch, with commas between them: K562,GM12878; `seq2exp cells` lists them.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for samplesheet.csv and the files it names.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="Folder that keeps downloads between runs.  [default: OUT itself, to be carried elsewhere]",
)
@click.option(
    "--catalogue", type=click.Path(path_type=Path), default=CATALOGUE, show_default=False, help="CSV of the public files."
)
@options(FetchOptions)
@click.option("--genome", help="Name of the assembly that the cells must be on.")
@click.option("--verify", "only_verify", is_flag=True, help="Fetch nothing: ask every address for its size and first kilobyte.")
def command(
    cells: str | None,
    out: Path | None,
    cache: Path | None,
    catalogue: Path,
    contacts: Contacts,
    genome: str | None,
    only_verify: bool,
) -> None:
    """Download the files behind --cells, with resume and checks, and write a samplesheet of them.

    What will come is printed with its size, and the room on the disk, before anything is fetched. OUT then holds samplesheet.csv,
    genome.json, which names the files of sequence, genes and excluded regions, manifest.json with size, MD5 and address of each
    file, and the files: for a machine without network carry OUT there and give it as --cache_dir.

    With --verify the addresses are asked, of --cells or of all, and the exit status is 1 where one is gone, changed or silent.
    """
    from seq2exp_py.tracks import catalogue as cat

    entries = cat.read(catalogue)
    wanted = [cell.strip() for cell in (cells or "").split(",") if cell.strip()]
    if only_verify:
        sys.exit(_verify([r for r in entries if not wanted or r.cell in (cat.GENOME, *wanted)]))
    if not wanted or out is None:
        raise InputError("give --cells and --out, e.g. --cells K562 --out public, or --verify")
    assembly = cat.assembly_of(entries, wanted) if set(wanted) <= set(cat.cells(entries)) else genome
    if genome and genome != assembly:
        raise InputError(f"--genome is {genome}, and the catalogue has {', '.join(wanted)} on {assembly}: give --genome {assembly}")
    from seq2exp_py.tracks import layout

    layout.fetch_into(cat.select(entries, wanted, contacts), out, cache)


def _verify(remotes: list) -> int:  # type: ignore[type-arg]
    """Print a line for each address; the exit status."""
    from seq2exp_py.tracks.verify import verify

    verdicts = verify(remotes)
    click.echo("status\tcell\tassay\taccession\tsays\turl")
    for v in sorted(verdicts, key=lambda v: v.status == "ok"):
        click.echo(f"{v.status}\t{v.remote.cell}\t{v.remote.assay}\t{v.remote.accession}\t{v.says}\t{v.url}")
    bad = [v for v in verdicts if v.status != "ok"]
    click.echo(f"{len(verdicts)} addresses, {len(verdicts) - len(bad)} as described", err=True)
    return 1 if bad else 0
