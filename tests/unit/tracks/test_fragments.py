"""Fragments of single cells as the ATAC track of a label: equal to counting by hand, in every way such files come."""

import gzip
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pysam
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.tracks import barcodes, check_files, macs3, samplesheet, text
from seq2exp_py.tracks.fragments import Fragments
from seq2exp_py.tracks.signal import of_row, open_replicates

SIZES = {"chr1": 5000, "chr2": 3000}
LABELS = {"AAAC-1": "CD4 T", "AAAG-1": "CD4 T", "CCCA-1": "B", "GGGT-1": "B"}  # TTTT-1 is in no table


@pytest.fixture
def lines() -> list[tuple[str, int, int, str, int]]:
    """Sorted fragments, the fifth column as the number of reads that were one fragment."""
    rng = np.random.default_rng(4)
    known = [*LABELS, "TTTT-1"]
    made = []
    for chrom, size in SIZES.items():
        for start in np.sort(rng.integers(0, size - 400, 120)).tolist():
            made.append((chrom, start, start + int(rng.integers(1, 400)), known[rng.integers(len(known))], int(rng.integers(1, 9))))
    return made


@pytest.fixture
def folder(tmp_path: Path, lines: list[tuple[str, int, int, str, int]]) -> Path:
    words = "# id=sample\n# primary_contig=chr1\n" + "".join("\t".join(map(str, line)) + "\n" for line in lines)
    (tmp_path / "fragments.tsv").write_text(words)
    with gzip.open(tmp_path / "plain.fragments.tsv.gz", "wt") as out:
        out.write(words)
    pysam.tabix_compress(str(tmp_path / "fragments.tsv"), str(tmp_path / "fragments.tsv.gz"))
    pysam.tabix_index(str(tmp_path / "fragments.tsv.gz"), preset="bed")
    (tmp_path / "labels.tsv").write_text("barcode\tlabel\n" + "".join(f"{b}\t{name}\n" for b, name in LABELS.items()))
    return tmp_path


