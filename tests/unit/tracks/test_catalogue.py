"""The catalogue itself: what each row must say, and every row walked through fetch, check and evidence against a local server."""

import csv
import gzip
import shutil
import threading
from pathlib import Path

import hictkpy
import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest
from click.testing import CliRunner
from local_server import CONTENT, Server

from seq2exp_py.cli.cells import command as cells_command
from seq2exp_py.cli.fetch import command
from seq2exp_py.errors import InputError
from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.inference.predict import predict
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.tracks import average, check
from seq2exp_py.tracks import catalogue as cat
from seq2exp_py.tracks.options import CellOptions, CheckOptions
from seq2exp_py.tracks.verify import verify
from seq2exp_py.training import Clock, Request, train

ASSETS = Path(__file__).parents[3] / "assets"
CATALOGUE = ASSETS / "cells.csv"
ENTRIES = cat.read(CATALOGUE)
SPLITS = "train=chr1:0-150000;valid=chr1:150000-300000;test=chr2"
PAPER = "ENSID,K562_CAGE_128*3_sum,GM12878_CAGE_128*3_sum\n"


def test_a_file_of_a_cell_has_one_kind_of_values_per_assay():
    kinds = {(r.assay, r.output_type) for r in ENTRIES if r.cell != cat.GENOME and r.assay != "expression"}
    assert kinds == {("H3K27ac", "signal p-value"), ("DNase", "read-depth normalized signal"), ("HiC", "contact matrix")}


def test_at_least_thirty_human_cells_have_both_tracks_from_two_public_sources_each():
    proven = [
        cell for cell in cat.cells(ENTRIES)
        if all(any(r.cell == cell and r.assay == a and len(r.sources) > 1 for r in ENTRIES) for a in ("H3K27ac", "DNase"))
    ]  # fmt: skip
    assert len([cell for cell in proven if cat.assembly_of(ENTRIES, [cell]) == "hg38"]) >= 30


def test_every_assembly_has_its_sequence_genes_and_excluded_regions():
    assert {r.assembly for r in ENTRIES} == {"hg38", "mm10"}
    for assembly in ("hg38", "mm10"):
        assert {"fasta", "genes", "blacklist"} <= {r.assay for r in ENTRIES if r.cell == cat.GENOME and r.assembly == assembly}
    assert len({r.cell for r in ENTRIES if r.assembly == "mm10"} - {cat.GENOME}) >= 2


def test_every_source_is_described_and_every_description_used():
    with (ASSETS / "cells_sources.csv").open() as handle:
        described = {row["key"] for row in csv.DictReader(handle)}
    assert {key for r in ENTRIES for key in r.sources} == described - {"abc"} | {"abc"}
    assert all(r.sources for r in ENTRIES)


def test_names_in_the_cache_are_those_of_one_file_each():
    by_name = {r.name: {x.urls for x in ENTRIES if x.name == r.name} for r in ENTRIES}
    assert all(len(urls) == 1 for urls in by_name.values())


def test_a_bad_line_of_the_catalogue_is_named(tmp_path):
    path = tmp_path / "cells.csv"
    lines = CATALOGUE.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("https://", "nowhere:")]))
    with pytest.raises(InputError, match=r"cells.csv, line 2: column 'urls"):
        cat.read(path)


def test_cells_of_one_run_have_one_unit_of_expression():
    assert cat.labels(cat.select(ENTRIES, ["K562", "GM12878"])) == ["CAGE at TSS +-192 bp", "RNA-seq TPM"]
    assert cat.labels(cat.select(ENTRIES, ["K562", "HepG2", "A549"])) == ["RNA-seq TPM"]
    assert cat.labels(cat.select(ENTRIES, ["A549"])) == []
    mixed = [r for r in ENTRIES if (r.cell, r.output_type) in (("K562", "CAGE at TSS +-192 bp"), ("HepG2", "RNA-seq TPM"))]
    with pytest.raises(InputError, match="no unit of expression is common"):
        cat.labels(mixed)


