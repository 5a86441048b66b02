"""2bit, names, tracks of the user's own, ranges of the server."""

import gzip
import http.client
import re
import struct
import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from seq2exp_py.browser import extra
from seq2exp_py.browser.assemblies import is_native
from seq2exp_py.browser.catalogue import Catalogue, Genome, Track, read, symbol
from seq2exp_py.browser.hub import hub_text
from seq2exp_py.browser.igv import page_data
from seq2exp_py.browser.pages import write_pages
from seq2exp_py.browser.serve import server, wanted
from seq2exp_py.browser.session import write_session
from seq2exp_py.cli import view
from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.writers import twobit

SIZES = {"chr1": 1000, "chr2": 500}


def test_2bit_packs_as_the_specification_says():
    assert twobit.packed(np.array([3, 1, 0, 2], np.uint8)) == bytes([0b00011011])  # T C A G are 00 01 10 11
    assert twobit.packed(np.array([2], np.uint8)) == bytes([0b11000000])


@pytest.mark.parametrize("chunk", [4, 8, 1 << 24])
def test_2bit_stretches_of_n_are_whole_over_chunks(monkeypatch, chunk):
    monkeypatch.setattr(twobit, "CHUNK", chunk)
    bases = np.array([4, 4, 0, 1, 2, 4, 4, 4, 4, 4, 1, 4], np.uint8)
    assert twobit.unknown(bases, len(bases)).tolist() == [[0, 2], [5, 5], [11, 1]]
    assert twobit.unknown(np.zeros(12, np.uint8), 12).tolist() == []
    assert twobit.unknown(None, 7).tolist() == [[0, 7]]


def test_2bit_record_holds_length_stretches_and_bases():
    body = b"".join(twobit.record(np.array([0, 4, 4, 2, 3], np.uint8), 5))
    assert body == struct.pack("<6I", 5, 1, 1, 2, 0, 0) + bytes([0b10000011, 0b00000000])


def test_distinct_names_stay_distinct():
    assert len({symbol(n) for n in ("K_562", "K-562", "K.562", "K 562")}) == 4
    assert Track(kind="signal", cell="K-562.x", assay="DNase", path="a").id == "Kx2d562x2ex_DNase_signal"


@pytest.mark.parametrize(
    ("name", "sizes", "native", "said"),
    [
        ("hg38", {"chr22": 50_818_468, "chrX": 156_040_895, "chrEBV": 171_823}, True, ""),
        ("mm39", {"chr1": 195_154_279, "chr2": 181_755_017}, True, ""),
        ("hg38", {"22": 50_818_468}, False, "no chromosome is called as UCSC's are (found 22)"),
        ("hg38", {"chr22": 51_304_566, "chrX": 156_040_895}, False, "chr22 has 51304566 bp where UCSC's has 50818468"),  # hg19's
        ("sim", {"chr22": 50_818_468}, False, ""),
    ],
)
def test_an_assembly_is_ucscs_where_its_chromosomes_are(capsys, name, sizes, native, said):
    assert is_native(name, sizes) == native
    assert said in capsys.readouterr().err


def test_own_tracks_are_checked_line_by_line(tmp_path):
    cases = [("chr1\t5\n", "line 1: expected"), ("chr1\t5\t7\nchr2\t5\t9000\n", "line 2"), ("#only a header\n", "no region")]
    for text, said in cases:
        (tmp_path / "a.bed").write_text(text)
        with pytest.raises(InputError, match=said):
            extra.write("a", tmp_path / "a.bed", SIZES, tmp_path, str)
    (tmp_path / "a.bed").write_text(f"chr2\t5\t{SIZES['chr2'] + 7}\n")
    with kept() as notes:
        extra.write("a", tmp_path / "a.bed", SIZES, tmp_path, str)
    assert notes == [f"{tmp_path / 'a.bed'}, line 1: intervals run up to 7 bp past the end of chr2; they are cut there"]
    (tmp_path / "b.bedpe").write_text("chr1\t1\t2\tchr2\t1\t2\n")
    with pytest.raises(InputError, match="both must be on one chromosome"):
        extra.write("b", tmp_path / "b.bedpe", SIZES, tmp_path, str)


def test_own_tracks_may_be_compressed(tmp_path):
    with gzip.open(tmp_path / "pairs.bedpe.gz", "wt") as handle:
        handle.write("#chrom1\nchr1\t1\t2\tchr1\t8\t9\tpair\r\n")
    track = extra.write("pairs", tmp_path / "pairs.bedpe.gz", SIZES, tmp_path, str)
    assert (track.kind, Path(track.text).read_text()) == ("extra_links", "chr1\t1\t2\tchr1\t8\t9\tpair\n")


