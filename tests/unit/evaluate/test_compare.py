"""Summaries, comparisons, agreement, CRISPRi, learning curves, and the command."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from results_fixtures import WINDOW, cell_store, genes, genome_store, prediction

from seq2exp_py.cli.evaluate import command
from seq2exp_py.errors import InputError
from seq2exp_py.evaluate import crispri
from seq2exp_py.evaluate.curves import curves
from seq2exp_py.evaluate.ranking import auprc
from seq2exp_py.evidence import formula
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.tracks.pairs import Pairs

REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[3] / ".." / "shared" / "data"))


def many(n=300):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"gene_id": [f"E{i:04}" for i in range(n)], "gene_name": [f"N{i}" for i in range(n)]})
    return table.assign(split=rng.choice(["train", "valid", "test"], n), observed=rng.normal(1, 1, n))


@pytest.fixture
def folders(tmp_path):
    noise = {"ridge": 0.6, "seq2exp_soft": 0.4, "caduceus_signals": 0.6}
    return [
        prediction(tmp_path / f"{c}.{m}.{s}", model=m, cell=c, seed=s, masked=False, table=many(), noise=z)
        for c in ("K562", "GM12878")
        for m, z in noise.items()
        for s in (1, 2, 3)
    ]


def run(*words):
    return CliRunner().invoke(command, [str(w) for w in words], catch_exceptions=False)


def test_evaluate_writes_its_tables(tmp_path, folders):
    out = tmp_path / "out"
    run(*[f"--prediction={p}" for p in folders], "--resamples=300", f"--out={out}")
    summary = pd.read_csv(out / "summary.tsv", sep="\t")
    row = summary[(summary["cell"] == "K562") & (summary["model"] == "seq2exp_soft") & (summary["split"] == "test")].iloc[0]
    metrics = pd.read_csv(out / "metrics.tsv", sep="\t").query("cell == 'K562' and model == 'seq2exp_soft' and split == 'test'")
    assert row["seeds"] == 3
    assert row["mse_mean"] == pytest.approx(metrics["mse"].mean(), abs=1e-5)
    assert row["mse_sd"] == pytest.approx(metrics["mse"].std(ddof=1), abs=1e-5)
    assert row["control"] == "ridge"
    assert row["mse_high"] < 0
    compared = pd.read_csv(out / "comparisons.tsv", sep="\t")
    assert set(compared["control"]) == {"ridge", "caduceus_signals", "train_mean"}
    assert set(compared["split"]) == {"valid", "test"}
    matrix = pd.read_csv(out / "expression.matrix.tsv", sep="\t")
    assert list(matrix)[:4] == ["gene_id", "gene_name", "GM12878.observed", "GM12878.caduceus_signals"]
    assert len(matrix) == 300


def test_the_main_control_is_one_that_was_run(tmp_path, folders):
    out = tmp_path / "out"
    run(*[f"--prediction={p}" for p in folders if "ridge" not in p.name], "--resamples=100", f"--out={out}")
    assert set(pd.read_csv(out / "summary.tsv", sep="\t")["control"].dropna()) == {"caduceus_signals"}


def benchmark(path, rows):
    names = "chrom chromStart chromEnd startTSS endTSS measuredGeneSymbol measuredGeneEnsemblId Regulated ValidConnection".split()
    table = pd.DataFrame(rows, columns=names).assign(chrTSS="chr1", CellType="K562")
    table.to_csv(path, sep="\t", index=False)
    return path


def test_a_pair_is_scored_by_the_mask_of_its_gene_over_the_element(tmp_path):
    table = genes()
    mask = np.zeros((len(table), WINDOW))
    mask[table["gene_id"].tolist().index("G04"), 1000:1100] = 255  # chr1:42000-42100 in the window of G04 alone
    seeds = Seeds.open([prediction(tmp_path / "p", mean=mask, sd=mask * 0, floor=0.0)])
    rows = [
        ("chr1", 42_000, 42_100, 45_000, 45_001, "ALONE", "G04.7", True, True),
        ("chr1", 41_950, 42_050, 45_000, 45_001, "ALONE", "unknown", True, True),
        ("chr1", 10, 90, 45_000, 45_001, "ALONE", "G04", False, True),
        ("chr1", 42_000, 42_100, 1, 2, "OTHER", "nowhere", False, True),
        ("chr1", 42_000, 42_100, 45_000, 45_001, "ALONE", "G04", False, False),
    ]
    pairs = Pairs.read(benchmark(tmp_path / "b.tsv", rows), "K562")
    assert len(pairs.table) == 4
    np.testing.assert_array_equal(crispri.mask_scores(seeds, pairs), [1.0, 0.5, np.nan, np.nan])


def test_a_pair_beyond_the_window_has_the_score_of_the_mask_that_the_evidence_would_give_it(tmp_path):
    product = replace(Seeds.open([prediction(tmp_path / "p", floor=0.0)]), tau=0.5)
    strength = np.array([0.2, 0.2, 3.0, np.nan])
    mask = np.array([formula.mean(0.2 / 0.5), np.nan, np.nan, np.nan])
    evidence = formula.mean(strength / formula.Formula().tau)
    found = crispri.with_evidence(product, mask, evidence)
    np.testing.assert_allclose(found, [mask[0], mask[0], formula.mean(3.0 / 0.5), np.nan], rtol=1e-5)
    np.testing.assert_array_equal(crispri.with_evidence(replace(product, tau=None), mask, evidence), [mask[0], *evidence[1:]])


def test_evaluate_ranks_pairs_outside_the_window_lowest(tmp_path):
    rows = [("chr1", 44_000 + i, 44_100 + i, 45_000, 45_001, "ALONE", "G04", i % 2 == 0, True) for i in range(0, 60, 3)]
    rows += [("chr1", 10, 90, 45_000, 45_001, "ALONE", "G04", True, True)]
    path = benchmark(tmp_path / "b.tsv", rows)
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={cell_store(tmp_path / 'c')}"]
    run(f"--prediction={prediction(tmp_path / 'p')}", f"--crispri={path}", *stores, "--resamples=100", f"--out={tmp_path / 'out'}")
    table = pd.read_csv(tmp_path / "out" / "crispri.tsv", sep="\t").set_index(["subset", "score"])
    assert table.loc[("all", "mask"), "pairs"] == 21
    assert table.loc[("in_window", "mask"), "pairs"] == 20
    assert table.loc[("all", "mask"), "base"] == pytest.approx(11 / 21, abs=1e-5)
    assert set(table.loc["reach"].index) == {"mask", "evidence", "A/d", "A*powerlaw", "distance", "H3K27ac", "DNase"}
    differences = pd.read_csv(tmp_path / "out" / "crispri_differences.tsv", sep="\t")
    assert (differences["score"] == "mask").any()


@pytest.mark.parametrize(
    "change", [{}, {"chrom": "1", "chrTSS": "1"}, {"Regulated": [1, 0] * 10}, {"Regulated": ["yes", "no"] * 10}]
)
def test_another_spelling_of_the_same_pairs_has_the_same_figures(tmp_path, change):
    rows = [("chr1", 44_000 + i, 44_100 + i, 45_000, 45_001, "ALONE", "G04", i % 6 == 0, True) for i in range(0, 60, 3)]
    path = benchmark(tmp_path / "b.tsv", rows)
    pd.read_csv(path, sep="\t").assign(**change).to_csv(path, sep="\t", index=False)
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={cell_store(tmp_path / 'c')}"]
    run(f"--prediction={prediction(tmp_path / 'p')}", f"--crispri={path}", *stores, "--resamples=100", f"--out={tmp_path / 'out'}")
    table = pd.read_csv(tmp_path / "out" / "crispri.tsv", sep="\t").set_index(["subset", "score"])
    assert table.loc[("in_window", "mask"), ["pairs", "base"]].tolist() == [20, 0.5]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"CellType": "K-562"}, "none of K562; did you mean K-562"),
        ({"chrom": "contig"}, "not one is the same"),
        ({"measuredGeneSymbol": "X", "measuredGeneEnsemblId": "Y"}, "none of its genes"),
    ],
)
def test_pairs_that_fit_nowhere_give_no_figures(tmp_path, change, sentence):
    path = benchmark(tmp_path / "b.tsv", [("chr1", 44_000, 44_100, 45_000, 45_001, "ALONE", "G04", True, True)])
    pd.read_csv(path, sep="\t").assign(**change).to_csv(path, sep="\t", index=False)
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={cell_store(tmp_path / 'c')}"]
    with pytest.raises(InputError, match=sentence):
        run(f"--prediction={prediction(tmp_path / 'p')}", f"--crispri={path}", *stores, f"--out={tmp_path / 'out'}")


def test_without_crispri_the_scores_are_compared_with_each_other(tmp_path):
    open_at = [(41_500, 41_600, 2), (42_000, 42_100, 3), (43_000, 43_200, 5), (47_000, 47_300, 9)]
    signals = {"DNase": {"chr1": open_at}, "H3K27ac": {"chr1": open_at[1:]}}
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={cell_store(tmp_path / 'c', signals=signals)}"]
    run(f"--prediction={prediction(tmp_path / 'p')}", *stores, "--resamples=100", f"--out={tmp_path / 'out'}")
    table = pd.read_csv(tmp_path / "out" / "agreement.tsv", sep="\t")
    assert len(table) == 7 * 6 / 2
    assert table["spearman"].abs().max() <= 1 + 1e-9
    assert table.query("one == 'evidence' and other == 'A/d'")["spearman"].iloc[0] > 0.5
    assert not (tmp_path / "out" / "crispri.tsv").exists()


def test_crispri_needs_the_stores_of_its_controls(tmp_path):
    path = benchmark(tmp_path / "b.tsv", [])
    with pytest.raises(InputError, match="need --genome and --cell"):
        run(f"--prediction={prediction(tmp_path / 'p')}", f"--crispri={path}", f"--out={tmp_path / 'out'}")


def test_a_table_that_is_no_benchmark_is_refused(tmp_path):
    (tmp_path / "b.tsv").write_text("chrom\tstart\nchr1\t1\n")
    with pytest.raises(InputError, match="no column chromStart"):
        Pairs.read(tmp_path / "b.tsv", "K562")


@pytest.mark.real
def test_distance_scores_on_the_real_benchmark_as_it_does_elsewhere():
    path = REAL / "ground_truth" / "EPCrisprBenchmark_combined_data.training_K562.GRCh38.tsv.gz"
    if not path.exists():
        pytest.skip(f"{path} is absent: the real data is not on this machine")
    pairs = Pairs.read(path, "K562")
    truth, distance = pairs.table["regulated"].to_numpy(bool), pairs.table["distance"].to_numpy(float)
    assert (len(truth), truth.sum()) == (10_356, 471)
    assert auprc(-distance, truth) == pytest.approx(0.436, abs=0.002)  # average precision: 0.438


def test_learning_curves_are_one_table(tmp_path):
    for seed in (1, 2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"model": "m", "cells": ["A", "B"], "seed": seed}))
        (folder / "metrics.csv").write_text("epoch,valid_mse\n0,1\n1,0.5\n")
    table = curves([tmp_path / "1", tmp_path / "2"])
    assert table.groupby("seed")["valid_mse"].min().tolist() == [0.5, 0.5]
    assert set(table["cell"]) == {"A+B"}
    with pytest.raises(InputError, match=r"no readable config\.json"):
        curves([tmp_path])


def planted(folder):
    """A truth in which [42000, 42100) drives G04."""
    folder.mkdir()
    (folder / "K562.R_ag.bed").write_text("chr1\t42000\t42100\tG04\t1000\t.\n")
    places = "chr1\t42000\t42100\te1\t0\t.\nchr1\t47000\t47100\te2\t0\t.\n"
    for name in ("R_g.bed", "K562.R_m.bed"):
        (folder / name).write_text(places)
    return folder


def test_truth_sets_the_mask_beside_signals_peaks_and_distance(tmp_path):
    table = genes()
    mask = np.full((len(table), WINDOW), 51)
    mask[table["gene_id"].tolist().index("G04"), 1000:1100] = 255
    one = prediction(tmp_path / "p", mean=mask, sd=mask * 0)
    cell = cell_store(tmp_path / "c", signals={"DNase": {"chr1": [(42_000, 42_100, 3), (47_000, 47_100, 9)]}})
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={cell}"]
    run(f"--prediction={one}", f"--truth={planted(tmp_path / 'truth')}", *stores, "--resamples=100", f"--out={tmp_path / 'out'}")
    got = (
        pd.read_csv(tmp_path / "out" / "truth.tsv", sep="\t").query("level == 'element' and scope == 'distal'").set_index("source")
    )
    assert set(got.index) == {"mask", "DNase", "H3K27ac", "HiC", "peaks", "distance", "evidence", "A/d", "A*powerlaw"}
    assert got.loc["mask", "auprc"] == 1.0
    assert got.loc["DNase", "auprc"] == 0.5
    assert got.loc["mask", "prevalence"] == 0.5


def test_truth_without_the_stores_is_refused(tmp_path):
    with pytest.raises(InputError, match="need --genome and --cell"):
        run(
            f"--prediction={prediction(tmp_path / 'p')}",
            f"--truth={planted(tmp_path / 't')}",
            "--resamples=100",
            f"--out={tmp_path}",
        )