def test_contact_maps_come_only_when_asked_for():
    assays = {mode: {r.assay for r in cat.select(ENTRIES, ["K562"], mode)} for mode in ("powerlaw", "average", "hic")}
    assert not {"HiC", "average"} & assays["powerlaw"]
    assert "average" in assays["average"] and "HiC" not in assays["average"]
    assert "HiC" in assays["hic"] and "average" not in assays["hic"]


def test_cells_are_listed_with_what_each_has():
    said = CliRunner().invoke(cells_command, [], catch_exceptions=False).output
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert set(cat.cells(ENTRIES)) <= set(lines)
    assert "RNA-seq TPM" in lines["K562"] and "none" in lines["A549"] and "mm10" in lines["ES-E14"]
    assert "H3K27ac*" in lines["HUVEC"]
    one = CliRunner().invoke(cells_command, ["HepG2"], catch_exceptions=False).output
    assert "ENCFF493VUL" in one and "ENCSR000AMO" in one and "igv epidenoise" in one


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Column(np.ndarray):
    """What hictkpy 1.3 reads of a data frame's column; those of pandas 3 it cannot cast."""

    def to_numpy(self, *_, **__):
        return np.asarray(self)


class Frame(dict):
    @property
    def columns(self):
        return pd.Index(list(self))


