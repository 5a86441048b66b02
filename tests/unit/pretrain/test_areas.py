"""Folds and held-out stretches."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.pretrain.areas import HELD, Area, areas, fold_at
from seq2exp_py.store import BASES


def genome(sizes, genes, known=None, window=200):
    table = pd.DataFrame(genes, columns=["chrom", "tss", "split"])
    manifest = SimpleNamespace(window=window)
    known = sizes if known is None else known  # bases from the start that are not N
    codes = {chrom: np.where(np.arange(sizes[chrom]) < length, 0, BASES.index("N")) for chrom, length in known.items()}
    return SimpleNamespace(folder="store", chromosomes=sizes, genes=table, manifest=manifest, sequence=codes.get)


def test_chromosomes_of_valid_and_test_genes_are_held_out_and_the_rest_is_divided_whole():
    sizes = {"chr1": 100, "chr2": 90, "chr3": 20, "chr4": 50, "chr5": 10}
    genes = [("chr1", 5, "train"), ("chr2", 5, "train"), ("chr3", 5, "train"), ("chr4", 5, "valid"), ("chr5", 5, "test")]
    found = areas(genome(sizes, genes), 2)
    expected = [("chr1", 0, 100, 0), ("chr2", 0, 90, 1), ("chr3", 0, 20, 1), ("chr4", 0, 50, HELD), ("chr5", 0, 10, HELD)]
    assert found == [Area(*area) for area in expected]


def test_a_chromosome_of_both_holds_out_the_windows_of_its_held_out_genes():
    found = areas(genome({"chr1": 3000}, [("chr1", 50, "train"), ("chr1", 1000, "test"), ("chr1", 1150, "valid")]), 2)
    assert [a for a in found if a.fold == HELD] == [Area("chr1", 900, 1250, HELD)]
    assert sum(a.end - a.start for a in found) == 3000


def test_one_training_chromosome_is_cut_into_equal_parts():
    found = areas(genome({"chr1": 900, "chr2": 10}, [("chr1", 5, "train"), ("chr2", 5, "valid")]), 3)
    assert [(a.start, a.end) for a in found[:3]] == [(0, 300), (300, 600), (600, 900)]
    assert sorted(a.fold for a in found[:3]) == [0, 1, 2]


def test_every_fold_has_its_share_of_the_known_bases():
    one = areas(genome({"chr1": 3000}, [("chr1", 5, "train")], known={"chr1": 600}), 3)
    assert [(a.start, a.end) for a in one] == [(0, 200), (200, 400), (400, 3000)]
    assert sorted(a.fold for a in one) == [0, 1, 2]
    genes = [(chrom, 5, "train") for chrom in ("chr1", "chr2", "chr3")]
    whole = areas(genome({"chr1": 3000, "chr2": 500, "chr3": 400}, genes, known={"chr1": 100, "chr2": 500, "chr3": 400}), 2)
    assert [a.fold for a in whole] == [1, 0, 1]


def test_without_sequence_or_with_everything_held_out_there_is_nothing_to_learn():
    with pytest.raises(InputError, match="no sequence at all"):
        areas(genome({"chr1": 100}, [("chr1", 5, "train")], known={}), 2)
    with pytest.raises(InputError, match="held out"):
        areas(genome({"chr1": 100}, [("chr1", 5, "test")]), 2)


def test_a_stretch_across_two_areas_belongs_to_none():
    found = [Area("chr1", 0, 100, 0), Area("chr1", 100, 200, HELD)]
    assert fold_at(found, "chr1", np.array([0, 95, 150]), np.array([100, 105, 200])).tolist() == [0, -2, HELD]
    assert fold_at(found, "chr2", np.array([0]), np.array([5])).tolist() == [-2]
