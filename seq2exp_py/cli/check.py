"""`seq2exp check`: look at every input file before anything is computed."""

import json
from pathlib import Path
from typing import Any

import click

from seq2exp_py.cli._extras import named
from seq2exp_py.cli._options import options
from seq2exp_py.files import whole
from seq2exp_py.notes import say_all
from seq2exp_py.progress import say
from seq2exp_py.tracks.options import CheckOptions


@click.command("check")
@options(CheckOptions, skip=("cells", "extra"))
@click.option("--cells", help="Cells to use, separated by commas (all).")
@click.option("--extra-track", "extra", multiple=True, help="NAME=PATH of a BED or BEDPE file that `hub` will be given.")
@click.option("--call-peaks", is_flag=True, help="Cells without peaks will get them from MACS3: check that they can.")
@click.option("--keep-going", is_flag=True, help="Leave out cells that cannot be used, unless none can; OUT/refused.json says why.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for samplesheet.json, the rows with full paths."
)
def command(cells: str | None, extra: tuple[str, ...], call_peaks: bool, keep_going: bool, out: Path | None, **given: Any) -> None:
    """Check every input file, and the inputs against each other.

    Prints one sentence for everything that is wrong, and exits with status 2 if anything is.
    """
    from seq2exp_py.cli._check import checked, usable

    chosen = tuple(cell.strip() for cell in cells.split(",") if cell.strip()) if cells else None
    request = CheckOptions(cells=chosen, extra=tuple(named(extra).items()), **given)
    sheet, notes, refused = usable(request, call_peaks) if keep_going else (*checked(request, call_peaks), {})
    for cell, reason in refused.items():
        say(f"warning: cell {cell} is left out: {reason}")
    say_all(notes)
    if out is not None:
        with whole(out / "samplesheet.json") as path:
            path.write_text(json.dumps([row.model_dump(mode="json") for row in sheet.rows()], indent=1) + "\n")
        if refused:
            with whole(out / "refused.json") as path:
                path.write_text(json.dumps(refused, indent=1) + "\n")
    say(f"{request.samplesheet}: {len(sheet.rows())} files of {len(sheet.cells)} cells can be used ({', '.join(sheet.cells)})")
