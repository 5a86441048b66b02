"""Many intervals at once, each function beside what a loop over single bases says."""

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import intervals
from seq2exp_py.genome.intervals import merge, overlaps, runs, stretches


def bases(places):
    return {base for start, end in places for base in range(start, end)}


def test_runs_are_the_stretches_of_equal_values():
    starts, ends = runs(np.array([1, 1, 2, 2, 2, 1]))
    assert (starts.tolist(), ends.tolist()) == ([0, 2, 5], [2, 5, 6])
    assert [len(x) for x in runs(np.zeros(0))] == [0, 0]


@pytest.mark.parametrize("flags", ["", "0", "1", "0110", "1101", "11"])
def test_stretches_are_the_runs_of_true(flags):
    inside = np.array([flag == "1" for flag in flags], bool)
    found = stretches(inside, 3)
    assert found.shape[1] == 2 and bases(found) == {
        b for i, flag in enumerate(flags) if flag == "1" for b in range(3 * i, 3 * i + 3)
    }
    assert (found[1:, 0] > found[:-1, 1]).all()


def test_places_are_merged_and_told_apart():
    places = np.array([[50, 60], [10, 20], [15, 30], [31, 40]])
    assert merge(places).tolist() == [[10, 30], [31, 40], [50, 60]]
    assert merge(places, gap=1).tolist() == [[10, 40], [50, 60]]
    assert overlaps(np.array([[0, 10], [29, 31], [40, 50], [55, 56]]), merge(places)).tolist() == [False, True, False, True]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_merged_has_the_same_bases_and_more_than_the_gap_between(seed):
    draw = np.random.default_rng(seed)
    starts, gap = draw.integers(0, 60, 8), int(draw.integers(0, 4))
    places = np.column_stack([starts, starts + draw.integers(1, 6, 8)])
    found = merge(places, gap)
    assert bases(places) <= bases(found) and bases(merge(places)) == bases(places)
    assert (found[1:, 0] > found[:-1, 1] + gap).all()
    assert all(found[found[:, 0] <= start][-1, 1] >= end for start, end in places)
    others = np.column_stack([starts + 3, starts + 5])
    assert overlaps(others, found).tolist() == [bool(bases([p]) & bases(found)) for p in others]


def test_tables_are_merged_by_a_column_and_cut_by_a_file(tmp_path):
    table = pd.DataFrame({"gene": ["1", "1", "2"], "start": [0, 15, 12], "end": [10, 30, 20]})
    merged = intervals.merge_by(table, "gene", gap=5)
    assert merged.to_numpy().tolist() == [["1", 0, 30], ["2", 12, 20]]
    (tmp_path / "cut.bed").write_text("chr1\t5\t14\n")
    merged.insert(0, "chrom", "chr1")
    merged = merged[["chrom", "start", "end", "gene"]]
    cut = intervals.subtract(merged, tmp_path / "cut.bed")
    assert cut.to_numpy().tolist() == [["chr1", 0, 5, "1"], ["chr1", 14, 30, "1"], ["chr1", 14, 20, "2"]]
    (tmp_path / "empty.bed").touch()
    assert intervals.subtract(merged, tmp_path / "empty.bed").equals(merged)


def test_jaccard_is_shared_bases_over_all_bases(tmp_path):
    sets = {"a": "c\t0\t100\n", "b": "c\t50\t150\nc\t50\t90\n", "c": ""}
    for name, text in sets.items():
        (tmp_path / name).write_text(text)
    table = intervals.jaccard({name: tmp_path / name for name in sets})
    assert table.loc["a", "b"] == table.loc["b", "a"] == pytest.approx(50 / 150)
    assert table.loc["a", "c"] == 0
    assert table.loc["a", "a"] == 1


def test_without_bedtools_a_sentence_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"bedtools is not on PATH"):
        intervals.jaccard({})
