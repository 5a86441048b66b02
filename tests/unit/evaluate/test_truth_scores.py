"""Scores against the truth, with literal numbers."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from seq2exp_py.errors import InputError
from seq2exp_py.evaluate.truth import Counts, distance, expand, score
from seq2exp_py.genome import Interval
from seq2exp_py.tracks.truth import Truth, load


def auprc(values, labels):
    return Counts.of(values, labels).auprc()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "R_g.bed").write_text("chr1\t100\t110\tE1\nchr1\t150\t160\tE2\nchr1\t190\t210\tE3\n")
    (tmp_path / "A.R_m.bed").write_text("chr1\t100\t110\tE1\nchr1\t130\t140\tE4\nchr1\t150\t160\tE2\n")
    (tmp_path / "A.R_ag.bed").write_text("chr1\t100\t110\tg1\t500\nchr1\t150\t160\tg1\t900\nchr1\t100\t110\tg2\t500\n")
    return tmp_path


def test_average_precision_of_a_small_ranking():
    assert auprc([4, 3, 2, 1], [1, 0, 1, 0]) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert auprc([1, 2, 3, 4], [1, 0, 0, 0]) == 0.25
    assert auprc([1, 2], [0, 1]) == 1.0


def test_ties_enter_at_once_whatever_their_order():
    assert auprc([1, 1, 1, 1], [1, 0, 0, 0]) == auprc([1, 1, 1, 1], [0, 0, 0, 1]) == 0.25
    assert auprc([2, 1, 1, 0], [0, 1, 0, 1]) == pytest.approx(0.5 * (1 / 3) + 0.5 * (2 / 4))


def test_no_positive_has_no_score_and_nan_ranks_last():
    assert np.isnan(auprc([1, 2], [0, 0])) and np.isnan(auprc([], []))
    assert auprc([np.nan, 0.0, 1.0], [1, 0, 0]) == pytest.approx(1 / 3)


def test_pooled_counts_equal_one_ranking_and_scikit_learn():
    rng = np.random.default_rng(1)
    values, labels = np.round(rng.random(3_000), 2), rng.random(3_000) < 0.1
    pooled = Counts.merge([Counts.of(v, y) for v, y in zip(np.split(values, 6), np.split(labels, 6), strict=True)])
    assert pooled.auprc() == auprc(values, labels) == pytest.approx(average_precision_score(labels, values), abs=1e-12)


def test_the_truth_is_read_by_gene_with_all_candidates(folder):
    truth = load(folder, "A")
    assert truth.causal == {"g1": (Interval("chr1", 100, 110), Interval("chr1", 150, 160)), "g2": (Interval("chr1", 100, 110),)}
    assert [(p.start, p.end) for p in truth.candidates] == [(100, 110), (130, 140), (150, 160), (190, 210)]


def test_a_truth_of_another_genome_or_cell_is_refused(folder):
    assert load(folder, "A", {"chr1": 1000}, {"g1"}).causal.keys() == {"g1", "g2"}
    for sizes, genes, words in (
        ({"1": 1000}, {"g1"}, "its chromosomes are chr1, the genome's are 1"),
        ({"contig": 1000}, {"g1"}, "not one is the same"),
        ({"chr1": 1000}, {"ENSG1"}, r"none of its genes \(g1, g2\) is a gene of the genome"),
    ):
        with pytest.raises(InputError, match=words):
            load(folder, "A", sizes, genes)
    with pytest.raises(InputError, match=r"no truth for cell a: .* did you mean A"):
        load(folder, "a")


def test_labels_are_the_bases_that_regulate_the_gene_of_a_window(folder):
    truth = load(folder, "A")
    assert np.flatnonzero(truth.labels("g1", Interval("chr1", 105, 155))).tolist() == [*range(5), *range(45, 50)]
    assert np.flatnonzero(truth.labels("g2", Interval("chr1", -5, 155))).tolist() == list(range(105, 115))
    assert not truth.labels("g1", Interval("chr2", 100, 160)).any() and not truth.labels("g3", Interval("chr1", 100, 160)).any()


def test_a_perfect_mask_scores_one_and_a_flat_one_the_prevalence(folder):
    truth = load(folder, "A")
    windows = {"g1": Interval("chr1", 80, 180), "g2": Interval("chr1", 80, 180)}
    table = score(
        truth, windows, {"mask": lambda g: truth.labels(g, windows[g]), "flat": lambda g: np.ones(1)}, bin_size=10, centre=20
    )
    rows = table.set_index(["source", "level", "scope"])
    assert len(table) == 2 * 3 * 2
    assert (rows.loc["mask"]["auprc"] == 1).all()
    np.testing.assert_allclose(rows.loc["flat"]["auprc"], rows.loc["flat"]["prevalence"])
    base = rows.loc[("mask", "base", "all")]
    assert (base["positives"], base["n"], base["genes"], base["prevalence"]) == (30, 200, 2, 0.15)


def test_the_distal_scope_leaves_the_promoter_s_bases_out(folder):
    truth = load(folder, "A")
    windows = {"g1": Interval("chr1", 80, 180)}
    table = score(truth, windows, {"x": lambda g: np.zeros(100)}, tss={"g1": 105}, bin_size=10, centre=20).set_index(
        ["level", "scope"]
    )
    assert (table.loc[("base", "distal"), "n"], table.loc[("base", "distal"), "positives"]) == (80, 10)
    assert (table.loc[("bin", "distal"), "n"], table.loc[("bin", "distal"), "positives"]) == (8, 1)
    assert (table.loc[("element", "all"), "n"], table.loc[("element", "distal"), "n"]) == (3, 2)


def test_an_element_is_scored_by_its_mean_and_is_right_for_its_own_gene_only(folder):
    truth = load(folder, "A")
    windows = {"g2": Interval("chr1", 80, 180)}
    values = np.zeros(100)
    values[20:30], values[50:55], values[70:80] = 0.6, 1.0, 0.9  # E1 0.6 (causal), E4 0.5, E2 0.9 (another gene's)
    rows = score(truth, windows, {"x": lambda g: values}, levels=("element",)).set_index("scope")
    assert rows.loc["all", "auprc"] == 0.5 and rows.loc["all", "n"] == 3 and rows.loc["all", "positives"] == 1


def test_scores_by_gene_average_only_genes_with_a_positive(folder):
    truth = load(folder, "A")
    windows = {"g1": Interval("chr1", 80, 180), "none": Interval("chr1", 0, 100)}
    rows = score(truth, windows, {"x": lambda g: np.full(100, g == "none")}, levels=("base",)).set_index("scope")
    assert rows.loc["all", "auprc"] == pytest.approx(20 / 200) and rows.loc["all", "auprc_by_gene"] == pytest.approx(0.2)


def test_coarse_values_are_spread_over_their_bases():
    assert expand([1, 2], 6).tolist() == [1, 1, 1, 2, 2, 2]
    with pytest.raises(ValueError, match="4 values do not tile a window of 6 bases"):
        expand([1, 2, 3, 4], 6)


def test_distance_is_nearness_to_the_tss():
    windows = {"g": Interval("chr1", 10, 16)}
    assert distance(windows)("g").tolist() == [-3, -2, -1, 0, -1, -2]
    assert distance(windows, {"g": 11})("g").tolist() == [-1, 0, -1, -2, -3, -4]


def test_a_missing_cell_or_a_broken_file_is_one_clear_sentence(folder):
    with pytest.raises(InputError, match=r"no truth for cell B: expected B.R_ag.bed, found A"):
        load(folder, "B")
    (folder / "R_g.bed").write_text("chr1\tten\t20\tE\n")
    with pytest.raises(InputError, match=r"R_g.bed line 1 is no BED row"):
        load(folder, "A")
    (folder / "R_g.bed").unlink()
    with pytest.raises(InputError, match="is missing"):
        load(folder, "A")


def test_a_truth_without_causal_elements_scores_nan():
    rows = score(Truth("A", {}, ()), {"g": Interval("chr1", 0, 10)}, {"x": lambda g: np.arange(10)})
    assert rows["auprc"].isna().all() and (rows["positives"] == 0).all()