def test_tracks_json_of_another_version_is_refused(tmp_path):
    with pytest.raises(InputError, match="seq2exp hub"):
        read(tmp_path)
    (tmp_path / "tracks.json").write_text('{"format": "seq2exp-tracks", "version": 2}')
    with pytest.raises(InputError, match="version 1"):
        read(tmp_path)


def test_ranges():
    assert [wanted(h, 10) for h in (None, "bytes=-", "bytes=2-4", "bytes=8-99", "bytes=7-", "bytes=-3", "bytes=0-1,4-5")] == [
        None, None, (2, 5), (8, 10), (7, 10), (7, 10), None,
    ]  # fmt: skip
    with pytest.raises(ValueError):
        wanted("bytes=10-", 10)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "igv").mkdir()
    (tmp_path / "igv/index.html").write_text("<p>page</p>")
    (tmp_path / "a.bw").write_bytes(bytes(range(100)))
    with server(tmp_path) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield http.client.HTTPConnection(*serving.server_address)
        serving.shutdown()


def test_server_gives_parts_to_this_machine_alone(site):
    assert site.host == "127.0.0.1"
    site.request("GET", "/a.bw", headers={"Range": "bytes=10-19"})
    answer = site.getresponse()
    assert (answer.status, answer.read(), answer.headers["Content-Range"]) == (206, bytes(range(10, 20)), "bytes 10-19/100")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    for path, status in (("/a.bw", 200), ("/igv/", 200), ("/none", 404), ("/../../etc/passwd", 404)):
        site.request("GET", path)
        answer = site.getresponse()
        answer.read()
        assert answer.status == status, path
    site.request("GET", "/a.bw", headers={"Range": "bytes=200-"})
    answer = site.getresponse()
    assert (answer.status, answer.read()) == (416, b"")
    site.request("HEAD", "/a.bw", headers={"Range": "bytes=0-0"})
    answer = site.getresponse()
    assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (206, b"", "1")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/igv/%2e%2e/%2e%2e/secret",
        "/link",
        "/out/secret",
        "//secret",
        "/..\\\\secret",
    ],
)
@pytest.mark.parametrize("part", [{}, {"Range": "bytes=0-3"}])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_server_answers_nothing_outside_its_folder(site, tmp_path, path, part, method):
    (tmp_path.parent / "secret").write_text("not for you")
    for link, to in (("link", "secret"), ("out", ".")):
        (tmp_path / link).symlink_to(tmp_path.parent / to)
    site.request(method, path, headers=part)
    answer = site.getresponse()
    assert answer.status == 404
    assert b"not for you" not in answer.read()
    (tmp_path / "inside").symlink_to(tmp_path / "a.bw")
    site.request("GET", "/inside")
    assert len(site.getresponse().read()) == 100


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", "[::1]", "", "10.0.0.1"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_server_answers_to_its_own_names_alone(site, host, method):
    site.request(method, "/a.bw", headers={"Host": host})
    answer = site.getresponse()
    assert answer.status == 421
    assert len(answer.read()) < 1000
    site.close()
    site.request("GET", "/a.bw", headers={"Host": f"localhost:{site.port}"})
    assert site.getresponse().status == 200


ODD = ["<script>alert(1)</script>", '"; drop', "two\nlines\ntrack evil", "<img src=x onerror=alert(1)>"]


@pytest.mark.parametrize("name", ODD)
def test_names_reach_hub_pages_and_igv_as_text(tmp_path, name):
    where = Genome(name=name, native=False, chromosomes={"chr1": 10}, sequence="hub/a.2bit", sizes="hub/a.sizes")
    own = Track(kind="extra_regions", assay=name, path="hub/extra/a.bb")
    cell = Track(kind="signal", cell=name, assay=name, path="hub/a.bw")
    run = Catalogue(genome=where, cells=[name], models=[], tracks=[cell, own], tables={}, genes="hub/genes.tsv", locus="chr1:1-2")
    text = hub_text(run, "lab@example.org", "hub")
    assert "<" not in text and ">" not in text
    assert all(line.split(" ")[0] != "track" or " " not in line.strip()[6:] for line in text.splitlines() if line.strip())
    assert "\ntrack evil" not in text
    write_pages(run, None, tmp_path / "html")
    for page in (tmp_path / "html").iterdir():
        assert not re.search(r"<(script|img)", page.read_text())
    (shown,) = {one["name"] for one in page_data(run)["tracks"] if one["kind"] == "extra_regions"}
    assert not re.search('[<>"]', shown)
    write_session(run, tmp_path / "session.xml")
    assert name.split()[0] in "".join(ElementTree.parse(tmp_path / "session.xml").find(".//Track[2]").attrib.values())


def test_a_folder_without_a_page_is_refused(tmp_path):
    result = CliRunner().invoke(view.command, [str(tmp_path), "--no-browser"])
    assert isinstance(result.exception, InputError) and "no igv/index.html" in str(result.exception)
