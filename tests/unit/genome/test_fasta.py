import gzip
import os
import time
from pathlib import Path

import numpy as np
import pyfaidx
import pysam
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import bgzip
from seq2exp_py.genome.fasta import BASES, Fasta
from seq2exp_py.notes import kept


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


def told(path):
    """Sequences of a FASTA file read line by line, without an index."""
    found = {}
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in text.decode().splitlines():
        if line.startswith(">"):
            found[line[1:].split()[0]] = ""
        elif line:
            found[list(found)[-1]] += line.upper()
    return found


def read_whole(path):
    with kept() as notes, Fasta(path) as opened:
        return {name: letters(opened.codes(name, 0, size)) for name, size in opened.sizes.items()}, notes


def packed(path, text):
    plain = write(path.with_suffix(".plain"), text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    return path


ONE = ">a\nACGTA\nCG\n>b\nGGGGG\nC\n"


@pytest.mark.parametrize("put", [write, packed])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_index_that_fits_is_used_and_one_that_is_older_is_not(tmp_path, put, ends):
    path = put(tmp_path / ("g.fa.gz" if put is packed else "g.fa"), ONE.replace("\n", ends))
    pysam.faidx(str(path))
    assert read_whole(path) == (told(path), [])
    index = path.with_name(path.name + ".fai")
    os.utime(index, (1, 1))
    found, notes = read_whole(path)
    assert found == told(path)
    assert notes == [f"{index}: is older than its file; it is made anew in a temporary folder (samtools faidx makes one to keep)"]


@pytest.mark.parametrize("put", [write, packed])
@pytest.mark.parametrize(
    ("now", "why"),
    [
        (ONE.replace(">b", ">c"), "b does not begin where it says"),
        (ONE.replace("\n>b", "GG\n>b"), "b does not begin where it says"),
        (ONE + ">c\nAC\n", "ends where this one goes on"),
        (ONE[: ONE.index(">b")], "b does not begin where it says"),
        (ONE[:-2], "b does not end where it says"),
        (ONE[:-2] + "CC\n", "ends where this one goes on"),
        (ONE.replace("ACGTA\nCG", "ACGT\nACG"), "the lines of a have another length"),
        (ONE.replace("GGGGG\nC", "GGGGGCC"), "the lines of b have another length"),
        (ONE.replace(">a", ">chr1"), "a does not begin where it says"),
        (">b\nGGGGG\nC\n>a\nACGTA\nCG\n", "a does not begin where it says"),
    ],
)
def test_an_index_of_another_file_is_made_anew_however_young_it_is(tmp_path, put, now, why):
    path = put(tmp_path / ("g.fa.gz" if put is packed else "g.fa"), ONE)
    pysam.faidx(str(path))
    put(path, now)
    for index in tmp_path.glob("*.??i"):
        os.utime(index, (time.time() + 60,) * 2)
    found, notes = read_whole(path)
    assert found == told(path)
    assert len(notes) == 1
    assert why in notes[0]


@pytest.mark.parametrize(
    "index", ["", "a\t7\n", "a\t7\t3\t5\tsix\n", "a\t7\t3\t0\t0\n", "a\t-7\t3\t5\t6\n", "a\t7\t900\t5\t6\n", "\0\n"]
)
def test_a_broken_index_is_made_anew(tmp_path, index):
    path = write(tmp_path / "g.fa", ONE)
    write(tmp_path / "g.fa.fai", index)
    assert read_whole(path)[0] == told(path)


@pytest.mark.parametrize("cut", [1, 27, 28, 29, 40])
def test_a_bgzip_file_that_is_cut_short_is_refused(tmp_path, cut):
    path = packed(tmp_path / "g.fa.gz", ONE)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match=r"g\.fa\.gz: is cut short"):
        Fasta(path)


def test_blocks_are_those_that_bgzip_indexes(tmp_path):
    path = packed(tmp_path / "g.fa.gz", ">a\n" + "ACGTTGCA\n" * 40_000)
    pysam.faidx(str(path))
    found, total = bgzip.blocks(path)
    bgzip.write_gzi(tmp_path / "ours.gzi", found)
    assert (tmp_path / "ours.gzi").read_bytes() == (tmp_path / "g.fa.gz.gzi").read_bytes()
    assert total == 3 + 9 * 40_000


@pytest.mark.parametrize("letter", ["\0", "e", "1", " ", "~"])
def test_what_is_no_nucleotide_is_refused(tmp_path, letter):
    with Fasta(write(tmp_path / "g.fa", f">a\nACG{letter}A\n")) as opened:
        with pytest.raises(InputError, match=r"base 4 of a is .* no nucleotide"):
            opened.codes("a", 0, 5)
        assert letters(opened.codes("a", 0, 3)) == "ACG"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("ACGT\n", "starts with 'A'"),
        (">a\nACGT\n>b\nA\n>a\nAC\n", "the sequence name a occurs twice"),
        (">a\nACGT\nAC\nACGTA\n", "lines of one length but for its last"),
        (">a\n", "holds no sequence"),
        (">a\nACGT\nACGTACGTACGT\n", "lines of one length but for its last"),
        (">a\nACGT\n\nACGT\n", "lines of one length but for its last"),
        ("> \nACGT\n", "needs a name"),
        (">chr1\rACGT\rACGT\r", "ended by LF or CRLF"),
        ("\ufeff>a\nACGT\n", "not with '>'"),
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
        (gzip.compress(b">a\n" + b"ACGT" * 1000, mtime=0)[:40], "g.fa.gz: cannot be unpacked"),
        (gzip.compress(b"<html>", mtime=0), "g.fa.gz: starts with '<', not with '>'"),
        (gzip.compress(b">a\nA\n>a\nC\n", mtime=0), "g.fa.gz: the sequence name a occurs twice"),
    ],
)
def test_what_is_wrong_inside_a_gzip_file_is_said_of_the_users_file(tmp_path, packed, sentence):
    (tmp_path / "g.fa.gz").write_bytes(packed)
    with pytest.raises(InputError, match=sentence):
        Fasta(tmp_path / "g.fa.gz")
