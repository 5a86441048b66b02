"""The page in the real Chromium: it loads offline, draws, jumps and filters."""

import json
import re
import shutil
import subprocess
import threading
from importlib.resources import files
from pathlib import Path

import pytest

from seq2exp_py.browser.igv import build_igv
from seq2exp_py.browser.serve import server

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def visit(run, node, chromium, tmp_path_factory):
    def visited(page: str) -> dict:
        picture = tmp_path_factory.mktemp("pictures") / "page.png"
        with server(run.results) as serving:
            threading.Thread(target=serving.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{serving.server_address[1]}/{page}/index.html"
            command = [node, HERE / "page.mjs", chromium, url, "SIM3", picture]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
            serving.shutdown()
        assert done.returncode == 0, done.stderr
        happened = json.loads(done.stdout)
        assert picture.exists(), happened["errors"]
        return happened | {"picture": picture.stat().st_size}

    return visited


@pytest.fixture(scope="session")
def seen(visit):
    return visit("igv")


def test_nothing_fails_and_nothing_is_asked_elsewhere(seen):
    assert (seen["errors"], seen["foreign"], seen["failed"]) == ([], [], [])


def test_every_track_is_there_and_drawn(seen, run):
    names = {name for name, _ in seen["tracks"]}
    shown = [t for t in run.catalogue.tracks if t.kind not in ("relative", "mask_mean", "mask_sd")]
    assert {t.long for t in shown} <= names
    assert ["cellA: Seq2Exp-soft: element to gene", "interact"] in seen["tracks"]
    canvases, filled = seen["drawn"]
    assert filled >= 20 and filled <= canvases
    assert seen["picture"] > 20_000


def test_search_goes_to_the_gene(seen, run):
    genes = [line.split("\t") for line in (run.results / "hub/genome/genes.tsv").read_text().splitlines()[1:]]
    gene = next(g for g in genes if g[1] == "SIM3")
    chrom, span = seen["gene"].removeprefix("At ").split(":")
    start, end = map(int, span.split("-"))
    assert chrom == gene[2] and start <= int(gene[6]) < end


def test_filters_narrow_the_table(seen):
    everything = int(seen["all"].split(" ")[0])
    assert 0 < int(seen["test"].split(" ")[0]) < everything
    assert seen["named"].startswith(("0 of", "1 of"))
    elements, promoters = int(seen["elements"].split(" ")[0]), int(seen["promoters"].split(" ")[0])
    assert 0 < promoters < elements


def test_a_row_is_reached_by_keyboard(seen):
    assert seen["element"] != seen["locus"]


def test_tab_reaches_every_control_and_the_table_and_the_eye_can_follow(seen):
    ours = [stop for stop in seen["stops"] if stop["ours"]]
    assert [stop["what"] for stop in ours if not stop["seen"]] == []
    assert {"query", "kind", "run", "name", "chrom", "split", "scroll", "A Skip to the table", "BUTTON Go"} <= {
        s["what"] for s in ours
    }
    assert ours[-1]["row"] and seen["row"] == 1  # arrow keys: two down, one up


def test_text_stands_out_from_its_background(seen):
    count, faint = seen["faint"]
    assert count > 50 and faint == []


def test_unchecking_a_cell_takes_its_tracks_away_and_checking_brings_them_back(seen):
    assert not [name for name, _ in seen["fewer"] if (name or "").startswith("K-562.x:")]
    assert len(seen["again"]) == len(seen["tracks"])


def test_all_controls_have_labels_and_pictures_have_texts(seen):
    assert (seen["unnamed"], seen["undescribed"]) == ([], [])


def test_a_genome_that_others_serve_is_still_drawn_from_the_results_alone(run, visit, tmp_path):
    genome = run.catalogue.genome.model_copy(update={"name": "hg38", "native": True, "sequence": ""})
    run.catalogue.model_copy(update={"genome": genome}).write(tmp_path)
    build_igv(tmp_path, run.results / "igv_native", tmp_path / "session.xml")
    seen = visit("igv_native")
    assert (seen["errors"], seen["foreign"], seen["failed"]) == ([], [], [])
    assert seen["drawn"][1] >= 20
    assert 'genome="hg38"' in (tmp_path / "session.xml").read_text()


def test_what_a_click_shows_is_text(node):
    """igv.js sets names and values of features, which come from people's annotations, as HTML."""
    source = (files("seq2exp_py.browser") / "assets" / "app.js").read_text()
    part = source[source.index("const escaped") : source.index("function ordered")]
    given = [
        {"name": "Name", "value": "<img src=x onerror=alert(1)>"},
        "<hr>",
        {"name": "<b>", "value": '"; drop'},
        {"html": "<script>x</script>"},
        "<i>",
    ]
    script = f"{part};console.log(popup(null, {json.dumps(given)}), popup(null, []))"
    said = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True).stdout
    assert set(re.findall("<([a-z]+)", said)) == {"div", "span", "hr"}
    assert "&#60;img src=x onerror=alert(1)&#62;" in said
    assert said.endswith("undefined\n")
