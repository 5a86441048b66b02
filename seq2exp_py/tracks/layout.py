"""Fetched files as a run takes them: a samplesheet beside them, and which file is the sequence, the genes, the excluded regions."""

import csv
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyBigWig

from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.notes import kept, say_all
from seq2exp_py.tracks import average, quantifications
from seq2exp_py.tracks.cache import MANIFEST, Cache
from seq2exp_py.tracks.catalogue import AVERAGE, GENOME, Remote
from seq2exp_py.tracks.fetch import fetch

SHEET, REFERENCE, NOTES = "samplesheet.csv", "genome.json", "notes.txt"
COLUMNS = ("cell", "assay", "path", "format", "chromosomes")


def fetch_into(remotes: Sequence[Remote], out: Path, cache: Path | None) -> None:
    """Fetch the files and write `out`.

    Args:
        remotes: as `catalogue.select` gives them.
        out: folder; with a cache it appears whole and holds `files/` and `genome/`, else it is the cache and the files lie in it.
        cache: folder that keeps downloads, or None for `out`.

    Raises:
        InputError: some file could not be had, or is not the one described.
    """
    with kept() as notes:
        have = fetch(remotes, cache or out)
    say_all(notes)
    if cache is None:
        _lay_out(have, notes, out, out)
        return
    with whole(out) as folder:
        _lay_out(have, notes, folder, cache)


def _lay_out(have: Mapping[Remote, Path], notes: Sequence[str], folder: Path, cache: Path) -> None:
    """Write samplesheet, genome and notes into `folder`, with the files where they are not there already."""
    carried = folder.resolve() == cache.resolve()
    reference = {r.assay: _place(r.name, path, folder, "" if carried else "genome/") for r, path in have.items() if _of_genome(r)}
    (folder / REFERENCE).parent.mkdir(parents=True, exist_ok=True)
    (folder / REFERENCE).write_text(json.dumps(reference, indent=2) + "\n")
    (folder / NOTES).write_text("".join(f"{note}\n" for note in notes))
    rows = [_row(remote, path, folder, "" if carried else "files/") for remote, path in have.items() if remote.cell != GENOME]
    rows += _averages(have, folder, cache, "" if carried else "files/")
    with (folder / SHEET).open("w", newline="") as handle:
        sheet = csv.writer(handle, lineterminator="\n")
        sheet.writerows([COLUMNS, *rows])
    if not carried:
        entries = Cache(cache).entries()
        said = {remote.name: entries.get(remote.name, {}) for remote in have}
        (folder / MANIFEST).write_text(json.dumps(said, indent=1) + "\n")


def _of_genome(remote: Remote) -> bool:
    return remote.cell == GENOME and remote.assay != AVERAGE


def _row(remote: Remote, path: Path, folder: Path, under: str) -> tuple[str, ...]:
    if remote.column and "{cell}" not in remote.column:
        # The unit is in the name, for whoever sees the file alone
        name = f"{remote.cell}.{_slug(remote.output_type)}.{remote.accession}.tsv"
        with whole(folder / under / name) as temporary:
            quantifications.extract(path, remote.column, temporary)
        return remote.cell, remote.assay, f"{under}{name}", "tsv", "exact"
    names = "match" if remote.assay == "HiC" else "exact"  # maps of 4DN name chromosomes 1, 2, … (reference code, utils/hic.py)
    return remote.cell, remote.assay, _place(remote.name, path, folder, under), remote.format, names


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "_", text).strip("_")


def _place(name: str, path: Path, folder: Path, under: str) -> str:
    """The path of a file in `folder`: a hard link where the cache is on the same file system, which costs nothing; else a copy."""
    place = folder / under / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path.resolve(), place)
        except OSError:
            shutil.copyfile(path, place)
    return f"{under}{name}"


def _averages(have: Mapping[Remote, Path], folder: Path, cache: Path, under: str) -> list[tuple[str, ...]]:
    """A row of contacts for every cell, all from one average map that is thinned once for a cache."""
    paths = [path for remote, path in have.items() if remote.assay == AVERAGE]
    if not paths:
        return []
    near = cache / f"{paths[0].name.split('.')[0]}.near.cool"
    with Cache(cache).locked(near.name):
        if not near.exists():
            average.thin(paths[0], _sizes(have), near)
    place = _place(near.name, near, folder, under)
    return [(cell, "HiC", place, "cool", "exact") for cell in dict.fromkeys(r.cell for r in have if r.cell != GENOME)]


def _sizes(have: Mapping[Remote, Path]) -> dict[str, int]:
    """Lengths of the assembly's chromosomes in bp, from a bigWig of it."""
    for remote, path in have.items():
        if remote.format == "bigwig":
            with pyBigWig.open(str(path)) as signal:
                return {str(name): int(size) for name, size in signal.chroms().items()}
    raise InputError("--contacts average: none of the cells has a bigWig, which tells the lengths of the chromosomes")
