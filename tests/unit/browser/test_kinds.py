"""A track kind is one row: catalogue, hub, IGV page and session follow from it."""

import json

import pytest
from pydantic import ValidationError

from seq2exp_py.browser.catalogue import Catalogue, Genome, Track
from seq2exp_py.browser.collect import Annotation, Collector
from seq2exp_py.browser.hub import hub_text
from seq2exp_py.browser.igv import build_igv
from seq2exp_py.browser.kinds import KINDS, SIGNAL, Kind, views

TYPES = ("bigWig", "bigBed ", "bigInteract")
TOY = Kind("toy", "a toy of {assay}", "toy", (1, 2, 3), "bigWig", SIGNAL, height=77, path="toys/{name}.bw", top=4)


def run(tracks):
    genome = Genome(name="sim", native=False, chromosomes={"chr1": 1000}, sequence="hub/genome/sim.2bit", sizes="hub/genome/sizes")
    return Catalogue(genome=genome, cells=["A"], models=["ridge"], tracks=tracks, tables={}, genes="g.tsv", locus="chr1:1-9")


def stanza(text, track):
    return next(s for s in text.split("\n\n") if s.strip().startswith(f"track {track}\n"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_can_be_drawn_by_every_browser_that_shows_it(kind, tmp_path):
    assert kind.file.startswith(TYPES)
    assert set(kind.shown_in) <= {"hub", "igv", "session"}
    assert kind.file != "bigInteract" or kind.text or not kind.path, "igv.js reads links as BEDPE"
    track = Track(kind=kind.name, cell="" if kind.name.startswith("extra") else "A", assay="DNase", path="A/a", text="A/b")
    assert 0 < len(track.short) <= 17
    hub = tmp_path / "hub"
    hub.mkdir()
    run([track]).write(hub)
    build_igv(hub, tmp_path / "igv")
    shown = json.loads((tmp_path / "igv/page.json").read_text())["tracks"]
    assert [t["id"] for t in shown] == ([track.id] if "igv" in kind.shown_in else [])
    assert (track.long in (tmp_path / "igv_session.xml").read_text()) == ("session" in kind.shown_in)
    drawn = f"track {track.id}\n" in hub_text(run([track]), "a@example.org", "hub")
    assert drawn == bool(kind.view or not track.cell), "outside a view only the user's own, and overlays of two"


def test_views_come_in_the_order_of_their_kinds():
    assert [view.name for view in views()] == ["signal", "peaks", "mask", "elements", "links", "genes"]


def test_a_kind_that_no_row_describes_is_refused():
    with pytest.raises(ValidationError, match="no kind 'toy'"):
        Track(kind="toy", path="a")


def test_a_new_output_track_is_its_file_and_one_row(monkeypatch, tmp_path):
    monkeypatch.setitem(KINDS, "toy", TOY)
    (tmp_path / "A/toys").mkdir(parents=True)
    (tmp_path / "A/toys/A.ridge.bw").touch()
    at = Collector(tmp_path, tmp_path / "hub", "hub", genome=None)
    (track,) = at.annotated(Annotation(tmp_path / "A", {"cell": "A", "model": "ridge"}))
    assert (track.path, track.top, track.colour, track.short) == ("A/toys/A.ridge.bw", 4, (1, 2, 3), "A toy")
    said = stanza(hub_text(run([track]), "a@example.org", "hub"), "A_ridge_toy")
    assert "type bigWig 0 4\n" in said
    assert "parent A_signal_view on\n" in said
    assert "bigDataUrl ../A/toys/A.ridge.bw\n" in said
    hub = tmp_path / "hub"
    hub.mkdir()
    run([track]).write(hub)
    build_igv(hub, tmp_path / "igv")
    (shown,) = json.loads((tmp_path / "igv/page.json").read_text())["tracks"]
    assert (shown["height"], shown["max"], shown["color"]) == (77, 4, "#010203")
    assert 'path="A/toys/A.ridge.bw"' in (tmp_path / "igv_session.xml").read_text()