def by_hand(lines, label: str | None, around: int) -> dict[str, np.ndarray]:
    """Both ends of every fragment of a label, one base after the other."""
    used = [line for line in lines if label is None or LABELS.get(line[3]) == label]
    found = {chrom: np.zeros(size) for chrom, size in SIZES.items()}
    for chrom, start, end, _, _ in used:
        for cut in (start, end - 1):
            for base in range(cut - around // 2, cut - around // 2 + around):
                if 0 <= base < SIZES[chrom]:
                    found[chrom][base] += 1e6 / (2 * len(used))
    return found


def row(folder: Path, words: str, columns: str = "cell,assay,path,barcodes,label") -> samplesheet.Row:
    (folder / "sheet.csv").write_text(f"{columns}\n{words}\n")
    (found,) = samplesheet.read(folder / "sheet.csv").rows()
    return found


@pytest.mark.parametrize("name", ["fragments.tsv.gz", "plain.fragments.tsv.gz", "fragments.tsv"])
@pytest.mark.parametrize("extension", [1, None, 7])
def test_the_track_of_a_label_is_both_ends_of_its_fragments_counted_by_hand(folder, lines, name, extension, monkeypatch):
    monkeypatch.setattr(text, "PIECE", 50)  # several pieces
    for cell, label, words in (("T", "CD4 T", "CD4 T"), ("B", "B", "")):
        got = row(folder, f"{cell},fragments,{name},labels.tsv,{words}")
        assert (got.assay, got.format, got.label) == ("ATAC", "fragments", label)
        with open_replicates([got], SIZES, extension) as track:
            for chrom, expected in by_hand(lines, label, 150 if extension is None else extension).items():
                np.testing.assert_allclose(track.values(chrom, 0, SIZES[chrom]), expected, rtol=1e-5, err_msg=f"{cell} {chrom}")
                np.testing.assert_allclose(track.values(chrom, 90, 110), expected[90:110], rtol=1e-5)


def test_without_labels_every_fragment_counts(folder, lines):
    got = row(folder, "all,fragments,fragments.tsv.gz,,")
    with of_row(got, 1) as track:
        np.testing.assert_allclose(track.values("chr1", 0, 5000), by_hand(lines, None, 1)["chr1"], rtol=1e-5)


def test_the_check_notes_how_many_fragments_a_label_has_and_what_chromosomes_it_lacks(folder, lines):
    got = row(folder, "B,fragments,fragments.tsv.gz,labels.tsv,")
    with kept() as notes:
        check_files.signal(got, SIZES | {"chr3": 9000})
    mine = sum(LABELS.get(line[3]) == "B" for line in lines)
    assert f"{mine} of {len(lines)} fragments have one of the 2 barcodes of B" in notes[0]
    assert "nothing on chr3" in notes[1]


def test_fragments_past_the_end_of_a_chromosome_are_of_another_assembly(folder):
    got = row(folder, "B,fragments,fragments.tsv.gz,labels.tsv,")
    with pytest.raises(InputError, match="belongs to another assembly"), kept():
        check_files.signal(got, {"chr1": 2000, "chr2": 3000})


def test_macs3_is_given_the_cuts_of_the_label(folder, lines):
    got = row(folder, "B,fragments,fragments.tsv.gz,labels.tsv,")
    with kept():
        made = macs3._as_bed(got, folder)
    found = sorted(line.split("\t")[:3] for line in made.read_text().splitlines())
    cuts = [(chrom, cut) for chrom, s, e, b, _ in lines if LABELS.get(b) == "B" for cut in (s, e - 1)]
    assert found == sorted([chrom, str(cut), str(cut + 1)] for chrom, cut in cuts)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("B,fragments,fragments.tsv.gz,labels.tsv,Bcell", "no barcode has the label 'Bcell'; its labels are B, CD4 T"),
        ("B,fragments,fragments.tsv.gz,labels.tsv::type,", "no column type; its columns are barcode, label"),
        (
            "B,fragments,fragments.tsv.gz,other.tsv,",
            "no fragment has a barcode of label 'B', like GGGT; its own are like AAAC-1",
        ),
        ("B,fragments,fragments.tsv.gz,twice.tsv,", "barcode GGGT-1 has several labels"),
        ("B,fragments,labels.tsv,labels.tsv,", "line 2, column 2 .start.: 'CD4 T' is not a whole number"),
        ("B,fragments,fragments.tsv.gz,absent.tsv,", "'absent.tsv' does not exist"),
        ("B,fragments,fragments.tsv.gz,,T", "column 'label': goes with 'barcodes'"),
        ("B,DNase,signal.bw,labels.tsv,", "column 'barcodes': is for fragments alone"),
        ("B,fragment,fragments.tsv.gz,labels.tsv,", "did you mean fragments"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(folder, words, sentence):
    (folder / "other.tsv").write_text("barcode\tlabel\nGGGT\tB\n")
    (folder / "twice.tsv").write_text("barcode\tlabel\nGGGT-1\tB\nGGGT-1\tT\n")
    (folder / "signal.bw").write_text("")
    with pytest.raises(InputError, match=sentence):
        of_row(row(folder, words))


def test_labels_come_from_a_column_of_any_table_and_from_r(folder):
    (folder / "meta.csv").write_text("barcode,n,cell_type\nAAAC-1,3,CD4 T\nCCCA-1,4,B\n")
    (folder / "r.tsv").write_text("n\ttype\nAAAC-1\t3\tB\nCCCA-1\t4\tT\n")
    assert barcodes.of_label(folder / "meta.csv::cell_type", "CD4 T") == {"AAAC-1"}
    with kept():
        assert barcodes.of_label(folder / "r.tsv::type", "T") == {"CCCA-1"}


def test_labels_of_an_h5ad_are_those_of_its_obs(folder, monkeypatch):
    (folder / "cells.h5ad").write_text("")
    obs = pd.DataFrame({"cell_type": pd.Categorical(["B", "T", "B"])}, index=["CCCA-1", "AAAC-1", "GGGT-1"])
    monkeypatch.setitem(sys.modules, "anndata", SimpleNamespace(read_h5ad=lambda path, backed: SimpleNamespace(obs=obs)))
    assert barcodes.of_label(folder / "cells.h5ad::cell_type", "B") == {"CCCA-1", "GGGT-1"}
    with pytest.raises(InputError, match="obs has no column 'label'; its columns are cell_type"):
        barcodes.of_label(folder / "cells.h5ad", "B")


def test_without_anndata_a_sentence_says_what_to_do(folder, monkeypatch):
    (folder / "none.h5ad").write_text("")
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(InputError, match="needs the package anndata, which is not installed; pip install anndata, or"):
        barcodes.of_label(folder / "none.h5ad", "B")


def test_a_file_is_looked_through_once_for_all_its_labels(folder, monkeypatch):
    passes = []
    real = text.pieces
    monkeypatch.setattr("seq2exp_py.tracks.fragments.pieces", lambda *given: passes.append(given) or real(*given))
    with kept():
        for label in ("B", "CD4 T"):
            Fragments(folder / "fragments.tsv.gz", None, folder / "labels.tsv", label)
    assert len(passes) == 1
