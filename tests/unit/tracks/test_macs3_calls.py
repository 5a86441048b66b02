"""Peaks called by the real MACS3 on simulated reads and signals."""

import gzip
import shutil
import sys
from pathlib import Path

import numpy as np
import pyBigWig
import pysam
import pytest
from click.testing import CliRunner

from seq2exp_py.cli.call_peaks import command
from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.store.contents import GenomeManifest, write_manifest
from seq2exp_py.tracks import check_files, macs3, peaks
from seq2exp_py.tracks.samplesheet import Row

SIZE = 300_000
SUMMITS = (60_000, 150_000, 240_000)
needs_macs3 = pytest.mark.skipif(
    not (shutil.which("macs3") or Path(sys.executable).with_name("macs3").is_file()),
    reason="macs3 is not installed (extra 'peaks')",
)


@pytest.fixture
def reads():
    """(start, strand) of 36 bp reads: 200 around each summit on a thin background."""
    random = np.random.default_rng(3)
    near = np.concatenate([s + random.integers(-80, 80, 200) for s in SUMMITS])
    starts = np.sort(np.concatenate([near, random.integers(0, SIZE - 50, 300)]))
    return [(int(start), "+-"[random.integers(2)]) for start in starts]


def sheet(folder, name, assay="DNase"):
    path = folder / "sheet.csv"
    path.write_text(f"cell,assay,path\nK562,{assay},{name}\n")
    return path


def tag_align(folder, reads):
    with gzip.open(folder / "reads.tagAlign.gz", "wt") as out:
        out.writelines(f"chrS\t{start}\t{start + 36}\tN\t1000\t{strand}\n" for start, strand in reads)
    return sheet(folder, "reads.tagAlign.gz")


def alignments(folder, reads, kind):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chrS", "LN": SIZE, "M5": "0" * 32}]}
    path = folder / f"reads.{kind}"
    mode = {"bam": "wb", "cram": "wc"}[kind]
    with pysam.AlignmentFile(str(path), mode, header=header, format_options=[b"no_ref=1"] if kind == "cram" else []) as out:
        for i, (start, strand) in enumerate(reads):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.reference_id, read.reference_start, read.mapping_quality = f"r{i}", 0, start, 40
            read.flag, read.cigarstring, read.query_sequence = (16 if strand == "-" else 0), "36M", "A" * 36
            out.write(read)
    return sheet(folder, path.name)


def bigwig(folder, reads):
    depth = np.zeros(SIZE)
    for start, _ in reads:
        depth[start : start + 36] += 0.25  # normalised coverage: one read is 0.25
    with pyBigWig.open(str(folder / "signal.bw"), "w") as out:
        out.addHeader([("chrS", SIZE)])
        edges = np.flatnonzero(np.diff(depth, prepend=-1, append=-1))
        out.addEntries(["chrS"] * (len(edges) - 1), edges[:-1].tolist(), ends=edges[1:].tolist(), values=depth[edges[:-1]].tolist())
    return sheet(folder, "signal.bw")


def call(path, out, *more):
    result = CliRunner().invoke(command, ["--input", str(path), "--cell", "K562", "--out", str(out), *more], catch_exceptions=False)
    assert result.exit_code == 0
    return peaks.read(out)


def strongest(path):
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    return sorted(sorted(rows, key=lambda row: -float(row[6]))[:3], key=lambda row: int(row[1]))


@needs_macs3
@pytest.mark.parametrize("kind", ["tagalign", "bam", "cram"])
def test_reads_give_peaks_at_the_summits(tmp_path, reads, kind):
    given = tag_align(tmp_path, reads) if kind == "tagalign" else alignments(tmp_path, reads, kind)
    found = call(given, tmp_path / "out.narrowPeak", "--genome-size", str(SIZE))
    for row, summit in zip(strongest(tmp_path / "out.narrowPeak"), SUMMITS, strict=True):
        assert int(row[1]) < summit < int(row[2])
        assert abs(int(row[1]) + int(row[9]) - summit) < 100
    assert (found["end"] - found["start"]).min() >= 100


@needs_macs3
def test_reads_in_any_format_give_the_same_peaks(tmp_path, reads):
    calls = []
    for kind in ("tagalign", "bam", "cram"):
        folder = tmp_path / kind
        folder.mkdir()
        given = tag_align(folder, reads) if kind == "tagalign" else alignments(folder, reads, kind)
        calls.append(call(given, folder / "out.narrowPeak", "--genome-size", str(SIZE)))
    assert calls[0].equals(calls[1])
    assert calls[0].equals(calls[2])


@needs_macs3
def test_signal_gives_peaks_at_the_summits(tmp_path, reads):
    found = call(bigwig(tmp_path, reads), tmp_path / "out.narrowPeak")
    for row, summit in zip(strongest(tmp_path / "out.narrowPeak"), SUMMITS, strict=True):
        assert int(row[1]) < summit < int(row[2])
    assert (found["end"] - found["start"]).sum() < 0.05 * SIZE


@needs_macs3
def test_stricter_p_value_calls_less(tmp_path, reads):
    given = tag_align(tmp_path, reads)
    lenient = call(given, tmp_path / "a.narrowPeak", "--genome-size", str(SIZE))
    strict = call(given, tmp_path / "b.narrowPeak", "--genome-size", str(SIZE), "--p-value", "1e-10")
    assert len(strict) == 3 < len(lenient)


