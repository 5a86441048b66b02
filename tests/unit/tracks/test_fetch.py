"""Downloads against a real HTTP server on the loopback that breaks connections, lies and supports byte ranges."""

import csv
import hashlib
import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from local_server import CONTENT, Server

from seq2exp_py.cli.fetch import command
from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.tracks import catalogue as cat
from seq2exp_py.tracks import download
from seq2exp_py.tracks import fetch as fetching

CATALOGUE = Path(__file__).parents[3] / "assets" / "cells.csv"


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def remote(server, *paths, **more):
    said = {
        "cell": "K562", "assay": "DNase", "accession": "X", "urls": [server.url(path) for path in paths or ("a.bigWig",)],
        "name": "a.bigWig", "assembly": "hg38", "output_type": "signal", "format": "bigwig",
    }  # fmt: skip
    return cat.Remote(**(said | more))


def table(server, path, cell="K562", unit="RNA-seq TPM", column="TPM", **more):
    return remote(
        server,
        path,
        cell=cell,
        assay="expression",
        name=path,
        output_type=unit,
        column=column,
        format="tsv",
        accession=path,
        **more,
    )


def one(wanted, cache):
    return fetching.fetch([wanted], cache, wait=0)[wanted]


def left(cache):
    return sorted(p.name for p in cache.iterdir() if not p.name.endswith(".lock"))


def test_a_file_arrives_whole_and_is_not_asked_for_again(server, tmp_path):
    wanted = remote(server, size=len(CONTENT), md5=hashlib.md5(CONTENT).hexdigest())
    for _ in range(2):
        path = one(wanted, tmp_path)
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_broken_connections_are_resumed_where_they_broke(server, tmp_path):
    server.break_after = 200_000
    wanted = remote(server, md5=hashlib.md5(CONTENT).hexdigest())
    assert one(wanted, tmp_path).read_bytes() == CONTENT
    assert server.requests == [None, "bytes=200000-", "bytes=400000-"]


def test_a_killed_download_goes_on_from_its_part(server, tmp_path):
    (tmp_path / ".a.bigWig.partial").write_bytes(CONTENT[:1234])
    assert one(remote(server), tmp_path).read_bytes() == CONTENT
    assert server.requests == ["bytes=1234-"]


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.ranges = False
    (tmp_path / ".a.bigWig.partial").write_bytes(b"other bytes")
    assert one(remote(server), tmp_path).read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_dropped(server, tmp_path):
    (tmp_path / ".a.bigWig.partial").write_bytes(CONTENT + b"more")
    assert one(remote(server), tmp_path).read_bytes() == CONTENT


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
        one(remote(server, **more), tmp_path)
    assert left(tmp_path) == []


def test_a_broken_first_address_falls_to_the_second_with_a_note(server, tmp_path):
    with kept() as notes:
        one(remote(server, "missing", "b.bigWig"), tmp_path)
    assert server.paths == ["/missing", "/b.bigWig"]
    assert len(notes) == 1 and "a.bigWig is from" in notes[0] and "Not Found" in notes[0]


def test_a_wrong_file_at_the_first_address_falls_to_the_second(server, tmp_path):
    server.files = {"/a": b"<html>moved</html>", "/b": CONTENT}
    with kept() as notes:
        one(remote(server, "a", "b"), tmp_path)
    assert left(tmp_path) == ["a.bigWig", "manifest.json"]
    assert "is no bigwig file" in notes[0]


def test_an_unreachable_unit_of_expression_falls_to_the_next_for_all_cells_and_says_so(server, tmp_path):
    quantities = b"gene_id\tlength\tTPM\nENSG1.2\t5\t1.5\n"
    server.files = {f"/{name}": quantities for name in ("one.tsv", "two.tsv")} | {"/k.csv": b"ENSID\tK_CAGE\nENSG1\t2\n"}
    cage = {"unit": "CAGE", "column": "{cell}_CAGE"}
    wanted = [
        table(server, "k.csv", "K", **cage), table(server, "one.tsv", "K"),
        table(server, "missing.csv", "G", **cage), table(server, "two.tsv", "G"),
    ]  # fmt: skip
    with kept() as notes:
        have = fetching.fetch(wanted, tmp_path, wait=0)
    assert [r.accession for r in have] == ["one.tsv", "two.tsv"]
    assert len(notes) == 1 and "expression is RNA-seq TPM, not CAGE" in notes[0]


def test_a_table_of_another_unit_is_refused(server, tmp_path):
    server.files = {"/one.tsv": b"gene_id\tlength\tFPKM\nENSG1.2\t5\t1.5\n"}
    with pytest.raises(
        InputError, match=r"no column 'TPM', so its values are not RNA-seq TPM; its columns are gene_id, length, FPKM"
    ):
        fetching.fetch([table(server, "one.tsv")], tmp_path, wait=0)


def test_two_who_want_one_file_download_it_once(server, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: one(remote(server), tmp_path), range(4)))
    assert len(set(paths)) == 1 and len(server.requests) == 1


def test_what_will_come_is_said_with_sizes_and_room_before_anything_comes(server, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(fetching.download, "download", lambda *_: pytest.fail("fetched"))
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 0, 10**5))
    with pytest.raises(InputError, match="512 kB are to come and 100 kB are free"):
        fetching.fetch([remote(server)], tmp_path)
    said = capsys.readouterr().err
    assert "512 kB  a.bigWig (K562 DNase, signal)" in said and "1 files, 512 kB; 100 kB free in" in said


