import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import blacklist, chroms


def test_equal_names_need_no_matching():
    assert chroms.renames(["chr1", "chr1", "chrUn"], ["chr1", "chr2"], "f") == {"chr1": "chr1"}


def test_names_that_differ_are_refused_with_the_way_out():
    with pytest.raises(
        InputError, match=r"genes.gtf: its chromosomes are 22, X, the genome's are chr22, chrX: give --chromosomes match"
    ):
        chroms.renames(["22", "X"], ["chr22", "chrX"], "genes.gtf")
    with pytest.raises(InputError, match="not one is the same"):
        chroms.renames(["scaffold_1"], ["chr22"], "genes.gtf")


def test_names_are_matched_both_ways_when_asked():
    assert chroms.renames(["22", "MT", "q"], ["chr22", "chrM"], "f", match=True) == {"22": "chr22", "MT": "chrM"}
    assert chroms.renames(["chr22", "chrM"], ["22", "MT"], "f", match=True) == {"chr22": "22", "chrM": "MT"}


def test_a_name_without_chr_is_refused_beside_others():
    with pytest.raises(InputError, match="give --chromosomes match"):
        chroms.renames(["22", "chr1"], ["chr22", "chr1"], "f")


def test_sizes_file(tmp_path):
    path = tmp_path / "x.sizes"
    path.write_text("chr1\t100\nchr2\t50\n")
    assert chroms.read_sizes(path) == {"chr1": 100, "chr2": 50}
    path.write_text("chr1\t100\nchr1\t50\n")
    with pytest.raises(InputError, match="line 2: chromosome chr1 occurs a second time"):
        chroms.read_sizes(path)


def test_blacklist_is_sorted_and_merged(tmp_path):
    path = tmp_path / "b.bed"
    path.write_text("chr2\t5\t9\nchr1\t50\t60\tLow\nchr1\t10\t20\tHigh\nchr1\t20\t30\nchr1\t12\t14\nchr1\t55\t70\n")
    found = blacklist.read(path)
    assert found.values.tolist() == [["chr1", 10, 30], ["chr1", 50, 70], ["chr2", 5, 9]]
    assert blacklist.merge(blacklist.empty()).equals(blacklist.empty())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr1\t5\n", "line 1 has 2"),
        ("chr1\t5\t4\n", "line 1: end is 4"),
        ("#c\nchr1\t-5\t4\n", "line 2: start is -5"),
        ("chr1\t1\tx\n", "'x'"),
    ],
)
def test_a_bad_blacklist_names_its_line(tmp_path, text, words):
    path = tmp_path / "b.bed"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        blacklist.read(path)


def test_a_blacklist_of_comments_alone_is_empty(tmp_path):
    path = tmp_path / "b.bed"
    path.write_text("# none\n")
    assert isinstance(blacklist.read(path), pd.DataFrame) and blacklist.read(path).empty