class Flat:
    """A signal of 0.5 per read: mean pile-up 2 reads."""

    def __init__(self, values):
        self.data = np.asarray(values, np.float32)

    def values(self, chrom, start, end):
        return self.data[start:end]


def test_threshold_is_the_poisson_height_in_reads():
    signal = Flat([0.0, 0.5, 1.0, 2.5] * 100)  # mean 1.0 = 2 reads
    # P(X >= 4 | 2) = 0.143, P(X >= 5 | 2) = 0.053
    assert macs3.threshold(signal, {"c": 400}, 0.1) == 2.5
    assert macs3.threshold(signal, {"c": 400}, 0.2) == 2.0


def test_empty_signal_is_an_input_error():
    with pytest.raises(InputError, match="0 everywhere"):
        macs3.threshold(Flat([0.0] * 10), {"c": 10}, 0.1)


def test_without_macs3_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(InputError, match="pip install"):
        macs3.find()


def test_cell_without_accessibility_names_what_there_is(tmp_path, reads):
    bigwig(tmp_path, reads)
    given = sheet(tmp_path, "signal.bw", assay="H3K27ac")
    with pytest.raises(InputError, match="no DNase or ATAC track; name one of H3K27ac"):
        CliRunner().invoke(command, ["--input", str(given), "--cell", "K562", "--out", "x"], catch_exceptions=False)


@needs_macs3
def test_complaint_of_macs3_becomes_the_error():
    with pytest.raises(InputError, match=r"macs3 callpeak failed: .*required"):
        macs3.run(macs3.find(), "callpeak")


@needs_macs3
def test_no_peak_is_an_input_error_and_leaves_no_file(tmp_path):
    with gzip.open(tmp_path / "reads.tagAlign.gz", "wt") as out:
        out.write("this is\tnot\treads\n")
    with pytest.raises(InputError, match="MACS3 finds no peak"):
        CliRunner().invoke(
            command,
            ["--input", str(sheet(tmp_path, "reads.tagAlign.gz")), "--cell", "K562", "--out", str(tmp_path / "o")],
            catch_exceptions=False,
        )
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("c\t900\t1075\tp\t9\t.\t1\t2\t3\t160", "c\t900\t1000\tp\t9\t.\t1\t2\t3\t99"),
        ("c\t900\t1000\tp\t9\t.\t1\t2\t3\t50", "c\t900\t1000\tp\t9\t.\t1\t2\t3\t50"),
        ("c\t1000\t1050\tp\t9\t.\t1\t2\t3\t50", None),
        ("c\t-20\t100\tp\t9\t.\t1\t2\t3\t50", "c\t0\t100\tp\t9\t.\t1\t2\t3\t30"),
        ("other\t900\t1075\tp\t9\t.\t1\t2\t3\t160", "other\t900\t1075\tp\t9\t.\t1\t2\t3\t160"),
    ],
)
def test_called_peaks_end_where_their_chromosome_does(tmp_path, line, kept):
    (tmp_path / "called").write_text(line + "\n")
    assert macs3.write_inside(tmp_path / "called", {"c": 1000}, tmp_path / "out") == int(kept is not None)
    assert (tmp_path / "out").read_text() == ("" if kept is None else kept + "\n")


@needs_macs3
@pytest.mark.parametrize("kind", ["tagalign", "bam", "cram"])
def test_peaks_called_at_the_very_end_are_peaks_that_can_be_used(tmp_path, reads, kind):
    reads = sorted([*reads, *((SIZE - 40, strand) for strand in "+-" * 100)])
    given = tag_align(tmp_path, reads) if kind == "tagalign" else alignments(tmp_path, reads, kind)
    write_manifest(tmp_path, GenomeManifest(name="g", chromosomes={"chrS": SIZE}, window=2, min_sequence=0, splits=""))
    genome = ["--genome", str(tmp_path)] if kind == "tagalign" else ["--genome-size", str(SIZE)]
    found = call(given, tmp_path / "out.narrowPeak", *genome)
    assert found["end"].max() <= SIZE
    assert kind == "bam" or found["end"].max() == SIZE  # of a BAM, MACS3 knows the sizes, and calls nothing there
    with kept() as notes:
        check_files.peak(Row(cell="K562", assay="peaks", path=tmp_path / "out.narrowPeak", format="narrowpeak"), {"chrS": SIZE})
    assert notes == []


@pytest.mark.parametrize("kind", ["bam", "cram"])
def test_reads_that_turn_out_damaged_on_their_way_to_bed_are_refused_in_a_sentence(kind, reads, tmp_path):
    alignments(tmp_path, reads, kind)
    path = tmp_path / f"reads.{kind}"
    row = Row(cell="K562", assay="DNase", path=path, format=kind)
    assert len(macs3._as_bed(row, tmp_path).read_text().splitlines()) == len(reads)
    sound = path.read_bytes()
    for spoiled in (sound[: len(sound) // 2], sound[: len(sound) // 2] + bytes(60) + sound[len(sound) // 2 + 60 :]):
        path.write_bytes(spoiled)
        with pytest.raises(InputError, match=r"reads\.\w+: is truncated or damaged \(.+\); copy it again"):
            macs3._as_bed(row, tmp_path)
