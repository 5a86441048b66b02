import math

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import mrna
from seq2exp_py.genome.annotation import read_rows
from seq2exp_py.genome.fasta import Fasta

RAW = ["utr5_length", "cds_length", "intron_length", "utr3_length"]


def rows(tmp_path, lines):
    """Each line: feature, 0-based start, end, strand, gene, transcript."""
    path = tmp_path / "g.gtf"
    with path.open("w") as out:
        for feature, start, end, strand, gene, transcript in lines:
            tail = f' transcript_id "{transcript}";' if transcript else ""
            out.write(f'chr1\tx\t{feature}\t{start + 1}\t{end}\t.\t{strand}\t.\tgene_id "{gene}";{tail}\n')
    return read_rows(path)


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">chr1\n" + "A" * 10 + "G" * 10 + "C" * 5 + "T" * 5 + "N" * 20 + "G" * 5 + "A" * 45 + "\n")
    with Fasta(path) as opened:
        yield opened


def measure(rows, fasta, monkeypatch):
    """Features with lengths in bp, not standardised."""
    monkeypatch.setattr(mrna, "standardise", lambda frame: frame)
    return mrna.from_annotation(rows, fasta)


@pytest.mark.parametrize(("strand", "utr5", "utr3", "gc5", "gc3"), [("+", 5, 13, 0.0, 0.625), ("-", 13, 5, 0.625, 0.0)])
def test_one_transcript_by_hand(tmp_path, fasta, monkeypatch, strand, utr5, utr3, gc5, gc3):
    lines = [("exon", 5, 15, strand, "G", "T"), ("exon", 20, 30, strand, "G", "T"), ("exon", 45, 58, strand, "G", "T")]
    coding = [("CDS", 10, 15, strand, "G", "T"), ("CDS", 20, 27, strand, "G", "T"), ("stop_codon", 27, 30, strand, "G", "T")]
    found = measure(rows(tmp_path, lines + coding), fasta, monkeypatch).loc["G"]
    assert found[RAW].tolist() == [utr5, 15, 20, utr3]
    assert found.utr5_gc == gc5 and np.isclose(found.cds_gc, 10 / 15)
    assert found.exon_density == round(1000 * 2 / 15, 2) == 133.33
    assert found.utr3_gc == gc3  # 8 of the 13 bases in the right-hand UTR are known, 5 of them G


def test_gc_counts_known_bases_and_is_missing_where_most_are_not(tmp_path, fasta, monkeypatch):
    lines = [
        ("exon", 0, 60, "+", "G", "T"),
        ("CDS", 26, 48, "+", "G", "T"),
        ("exon", 0, 40, "+", "H", "U"),
        ("CDS", 20, 40, "+", "H", "U"),
    ]
    found = measure(rows(tmp_path, lines), fasta, monkeypatch)
    assert math.isnan(found.cds_gc["G"])  # 4 of 22 bases known
    assert found.cds_gc["H"] == 0.5  # 10 of 20 known, 5 of them C
    assert np.isclose(found.utr3_gc["G"], 5 / 10)


def test_the_transcript_with_the_longest_cds_stands_for_the_gene(tmp_path, fasta, monkeypatch):
    lines = [
        ("exon", 0, 60, "+", "G", "T1"), ("CDS", 0, 9, "+", "G", "T1"),
        ("exon", 0, 30, "+", "G", "T2"), ("CDS", 3, 15, "+", "G", "T2"),
        ("exon", 0, 20, "+", "G", "T3"), ("CDS", 5, 17, "+", "G", "T3"),
        ("exon", 0, 90, "+", "G", "T4"),
    ]  # fmt: skip
    found = measure(rows(tmp_path, lines), fasta, monkeypatch).loc["G"]
    assert found[RAW].tolist() == [3, 12, 0, 15]


