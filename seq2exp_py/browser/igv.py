"""The IGV page: igv.js and its page beside a JSON file that lists the tracks; nothing is asked of any other server."""

import json
import shutil
from html import escape
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from seq2exp_py.browser.catalogue import Catalogue, Track, read
from seq2exp_py.browser.kinds import BIGINTERACT, BIGWIG
from seq2exp_py.browser.session import write_session
from seq2exp_py.files import whole
from seq2exp_py.models.rows import label
from seq2exp_py.writers.palette import CLASS_COLOUR, hexa

ASSETS = ("index.html", "app.js", "style.css", "igv.min.js", "igv.LICENSE.txt", "igv.version.txt")
SESSION = "igv_session.xml"


def track(one: Track) -> dict[str, Any]:
    """The track as igv.js configures it; URLs relative to the page."""
    settings: dict[str, Any] = {
        "id": one.id,
        "name": escape(one.long),  # igv.js sets it as HTML
        "url": f"../{one.path}",
        "height": one.of.height,
        "color": hexa(one.colour),
        "cell": one.cell,
        "model": one.model,
        "kind": one.kind,
    }
    if one.of.file == BIGWIG:
        limits = {"min": 0, "max": one.top, "autoscale": False} if one.top else {"min": 0, "autoscale": True}
        return settings | {"type": "wig", "format": "bigwig"} | limits
    if one.of.file == BIGINTERACT:
        return settings | {"type": "interact", "format": "bedpe", "url": f"../{one.text}", "arcType": "nested", "useScore": False}
    return settings | {"type": "annotation", "format": "bigbed", "displayMode": one.of.display}


def reference(run: Catalogue) -> dict[str, Any]:
    """The genome, from the results alone.

    igv.js looks an `id` up on its own server unless `fastaURL` stands beside it, whatever the format.
    """
    sizes = f"../{run.genome.sizes}"
    if run.genome.native:
        return {"id": run.genome.name, "name": run.genome.name, "format": "chromsizes", "fastaURL": sizes}
    sequence = f"../{run.genome.sequence}"
    return {"id": run.genome.name, "name": run.genome.name, "format": "2bit", "fastaURL": sequence, "chromSizesURL": sizes}


def page_data(run: Catalogue) -> dict[str, Any]:
    """What the page's script reads: the genome, the tracks and where the tables are."""
    tables = {name: {kind: f"../{path}" if path else "" for kind, path in files.items()} for name, files in run.tables.items()}
    return {
        "reference": reference(run),
        "chromosomes": run.genome.chromosomes,
        "locus": run.locus,
        "cells": run.cells,
        "models": {m: label(m) for m in run.models},
        "tracks": [track(t) for t in run.tracks if "igv" in t.of.shown_in],
        "tables": tables,
        "genes": f"../{run.genes}",
        "classes": {name: hexa(colour) for name, colour in CLASS_COLOUR.items()},
    }


def build_igv(hub: Path, out: Path, session: Path | None = None) -> None:
    """Write the page and the session of the IGV desktop.

    Args:
        hub: folder of `seq2exp hub`, whose tracks.json lists the tracks.
        out: folder of the page; it must come to lie beside the hub and the cells' folders.
        session: file of the session; beside `out` unless given, since its paths must do without `..`.
    """
    run = read(hub)
    with whole(out) as folder:
        folder.mkdir()
        for name in ASSETS:
            with as_file(files("seq2exp_py.browser") / "assets" / name) as path:
                shutil.copyfile(path, folder / name)
        (folder / "page.json").write_text(json.dumps(page_data(run), indent=1) + "\n")
    write_session(run, session or out.parent / SESSION)
