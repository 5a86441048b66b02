"""The expression tables, and the HTSeq file by the rules of those who read it."""

import json

import numpy as np
import pandas as pd
import pytest
from results_fixtures import genes, prediction

from seq2exp_py.annotate import expression
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.writers.table import write_table


def deseq2_reads(paths):
    """The rules of DESeqDataSetFromHTSeqCount: equal first columns, last column counts, `_` rows dropped, integers in R's range."""
    tables = [pd.read_csv(p, sep="\t", header=None) for p in paths]
    assert all(t[0].equals(tables[0][0]) for t in tables)
    keep = ~tables[0][0].str.startswith("_")
    matrix = np.column_stack([t.iloc[:, -1][keep] for t in tables])
    assert np.issubdtype(matrix.dtype, np.integer)
    assert (matrix >= 0).all()
    assert (matrix < 2**31).all()
    return pd.DataFrame(matrix, index=tables[0][0][keep])


@pytest.fixture
def written(tmp_path):
    ids = [*genes()["gene_id"], "G00", "G99"]  # two genes that no model predicts
    for model in ("seq2exp_soft", "ridge"):
        seeds = Seeds.open([prediction(tmp_path / f"{model}{s}", model=model, seed=s, masked=False) for s in (1, 2)])
        table = expression.full_table(seeds.expression(), None)
        write_table(table, tmp_path / f"{seeds.name}.expression.tsv")
        expression.write_htseq(table, ids, tmp_path / seeds.name)
    return tmp_path


def test_htseq_files_are_what_deseq2_accepts(written):
    counts = deseq2_reads(sorted(written.glob("*.htseq.txt")))
    assert counts.index.tolist() == sorted([*genes()["gene_id"], "G00", "G99"])
    lines = (written / "K562.ridge.htseq.txt").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines[-5:]] == list(expression.SPECIAL)
    assert {line.split("\t")[1] for line in lines[-5:]} == {"0"}
    table = pd.read_csv(written / "K562.ridge.expression.tsv", sep="\t").set_index("gene_id")
    assert counts.loc["G04", 0] == pytest.approx((10 ** table.loc["G04", "predicted"] - 1) * 100, abs=1)


def test_the_sidecar_states_scale_and_genes_without_prediction(written):
    said = json.loads((written / "K562.ridge.htseq.json").read_text())
    assert said["scale"] == 100
    assert said["not_predicted"] == ["G00", "G99"]
    assert "not read counts" in said["what"]


@pytest.mark.parametrize(
    ("predicted", "count"), [(-0.3, 0), (0.0, 0), (1.0, 900), (np.log10(1.005), 0), (np.nan, 0), (400.0, 2**31 - 1)]
)
def test_counts_are_scaled_rounded_and_bounded(predicted, count):
    assert expression.counts([predicted]).tolist() == [count]


def test_pydeseq2_loads_the_counts(written):
    dds = pytest.importorskip("pydeseq2.dds", reason="pydeseq2 is not installed")
    counts = deseq2_reads(sorted(written.glob("*.htseq.txt"))).T
    counts.index = ["a", "b"]
    data = dds.DeseqDataSet(counts=counts, metadata=pd.DataFrame({"model": ["x", "y"]}, index=counts.index), design="~model")
    assert data.n_vars == counts.shape[1]


def test_interval_is_the_conformal_quantile_of_the_validation_residuals(tmp_path):
    rng = np.random.default_rng(0)
    n = 4000
    table = pd.DataFrame({"gene_id": [f"E{i:05}" for i in range(n)], "gene_name": "x", "observed": rng.normal(1, 1, n)})
    table["split"] = ["valid", "test"] * (n // 2)
    seeds = Seeds.open([prediction(tmp_path / "p", table=table, masked=False, noise=0.5)])
    full = expression.full_table(seeds.expression(), None)
    test = full[full["split"] == "test"]
    assert ((test["observed"] >= test["lower"]) & (test["observed"] <= test["upper"])).mean() == pytest.approx(0.95, abs=0.02)
    assert (full["upper"] - full["predicted"]).iloc[0] == pytest.approx(1.96 * 0.5, rel=0.1)


@pytest.mark.parametrize(("n", "finite"), [(18, False), (19, True)])
def test_too_few_validation_genes_give_no_interval(n, finite):
    assert np.isfinite(expression.half_width(np.ones(n))) == finite


def test_full_table_counts_elements_and_marks_the_unknown(tmp_path):
    seeds = Seeds.open([prediction(tmp_path / "p")])
    rows = [
        ("G01", "chr1", 5, 9, 0, 0.9),
        ("G01", "chr1", 50, 90, 2, 0.4),
        ("G01", "chr1", 70, 99, 1, 0.3),
        ("G04", "chr1", 1, 2, 0, 0.9),
    ]
    found = pd.DataFrame(rows, columns=["gene_id", "chrom", "start", "end", "rank", "probability"])
    table = expression.full_table(seeds.expression(), found).set_index("gene_id")
    assert table.loc[["G01", "G02", "G04"], "n_elements"].tolist() == [3, 0, 1]
    assert table.loc[["G01", "G02", "G04"], "n_distal"].tolist() == [2, 0, 0]
    assert table.loc[["G01", "G02", "G04"], "best_element"].tolist() == ["chr1:50-90", "none", "none"]
    assert table.loc["G01", "best_probability"] == 0.4
    np.testing.assert_allclose(table["residual"], table["observed"] - table["predicted"])
    write_table(table.reset_index(), tmp_path / "t.tsv")
    assert "\tNA\t" in (tmp_path / "t.tsv").read_text()