def test_without_transcripts_the_union_of_exons_and_cds_counts(tmp_path, fasta, monkeypatch):
    lines = [
        ("gene", 0, 60, "+", "G", ""),
        ("exon", 5, 20, "+", "G", ""),
        ("exon", 10, 30, "+", "G", ""),
        ("exon", 50, 60, "+", "G", ""),
    ]
    coding = [("CDS", 15, 25, "+", "G", ""), ("CDS", 20, 28, "+", "G", "")]
    found = measure(rows(tmp_path, lines + coding), fasta, monkeypatch).loc["G"]
    assert found[RAW].tolist() == [10, 13, 20, 12]
    assert found.exon_density == round(1000 / 13, 2)


def test_genes_without_cds_have_no_features(tmp_path, fasta):
    assert mrna.from_annotation(rows(tmp_path, [("exon", 0, 9, "+", "G", "T")]), fasta).empty


def test_lengths_are_standardised_logarithms():
    frame = pd.DataFrame({n: [0.0, 9.9, 99.9] for n in RAW} | {n: 0.5 for n in mrna.FEATURES[4:]}, index=["a", "b", "c"])
    found = mrna.standardise(frame)
    assert np.allclose(found.utr5_length, [-1.0911, 0.2182, 0.8729], atol=1e-4)  # log10: -1, 1, 2; mean 2/3, sd 1.5275
    assert (found.utr5_gc == 0.5).all()


def published(path, extra=""):
    names = "UTR5LEN_log10zscore,CDSLEN_log10zscore,INTRONLEN_log10zscore,UTR3LEN_log10zscore,UTR5GC,CDSGC,UTR3GC,ORFEXONDENSITY"
    path.write_text(f"ENSID,{names},ORFEXONDENSITY_log10zscore\nENSG1,0.1,0.2,-0.3,0.4,0.6,0.5,0.4,7.25,9\n{extra}")
    return path


def test_the_published_table_is_taken_as_it_is(tmp_path):
    found = mrna.from_table(published(tmp_path / "x.csv"))
    assert found.loc["ENSG1", list(mrna.FEATURES)].tolist() == [0.1, 0.2, -0.3, 0.4, 0.6, 0.5, 0.4, 7.25]


def test_lengths_in_bp_are_standardised_here(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text(
        "gene_id\tUTR5LEN\tCDSLEN\tINTRONLEN\tUTR3LEN\tUTR5GC\tCDSGC\tUTR3GC\tORFEXONDENSITY\n"
        "A\t0\t9.9\t9.9\t1\t\t0.5\tNA\t3\nB\t9.9\t99.9\t9.9\t2\t0.3\t0.5\t0.4\t3\n"
    )
    found = mrna.from_table(path)
    assert np.allclose(found.utr5_length, [-0.7071, 0.7071], atol=1e-4)
    assert np.isnan(found.utr5_gc["A"])


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("ENSG1,0,0,0,0,0,0,0,0,0\n", "line 3: gene ENSG1 occurs a second time"),
        ("ENSG2,0,0,0,0,0,x,0,0,0\n", "line 3: CDSGC is 'x'"),
    ],
)
def test_a_bad_feature_table_names_its_line(tmp_path, extra, words):
    with pytest.raises(InputError, match=words):
        mrna.from_table(published(tmp_path / "x.csv", extra))


def test_a_feature_table_needs_every_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("ENSID,UTR5LEN\nA,3\n")
    with pytest.raises(InputError, match="no column cds_length or CDSLEN_log10zscore or CDSLEN; its columns are ENSID, UTR5LEN"):
        mrna.from_table(path)


def test_gaps_are_the_mean_of_the_known():
    frame = pd.DataFrame({n: [1.0, 3.0] for n in mrna.FEATURES}, index=["a", "b"])
    frame.loc["b", "utr3_gc"] = np.nan
    found = mrna.fill(frame, ["b", "x", "a"])
    assert found.cds_length.tolist() == [3.0, 0.0, 1.0]
    assert found.cds_gc.tolist() == [3.0, 2.0, 1.0]
    assert found.utr3_gc.tolist() == [1.0, 1.0, 1.0]
    assert (mrna.fill(frame.iloc[:0], ["x"]) == 0).all(axis=None)