def test_a_server_that_does_not_say_a_size_is_fetched_from_all_the_same(server, tmp_path, capsys):
    server.heads = False
    assert one(remote(server), tmp_path).exists()
    assert "1 files, 0 B and 1 of unknown size" in capsys.readouterr().err


def test_the_manifest_says_what_each_file_is_and_a_changed_one_is_refused(server, tmp_path):
    path = one(remote(server), tmp_path)
    entry = json.loads((tmp_path / "manifest.json").read_text())["a.bigWig"]
    assert entry["md5"] == hashlib.md5(CONTENT).hexdigest() and entry["url"] == server.url() and entry["assembly"] == "hg38"
    path.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(InputError, match=r"has the MD5 .* instead of .*manifest\.json"):
        one(remote(server), tmp_path)


def test_a_folder_carried_to_a_machine_without_network_is_a_cache_there(server, tmp_path, monkeypatch):
    catalogue = tmp_path / "cells.csv"
    rows = [
        f"*,fasta,G,{server.url('g.fa.gz')},g.fa.gz,hg38,sequence,,fasta",
        f"*,genes,G,{server.url('g.gtf.gz')},g.gtf.gz,hg38,genes,,gtf",
        f"K562,DNase,D,{server.url('d.bigWig')},d.bigWig,hg38,signal,,bigwig",
        f"K562,expression,E,{server.url('e.tsv')},e.tsv,hg38,RNA-seq TPM,TPM,tsv",
    ]  # fmt: skip
    catalogue.write_text("\n".join(["cell,assay,accession,urls,name,assembly,output_type,column,format", *rows]) + "\n")
    server.files = {"/g.fa.gz": b"fasta", "/g.gtf.gz": b"genes", "/d.bigWig": CONTENT}
    server.files["/e.tsv"] = b"gene_id\tlength\tTPM\nENSG1.2\t5\t1.5\nspike\t5\t9\n"
    words = ["--catalogue", str(catalogue), "--cells", "K562"]
    CliRunner().invoke(command, [*words, "--out", str(tmp_path / "carried")], catch_exceptions=False)
    server.shutdown()
    there = Path(shutil.copytree(tmp_path / "carried", tmp_path / "there"))
    CliRunner().invoke(command, [*words, "--cache", str(there), "--out", str(tmp_path / "run")], catch_exceptions=False)
    assert (tmp_path / "run/files/K562.RNA-seq_TPM.E.tsv").read_text() == "gene_id\tTPM\nENSG1.2\t1.5\n"
    assert json.loads((tmp_path / "run/genome.json").read_text()) == {"fasta": "genome/g.fa.gz", "genes": "genome/g.gtf.gz"}
    assert set(json.loads((tmp_path / "run/manifest.json").read_text())) == {"g.fa.gz", "g.gtf.gz", "d.bigWig", "e.tsv"}
    (there / "d.bigWig").write_bytes(CONTENT[:-1])
    result = CliRunner().invoke(command, [*words, "--cache", str(there), "--out", str(tmp_path / "run")])
    assert "bytes instead of 512,004 (manifest.json)" in str(result.exception)


def test_an_offline_machine_is_told_every_file_and_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    result = CliRunner().invoke(
        command, ["--cells", "K562", "--contacts", "hic", "--cache", str(tmp_path / "c"), "--out", str(tmp_path / "o")]
    )
    assert isinstance(result.exception, InputError)
    sentence = str(result.exception)
    for name in ("ENCFF465GBD.bigWig", "ENCFF414OGC.bigWig", "4DNFITUOMFUQ.hic", "hg38.analysisSet.fa.gz", str(tmp_path / "c")):
        assert name in sentence
    assert "GM12878_K562_18377_gene_expr_fromXpresso.csv" in sentence and "ENCFF421TJX.tsv" in sentence
    assert not (tmp_path / "o").exists()


def test_a_missing_file_is_named_with_its_address(server, tmp_path):
    with pytest.raises(InputError, match=r"a\.bigWig .*Not Found"):
        one(remote(server, "missing"), tmp_path)
    assert len(server.requests) == 1


def test_files_put_by_hand_make_a_samplesheet_without_network(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    heads = {"bigwig": CONTENT, "hic": b"HIC\0 rest", "csv": b"ENSID,K562_CAGE_128*3_sum\nENSG1,2\n"}
    for entry in cat.select(cat.read(CATALOGUE), ["K562"], "hic"):
        (cache / entry.name).write_bytes(heads.get(entry.format, b"x" * (entry.size or 3)))
    out = tmp_path / "out"
    words = ["--cells", "K562", "--contacts", "hic", "--cache", str(cache), "--out", str(out)]
    CliRunner().invoke(command, words, catch_exceptions=False)
    with (out / "samplesheet.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["assay"], row["chromosomes"]) for row in rows] == [
        ("H3K27ac", "exact"), ("DNase", "exact"), ("HiC", "match"), ("expression", "exact"),
    ]  # fmt: skip
    assert all((out / row["path"]).exists() for row in rows)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--cells", "K562"], "give --cells and --out"),
        (["--cells", "HeLa", "--out", "o"], "'HeLa' is not in the catalogue, which has K562, GM12878"),
        (["--cells", "K562,ES-E14", "--out", "o"], "these have 2: K562 on hg38, ES-E14 on mm10"),
        (["--cells", "ES-E14", "--genome", "hg38", "--out", "o"], "--genome is hg38, and the catalogue has ES-E14 on mm10"),
        (["--cells", "ES-E14", "--contacts", "average", "--out", "o"], "no average map on mm10"),
    ],
)
def test_what_cannot_be_fetched_is_said_in_a_sentence(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command, words)
    assert isinstance(result.exception, InputError) and says in str(result.exception)
