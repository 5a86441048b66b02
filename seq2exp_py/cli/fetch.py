"""`seq2exp fetch`: the public files of a cell, from the catalogue into a cache."""

import csv
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seq2exp_py.files import whole

if TYPE_CHECKING:
    from seq2exp_py.tracks.catalogue import Remote


@click.command()
@click.option("--catalogue", type=click.Path(path_type=Path), required=True, help="CSV of the public files (assets/cells.csv).")
@click.option("--cells", required=True, help="Cells to fetch, with commas between them: K562,GM12878.")
@click.option("--cache", type=click.Path(path_type=Path), required=True, help="Folder that keeps downloads between runs.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for samplesheet.csv and the files it names.")
def command(catalogue: Path, cells: str, cache: Path, out: Path) -> None:
    """Download the files behind --cells, with resume and checks, and write a samplesheet of them.

    OUT then holds samplesheet.csv, files/ with the cells' files, genome/ with the sequence, the genes and the excluded regions, and
    genome.json, which names the file of each.
    """
    from seq2exp_py.tracks.catalogue import read, select
    from seq2exp_py.tracks.fetch import fetch

    remotes = select(read(catalogue), [cell.strip() for cell in cells.split(",") if cell.strip()])
    have = fetch(remotes, cache)
    with whole(out) as folder:
        _lay_out(have, folder)


def _lay_out(have: "Mapping[Remote, Path]", folder: Path) -> None:
    from seq2exp_py.tracks.catalogue import GENOME

    for name in ("files", "genome"):
        (folder / name).mkdir(parents=True)
    genome = {remote.assay: f"genome/{remote.name}" for remote in have if remote.cell == GENOME}
    (folder / "genome.json").write_text(json.dumps(genome, indent=2) + "\n")
    with (folder / "samplesheet.csv").open("w", newline="") as handle:
        sheet = csv.writer(handle, lineterminator="\n")
        sheet.writerow(["cell", "assay", "path", "format"])
        for remote, path in have.items():
            place = folder / ("genome" if remote.cell == GENOME else "files") / remote.name
            if not place.exists():
                _link(path, place)
            if remote.cell != GENOME:
                sheet.writerow([remote.cell, remote.assay, f"files/{remote.name}", remote.format])


def _link(path: Path, place: Path) -> None:
    """A hard link where the cache is on the same file system, which costs nothing; else a copy."""
    try:
        os.link(path.resolve(), place)
    except OSError:
        shutil.copyfile(path, place)