def write_hic(path, sizes):
    """A .hic whose chromosomes are named 1, 2, as those of 4DN are."""
    writer = hictkpy.hic.FileWriter(path, {name.removeprefix("chr"): size for name, size in sizes.items()}, 5000)
    first, second = np.triu_indices(sum(-(-size // 5000) for size in sizes.values()))
    pixels = {"bin1_id": first, "bin2_id": second, "count": np.full(len(first), 3.0)}
    writer.add_pixels(Frame({name: values.view(Column) for name, values in pixels.items()}))
    writer.finalize()


def served(world, tmp_path):
    """Small files of the right formats, by the format and assay that a row of the catalogue has."""
    sizes = {"chr1": 300_000, "chr2": 200_000}
    write_hic(tmp_path / "small.hic", sizes)
    genes = [line.split("\t")[3] for line in (world / "genes.bed").read_text().splitlines()]
    gtf = "".join(
        f'{c}\tx\tgene\t{int(s) + 1}\t{e}\t.\t{strand}\t.\tgene_id "{g}.1"; gene_name "{g}"; gene_type "protein_coding";\n'
        for c, s, e, g, _, strand in (line.split("\t") for line in (world / "genes.bed").read_text().splitlines())
    )
    quantities = "gene_id\ttranscript_id(s)\tlength\texpected_count\tTPM\tFPKM\n"
    quantities += (
        "".join(f"{g}.7\tx\t100\t9\t{i}.5\t2\n" for i, g in enumerate(genes)) + "gSpikein\tx\t5\t5\t5\t5\n10904\t-\t5\t5\t5\t5\n"
    )
    return {
        "fasta": gzip.compress((world / "genome.fa").read_bytes()),
        "gtf": gzip.compress(gtf.encode()),
        "bed": gzip.compress((world / "blacklist.bed").read_bytes()),
        "bigwig": (world / "dnase.bw").read_bytes(),
        "hic": (tmp_path / "small.hic").read_bytes(),
        "csv": (PAPER + "".join(f"{g},1.5,2.5\n" for g in genes)).encode(),
        "tsv": quantities.encode(),
    }


def local(server, path, bodies):
    """The catalogue with the local server's addresses under the rows' own paths, without sizes of files that are not these."""
    server.files = {url.path: bodies[r.format] for r in ENTRIES for url in r.urls if r.format in bodies}
    with CATALOGUE.open() as handle:
        rows = list(csv.DictReader(handle))
    for row, entry in zip(rows, ENTRIES, strict=True):
        row |= {"urls": " ".join(server.url(str(url.path).lstrip("/")) for url in entry.urls), "size": "", "md5": ""}
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def checked(out):
    folder = out / "genome"
    plain = folder / "genome.fa"
    plain.write_bytes(gzip.decompress(next(folder.glob("*.fa.gz")).read_bytes()))
    pysam.faidx(str(plain))
    request = CheckOptions(
        samplesheet=out / "samplesheet.csv",
        fasta=plain,
        genes=next(folder.glob("*.gtf.gz")),
        blacklist=next(folder.glob("*.bed.gz")),
        splits=SPLITS,
        window=20_000,
    )
    return check.check(request)


@pytest.fixture
def walk(tmp_path):
    """Fetch some cells from a catalogue, check them, and return their samplesheet and the notes."""

    def run(catalogue, *cells, contacts="hic"):
        out = tmp_path / "out"
        words = ["--catalogue", str(catalogue), "--cells", ",".join(cells), "--contacts", contacts]
        CliRunner().invoke(command, [*words, "--cache", str(tmp_path / "c"), "--out", str(out)], catch_exceptions=False)
        return checked(out)

    return run


def masked(out, cells, tmp_path):
    """Stores of fetched cells, masks by the evidence and what they predict, by cell."""
    genome = tmp_path / "genome"
    given = {"fasta": out / "genome" / "genome.fa", "genes": next((out / "genome").glob("*.gtf.gz"))}
    build_genome(GenomeOptions(**given, splits=SPLITS, window=20_000), genome)
    found = {}
    for cell in cells:
        store, folder = tmp_path / cell, tmp_path / f"{cell}.evidence"
        build_cell(CellOptions(genome=genome, samplesheet=out / "samplesheet.csv", cell=cell), store)
        fields = {"window": 4096, "centre": 512}
        request = Request(genome, (store,), "evidence", folder, tmp_path / f"{cell}.state", "tiny", fields=fields, device="cpu")
        train(request, Clock())
        predict(genome, store, folder, tmp_path / f"{cell}.predicted", (), "cpu", 16)
        found[cell] = pd.read_parquet(tmp_path / f"{cell}.predicted" / "expression.parquet")
    shutil.rmtree(genome)
    return found


def test_every_row_goes_through_fetch_check_and_evidence(server, world, tmp_path, walk):
    catalogue = local(server, tmp_path / "cells.csv", served(world, tmp_path))
    human = [cell for cell in cat.cells(ENTRIES) if cat.assembly_of(ENTRIES, [cell]) == "hg38"]
    mouse = [cell for cell in cat.cells(ENTRIES) if cell not in human]
    having = {r.cell for r in ENTRIES if r.assay == "expression"}
    walked, predicted = set(), {}
    for cells in (human, mouse):
        sheet, notes = walk(catalogue, *cells)
        walked |= {(row.cell, row.assay) for row in sheet.all_rows}
        predicted |= masked(tmp_path / "out", cells, tmp_path)
        for cell in cells:
            assert any(f"cell {cell} has no row" in note and "nothing is trained" in note for note in notes) == (cell not in having)
    sheet, _ = walk(catalogue, "K562", "GM12878")  # these by themselves have the paper's table
    walked |= {(row.cell, row.assay) for row in sheet.all_rows}
    assert walked == {(r.cell, r.assay) for r in ENTRIES if r.cell != cat.GENOME}
    assert {r.name for r in ENTRIES if r.assay != "average"} <= {p.name for p in (tmp_path / "c").iterdir()}
    for cell, found in predicted.items():
        assert len(found) and found["mask_ratio"].between(0, 1).all() and found["mask_ratio"].max() > 0
        assert found["predicted"].isna().all() == (cell not in having)  # without expression none is made up


def test_where_the_papers_table_is_gone_the_quantifications_take_its_place_by_name(server, world, tmp_path, walk):
    catalogue = local(server, tmp_path / "cells.csv", served(world, tmp_path))
    server.files = {path: body for path, body in server.files.items() if not path.endswith("fromXpresso.csv")}
    sheet, _ = walk(catalogue, "K562", "GM12878")
    assert [row.path.name for row in sheet.rows(assay="expression")] == [
        "K562.RNA-seq_TPM.ENCFF421TJX.tsv", "GM12878.RNA-seq_TPM.ENCFF873VWU.tsv",
    ]  # fmt: skip
    assert "expression is RNA-seq TPM, not CAGE" in (tmp_path / "out/notes.txt").read_text()


def test_a_file_of_another_assembly_is_refused(server, world, tmp_path, walk):
    bodies = served(world, tmp_path)
    with pyBigWig.open(str(tmp_path / "other.bw"), "w") as other:
        other.addHeader([("chr1", 299_000), ("chr2", 200_000)])
        other.addEntries(["chr1"], [500], ends=[700], values=[1.0])
    catalogue = local(server, tmp_path / "cells.csv", bodies | {"bigwig": (tmp_path / "other.bw").read_bytes()})
    with pytest.raises(InputError, match="belongs to another assembly"):
        walk(catalogue, "HepG2", contacts="powerlaw")


def test_the_average_map_is_thinned_to_the_pairs_in_reach_and_serves_every_cell(server, world, tmp_path, walk):
    lines = "#chr\tx1\tx2\thic_contact\n" + "".join(
        f"chr1\t{a}\t{b}\t{1 / (1 + (b - a) / 5000):.3f}\n" for a in range(0, 300_000, 5000) for b in range(a, 300_000, 5000)
    )
    far = "chr2\t0\t195000\t0.5\nchrUn\t0\t0\t9\n"
    bodies = served(world, tmp_path) | {"average": gzip.compress((lines + far).encode())}
    catalogue = local(server, tmp_path / "cells.csv", bodies)
    sheet, _ = walk(catalogue, "HepG2", "A549", contacts="average")
    maps = sheet.rows(assay="HiC")
    assert [(row.cell, row.path.name) for row in maps] == [(cell, "ENCFF134PUN.near.cool") for cell in ("HepG2", "A549")]
    found = hictkpy.File(str(maps[0].path))
    assert found.fetch("chr1:0-10000", count_type="float").to_numpy()[0].tolist() == pytest.approx([1, 0.5])
    with pytest.raises(InputError, match="has no contact within 500,000 bp"):
        average.thin(tmp_path / "c" / "ENCFF134PUN.bed.gz", {"chr9": 100_000}, tmp_path / "none.cool")


def entry(server, path, **more):
    said = {
        "cell": "K562", "assay": "DNase", "accession": path, "urls": server.url(path), "name": f"{path}.bigWig", "assembly": "hg38",
        "output_type": "signal", "format": "bigwig",
    }  # fmt: skip
    return cat.Remote(**(said | more))


def test_verify_says_what_is_gone_or_changed(server):
    server.files = {"/good": CONTENT, "/smaller": CONTENT[:-5], "/page": b"<html>log in</html>"}
    rows = [
        entry(server, "good", size=len(CONTENT)),
        entry(server, "smaller", size=len(CONTENT)),
        entry(server, "page"),
        entry(server, "no"),
    ]
    rows.append(cat.Remote(**(rows[0].model_dump() | {"urls": "http://127.0.0.1:9/x"})))
    assert [v.status for v in verify(rows)] == ["ok", "changed", "changed", "gone", "unreachable"]
    assert set(server.requests) == {"bytes=0-1023"}


@pytest.mark.parametrize("off", ["heads", "ranges"])
def test_verify_works_with_servers_that_have_no_head_or_no_ranges(server, off):
    setattr(server, off, False)
    assert [v.status for v in verify([entry(server, "good", size=len(CONTENT))])] == ["ok"]


def test_verify_of_the_command_ends_with_1_where_an_address_is_gone(server, world, tmp_path):
    catalogue = local(server, tmp_path / "cells.csv", served(world, tmp_path) | {"average": gzip.compress(b"#")})
    words = ["--verify", "--catalogue", str(catalogue)]
    assert CliRunner().invoke(command, words, catch_exceptions=False).exit_code == 0
    server.files = {path: body for path, body in server.files.items() if "ENCFF465GBD" not in path}
    result = CliRunner().invoke(command, [*words, "--cells", "K562"], catch_exceptions=False)
    assert result.exit_code == 1 and "gone\tK562\tH3K27ac\tENCFF465GBD\tNot Found" in result.output
    assert "HepG2" not in result.output
