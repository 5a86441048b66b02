import gzip
import os
from pathlib import Path

import numpy as np
import pyfaidx
import pysam
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import fasta
from seq2exp_py.genome.fasta import BASES, Fasta


def write(path, text):
    path.write_text(text)
    return path


def letters(codes):
    return "".join(BASES[c] for c in codes)


def random_fasta(path, sizes, width=61, seed=0):
    draw = np.random.default_rng(seed)
    with path.open("w") as out:
        for name, size in sizes.items():
            text = "".join(draw.choice(list("ACGTacgtNn"), size))
            out.write(f">{name} some words\n" + "\n".join(text[i : i + width] for i in range(0, size, width)) + "\n")
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_codes_equal_pyfaidx(tmp_path, compressed):
    plain = random_fasta(tmp_path / "g.fa", {"chr1": 5003, "chr2": 61, "chr3": 1})
    path = plain
    if compressed:
        path = tmp_path / "g.fa.gz"
        pysam.tabix_compress(str(plain), str(path))
    with Fasta(path) as ours, pyfaidx.Fasta(str(plain), sequence_always_upper=True, indexname=str(tmp_path / "x.fai")) as theirs:
        assert ours.sizes == {"chr1": 5003, "chr2": 61, "chr3": 1}
        for chrom, start, end in [
            ("chr1", 0, 5003),
            ("chr1", 60, 62),
            ("chr1", 5002, 5003),
            ("chr2", 0, 61),
            ("chr3", 0, 1),
            ("chr1", 9, 9),
        ]:
            assert letters(ours.codes(chrom, start, end)) == str(theirs[chrom][start:end])


def test_lower_case_is_upper_and_iupac_is_n(tmp_path):
    with Fasta(write(tmp_path / "g.fa", ">a\nacgtnACGTN\nRYKMSWBDHV\nu-*\n")) as f:
        assert letters(f.codes("a", 0, 23)) == "ACGTNACGTN" + "N" * 13
        assert f.codes("a", 0, 23).dtype == np.uint8


def test_positions_off_the_chromosome_are_refused(tmp_path):
    with Fasta(write(tmp_path / "g.fa", ">a\nACGT\n")) as f:
        for start, end in [(-1, 2), (0, 5), (3, 2)]:
            with pytest.raises(ValueError, match="not on the chromosome"):
                f.codes("a", start, end)


def test_nothing_is_written_beside_the_file(tmp_path):
    path = write(tmp_path / "g.fa", ">a\nACGT\n")
    with Fasta(path) as f:
        scratch = f._scratch.name
        f.codes("a", 0, 4)
    assert [p.name for p in tmp_path.iterdir()] == ["g.fa"]
    assert not Path(scratch).exists()


def test_an_index_older_than_the_file_is_not_believed(tmp_path):
    path = write(tmp_path / "g.fa", ">a\nACGT\n")
    pysam.faidx(str(path))
    with Fasta(path) as f:
        assert f._scratch is None
    write(path, ">a\nACGTAC\n")
    os.utime(path.with_name("g.fa.fai"), (1, 1))
    with Fasta(path) as f:
        assert f.sizes == {"a": 6}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("ACGT\n", "starts with 'A'"),
        (">a\nACGT\n>b\nA\n>a\nAC\n", "the sequence name a occurs twice"),
        (">a\nACGT\nAC\nACGTA\n", "in lines of one length but for its last"),
        (">a\n", "every sequence needs bases"),
    ],
)
def test_bad_files_get_a_sentence(tmp_path, text, words, capfd):
    path = write(tmp_path / "g.fa", text)
    with pytest.raises(InputError, match=words) as error:
        Fasta(path)
    assert str(path) in str(error.value)


def test_missing_file_gets_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Fasta(tmp_path / "absent.fa")


def test_plain_gzip_is_unpacked_out_of_sight(tmp_path):
    path = tmp_path / "g.fa.gz"
    with gzip.open(path, "wt") as out:
        out.write(">a\nACG\nT\n>b\nnacg\n")
    with Fasta(path) as opened:
        assert opened.sizes == {"a": 4, "b": 4}
        assert opened.codes("b", 0, 3).tolist() == [4, 0, 1]
        scratch = Path(opened._scratch.name)
    assert not scratch.exists()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("packed", "sentence"),
    [
        (gzip.compress(b">a\n" + b"ACGT" * 1000)[:40], "g.fa.gz: cannot be unpacked"),
        (gzip.compress(b"<html>"), "g.fa.gz: starts with '<', not with '>'"),
        (gzip.compress(b">a\nA\n>a\nC\n"), "g.fa.gz: the sequence name a occurs twice"),
    ],
)
def test_what_is_wrong_inside_a_gzip_file_is_said_of_the_users_file(tmp_path, packed, sentence):
    (tmp_path / "g.fa.gz").write_bytes(packed)
    with pytest.raises(InputError, match=sentence):
        Fasta(tmp_path / "g.fa.gz")


@pytest.mark.parametrize("block", [1, 2, 3, 5, 7, 1000])
def test_a_repeated_name_is_found_wherever_the_scan_is_cut(tmp_path, monkeypatch, block):
    monkeypatch.setattr(fasta, "BLOCK", block)
    fasta._check_names(write(tmp_path / "ok.fa", ">chr1 x\nAC\n>chr10 y\nG\n>chr11\nT\n"))
    with pytest.raises(InputError, match="chr10 occurs twice"):
        fasta._check_names(write(tmp_path / "twice.fa", ">chr1 x\nAC\n>chr10 y\nG\n>chr10\nT\n"))
