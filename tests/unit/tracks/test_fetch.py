"""Downloads against a real HTTP server on the loopback that breaks connections, lies and supports byte ranges."""

import csv
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from seq2exp_py.cli.fetch import command
from seq2exp_py.errors import InputError
from seq2exp_py.tracks import catalogue as cat
from seq2exp_py.tracks import fetch as fetching

CONTENT = b"\x26\xfc\x8f\x88" + bytes(range(256)) * 2000
CATALOGUE = Path(__file__).parents[3] / "assets" / "cells.csv"


class Server(ThreadingHTTPServer):
    """Serves CONTENT at any path; `break_after` bytes end the first answers, `ranges` may be off, `body` may be another file."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.ranges, self.break_after, self.requests = CONTENT, True, None, []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.requests.append(wanted)
        if "missing" in self.path:
            self.send_error(404)
            return
        start = int(wanted.split("=")[1].rstrip("-")) if wanted and server.ranges else 0
        if start > len(server.body):
            self.send_error(416)
            return
        body = server.body[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: server.break_after])
        if server.break_after is not None and server.break_after < len(body):
            self.close_connection = True


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def remote(server, path="a.bigWig", **more):
    return cat.Remote(
        cell="K562", assay="DNase", accession="X", url=f"http://127.0.0.1:{server.server_port}/{path}", name="a.bigWig",
        assembly="hg38", output_type="signal", format="bigwig", **more,
    )  # fmt: skip


def test_a_file_arrives_whole_and_is_not_asked_for_again(server, tmp_path):
    wanted = remote(server, size=len(CONTENT), md5=hashlib.md5(CONTENT).hexdigest())
    for _ in range(2):
        path = fetching.fetch([wanted], tmp_path)[wanted]
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_broken_connections_are_resumed_where_they_broke(server, tmp_path):
    server.break_after = 200_000
    wanted = remote(server, md5=hashlib.md5(CONTENT).hexdigest())
    path = fetching.fetch([wanted], tmp_path, wait=0)[wanted]
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=200000-", "bytes=400000-"]


def test_a_killed_download_goes_on_from_its_part(server, tmp_path):
    (tmp_path / ".a.bigWig.partial").write_bytes(CONTENT[:1234])
    wanted = remote(server)
    assert fetching.fetch([wanted], tmp_path)[wanted].read_bytes() == CONTENT
    assert server.requests == ["bytes=1234-"]


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.ranges = False
    (tmp_path / ".a.bigWig.partial").write_bytes(b"other bytes")
    wanted = remote(server)
    assert fetching.fetch([wanted], tmp_path)[wanted].read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_dropped(server, tmp_path):
    (tmp_path / ".a.bigWig.partial").write_bytes(CONTENT + b"more")
    wanted = remote(server)
    assert fetching.fetch([wanted], tmp_path, wait=0)[wanted].read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("more", "body", "says"),
    [
        ({"md5": "0" * 32}, CONTENT, "MD5"),
        ({"size": 7}, CONTENT, "bytes instead of 7"),
        ({}, b"<!DOCTYPE html> please log in", "is no bigwig file"),
    ],
)
def test_a_wrong_file_is_refused_and_not_kept(server, tmp_path, more, body, says):
    server.body = body
    with pytest.raises(InputError, match=says):
        fetching.fetch([remote(server, **more)], tmp_path, wait=0)
    assert not [p for p in tmp_path.iterdir() if not p.name.endswith(".lock")]


def test_an_offline_machine_is_told_every_file_and_where_to_put_it(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "ATTEMPTS", 1)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    result = CliRunner().invoke(
        command, ["--catalogue", str(CATALOGUE), "--cells", "K562", "--cache", str(tmp_path / "c"), "--out", str(tmp_path / "o")]
    )
    assert isinstance(result.exception, InputError)
    sentence = str(result.exception)
    for name in ("ENCFF465GBD.bigWig", "ENCFF414OGC.bigWig", "4DNFITUOMFUQ.hic", "hg38.analysisSet.fa.gz", str(tmp_path / "c")):
        assert name in sentence
    assert not (tmp_path / "o").exists()


def test_a_missing_file_is_named_with_its_address(server, tmp_path):
    with pytest.raises(InputError, match=r"a\.bigWig .*Not Found"):
        fetching.fetch([remote(server, "missing")], tmp_path)
    assert len(server.requests) == 1


def test_files_put_by_hand_make_a_samplesheet_without_network(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    heads = {"bigwig": CONTENT, "hic": b"HIC\0 rest"}
    for entry in cat.select(cat.read(CATALOGUE), ["K562"]):
        (cache / entry.name).write_bytes(heads.get(entry.format, b"x" * (entry.size or 3)))
    out = tmp_path / "out"
    CliRunner().invoke(
        command,
        ["--catalogue", str(CATALOGUE), "--cells", "K562", "--cache", str(cache), "--out", str(out)],
        catch_exceptions=False,
    )
    with (out / "samplesheet.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert [row["assay"] for row in rows] == ["H3K27ac", "DNase", "HiC", "expression"]
    assert all((out / row["path"]).exists() for row in rows)


def test_an_unknown_cell_is_named_beside_the_known_ones():
    with pytest.raises(InputError, match="'HeLa' is not in the catalogue, which has GM12878, H1, K562"):
        cat.select(cat.read(CATALOGUE), ["HeLa"])


def test_a_bad_line_of_the_catalogue_is_named(tmp_path):
    path = tmp_path / "cells.csv"
    lines = CATALOGUE.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("https://", "nowhere:")]))
    with pytest.raises(InputError, match=r"cells.csv, line 2: column 'url'"):
        cat.read(path)
