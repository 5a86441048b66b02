"""The UCSC track hub: one file of stanzas.

Written here because the `trackhub` package knows neither `useOneFile` nor `descriptionUrl`, writes `hub hub` as the name, and
stages its files as renamed symbolic links, which dangle in a published folder.
Paths are relative to hub.txt, which lies in `hub/` beside the cells' folders: `../K562/masks/….bw`. UCSC and igv.js both resolve
the `..` of a URL; only sessions of the IGV desktop must do without (see `session`).
"""

import math
import re
from collections.abc import Iterator

from seq2exp_py.browser.catalogue import Catalogue, Track, symbol
from seq2exp_py.browser.kinds import BIGWIG, Stanza, views
from seq2exp_py.models.rows import label
from seq2exp_py.writers.palette import rgb

NO_TAGS = str.maketrans({"<": "‹", ">": "›"})


def render(stanza: Stanza, depth: int = 0) -> str:
    """A stanza as text, indented by depth."""
    return "".join(f"{'    ' * depth}{key} {plain(str(value))}\n" for key, value in stanza.items())


def plain(value: str) -> str:
    """A value that ends no line and opens no tag, whatever a name given by a user holds."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", value).translate(NO_TAGS)


def url(path: str, folder: str) -> str:
    """Path of a file relative to hub.txt, from its path relative to the results."""
    own = folder + "/"
    return path.removeprefix(own) if path.startswith(own) else f"../{path}"


def type_of(track: Track) -> str:
    """UCSC's type of a track; a bigWig's has its limits."""
    limits = f" 0 {max(1, math.ceil(track.top))}" if track.of.file == BIGWIG and track.top else ""
    return track.of.file + limits


def leaf(track: Track, folder: str, **more: object) -> Stanza:
    """The stanza of a track with a file."""
    named: Stanza = {"track": track.id, "shortLabel": track.short, "longLabel": track.long, "type": type_of(track)}
    return named | {"bigDataUrl": url(track.path, folder), "color": rgb(track.colour)} | track.of.hub | more


def head(run: Catalogue, email: str, folder: str) -> Iterator[tuple[int, Stanza]]:
    """The hub and its genome."""
    yield (
        0,
        {
            "hub": f"seq2exp_{symbol(run.genome.name)}",
            "shortLabel": f"Seq2Exp {run.genome.name}"[:17],
            "longLabel": f"Seq2Exp: bases that drive expression in {', '.join(run.cells)}"[:80],
            "useOneFile": "on",
            "email": email,
            "descriptionUrl": "html/hub.html",
        },
    )
    if run.genome.native:
        yield 0, {"genome": run.genome.name}
        return
    named = f"{run.genome.name}, the genome of this run"
    yield (
        0,
        {
            "genome": symbol(run.genome.name),
            "description": named,
            "organism": run.genome.name,
            "scientificName": run.genome.name,
            "twoBitPath": url(run.genome.sequence, folder),
            "chromSizes": url(run.genome.sizes, folder),
            "groups": "genome/groups.txt",
            "defaultPos": run.locus,
            "orderKey": 4800,
            "htmlPath": "html/hub.html",
        },
    )


def composite(run: Catalogue, cell: str, folder: str) -> Iterator[tuple[int, Stanza]]:
    """Signals, peaks, masks, elements, links and genes of a cell as one composite with a view of each."""
    tracks = [t for t in run.of(cell) if t.of.view and "hub" in t.of.shown_in]
    drawn = [v for v in views() if any(t.of.view == v for t in tracks)]
    models = [m for m in run.models if any(t.model == m for t in tracks)]
    name, parts = symbol(cell), {symbol(m): label(m).replace(" ", "_") for m in models}
    yield (
        1,
        {
            "track": f"{name}_tracks",
            "parent": f"{name}_cell",
            "compositeTrack": "on",
            "shortLabel": f"{cell} tracks"[:17],
            "longLabel": f"{cell}: signals, masks, elements, links and genes"[:80],
            "type": "bed 3",
            "visibility": "full",
            "dragAndDrop": "subTracks",
            "subGroup1": "view View " + " ".join(f"{v.name}={v.title}" for v in drawn),
            "subGroup2": "model Model data=Data " + " ".join(f"{m}={text}" for m, text in parts.items()),
            "dimensions": "dimX=view dimY=model",
            "sortOrder": "model=+ view=+",
            "html": f"html/{name}.html",
        },
    )
    for each in drawn:
        yield (
            2,
            {
                "track": f"{name}_{each.name}_view",
                "parent": f"{name}_tracks",
                "shortLabel": each.title,
                "longLabel": f"{cell}: {each.title.lower()}"[:80],
                "view": each.name,
                "visibility": each.visibility,
                **each.settings,
            },
        )
        for t in (t for t in tracks if t.of.view == each):
            groups = f"view={each.name} model={symbol(t.model) if t.model else 'data'}"
            shown = "on" if t.of.on else "off"
            yield 3, leaf(t, folder, parent=f"{name}_{each.name}_view {shown}", subGroups=groups)


def overlay(name: str, cell: str, text: str, tracks: list[Track], folder: str) -> Iterator[tuple[int, Stanza]]:
    """Some bigWigs drawn over each other on one scale; nothing where there are fewer than two, which UCSC refuses."""
    if len(tracks) < 2:
        return
    top = max(1, *(math.ceil(t.top) for t in tracks))
    yield (
        1,
        {
            "track": name,
            "parent": f"{symbol(cell)}_cell",
            "container": "multiWig",
            "shortLabel": f"{cell} overlay"[:17],
            "longLabel": f"{cell}: {text}"[:80],
            "type": f"bigWig 0 {top}",
            "aggregate": "transparentOverlay",
            "showSubtrackColorOnUi": "on",
            "viewLimits": f"0:{top}",
            "autoScale": "off",
            "maxHeightPixels": "100:60:8",
            "visibility": "full",
            "html": f"html/{symbol(cell)}.html",
        },
    )
    for track in tracks:
        yield 2, leaf(track, folder, parent=name) | {"track": f"{name}_{track.id}"}


def tracks(run: Catalogue, folder: str) -> Iterator[tuple[int, Stanza]]:
    """All tracks: a superTrack per cell, then the user's own."""
    for cell in run.cells:
        name = symbol(cell)
        yield (
            0,
            {
                "track": f"{name}_cell",
                "superTrack": "on show",
                "shortLabel": cell[:17],
                "longLabel": f"{cell}: Seq2Exp"[:80],
                "html": f"html/{name}.html",
            },
        )
        yield from composite(run, cell, folder)
        for model in run.models:
            on = run.of(cell, "relative") + [t for t in run.of(cell, "mask_max") if t.model == model]
            masked = any(t.kind == "mask_max" for t in on)
            text = f"{label(model)} mask over the signals (share of their scale)"
            yield from overlay(f"{name}_{symbol(model)}_over_signals", cell, text, on, folder) if masked else ()
            bars = run.of(cell, "observed") + [t for t in run.of(cell, "predicted") if t.model == model]
            text = f"{label(model)} predicted over observed expression at the TSS"
            yield from overlay(f"{name}_{symbol(model)}_expression", cell, text, bars, folder)
    for track in run.of(""):
        yield 0, leaf(track, folder, html="html/hub.html")


def hub_text(run: Catalogue, email: str, folder: str) -> str:
    """The text of hub.txt.

    Args:
        run: all tracks.
        email: whom to ask; UCSC requires one.
        folder: name of the folder of hub.txt beside the cells' folders.
    """
    group: Stanza = {} if run.genome.native else {"group": "seq2exp"}
    stanzas = [*head(run, email, folder), *((d, s if d else s | group) for d, s in tracks(run, folder))]
    return "\n".join(render(stanza, depth) for depth, stanza in stanzas)
