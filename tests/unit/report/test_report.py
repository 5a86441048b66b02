"""The report, rendered by the real MultiQC."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from results_fixtures import cell_store, genes, genome_store, prediction

from seq2exp_py.annotate.rules import Settings
from seq2exp_py.annotate.run import annotate
from seq2exp_py.cli.report import command
from seq2exp_py.evaluate import pair_scores
from seq2exp_py.evaluate.compare import over_seeds
from seq2exp_py.evaluate.run import evaluate
from seq2exp_py.report import content, running, svg
from seq2exp_py.report.inputs import Inputs

CONFIG = Path(__file__).parents[3] / "assets" / "multiqc_config.yml"
TRACE = """task_id\thash\tnative_id\tname\tstatus\texit\tsubmit\tduration\trealtime\t%cpu\tpeak_rss\tpeak_vmem\trchar\twchar
1\ta\t1\tSEQ2EXP:TRAIN (K562.m.1)\tCOMPLETED\t0\t-\t2m\t1m 30s\t90%\t1.5 GB\t2 GB\t1\t1
2\tb\t2\tSEQ2EXP:TRAIN (K562.m.2)\tFAILED\t137\t-\t2m\t30s\t90%\t2 GB\t2 GB\t1\t1
3\tc\t3\tSEQ2EXP:TRAIN (K562.m.2)\tCOMPLETED\t0\t-\t2m\t30s\t90%\t512 MB\t2 GB\t1\t1
4\td\t4\tSEQ2EXP:PREDICT (GM12878.m.1)\tFAILED\t1\t-\t2m\t350ms\t90%\t-\t-\t1\t1
"""
TRUTH = [("element", "distal"), ("base", "all")]


def make_run(folder):
    """A whole run: two cells, four models, evaluation, annotation, checkpoint, trace, truth and CRISPRi tables."""
    rng = np.random.default_rng(0)
    table = pd.concat([genes()] * 30, ignore_index=True)
    table["gene_id"] = [f"G{i:04}" for i in range(len(table))]
    table["observed"] = rng.normal(1, 1, len(table))
    noise = {"ridge": 0.5, "seq2exp_soft": 0.3, "caduceus_signals": 0.5, "gbm": 0.5}
    paths = [
        prediction(folder / f"{c}.{m}.{s}", model=m, cell=c, seed=s, masked=False, table=table, noise=z)
        for c in ("K562", "GM12878")
        for m, z in noise.items()
        for s in (1, 2, 3)
    ]
    evaluate(paths, folder / "evaluation", ["ridge", "caduceus_signals"], 200)
    store, cell = genome_store(folder / "genome"), cell_store(folder / "cell", peaks={"chr1": [(0, 30_000)]})
    for model in ("seq2exp_soft", "macs3"):
        made = prediction(folder / f"mask.{model}", model=model, seed=len(model))
        annotate(store, cell, [made], folder / "annotation", Settings())
    said = [("K562", "seq2exp_soft", s, level, scope, 0.5, 0.1) for s in ("mask", "DNase", "peaks") for level, scope in TRUTH]
    names = "cell model source level scope auprc prevalence".split()
    pd.DataFrame(said, columns=names).to_csv(folder / "evaluation" / "truth.tsv", sep="\t", index=False)
    said = [
        ("K562", "seq2exp_soft", subset, score, 100, 9, 20, area, 0.2, 0.4, 0.5, 0.1, 0.09)
        for subset in ("all", "in_window", "0-5 kb")
        for score, area in (("mask", 0.3), ("evidence", 0.25), ("distance", 0.2))
    ]
    pairs = pd.DataFrame(said, columns=["cell", "model", *pair_scores.FIGURES])
    differences = [("K562", "seq2exp_soft", "all", "mask", "evidence", 100, 9, 0.05, -0.1, 0.2)]
    table = pd.DataFrame(differences, columns=["cell", "model", *pair_scores.DIFFERENCES])
    table.to_csv(folder / "evaluation" / "crispri_differences.tsv", sep="\t", index=False)
    pairs.to_csv(folder / "evaluation" / "crispri.tsv", sep="\t", index=False)
    (folder / "evaluation" / "metrics.tsv").write_text(
        (folder / "evaluation" / "metrics.tsv").read_text().replace("\tNA\tcpu", "\t0.1\tcpu")
    )
    predicted = pd.read_csv(folder / "evaluation" / "predicted.tsv", sep="\t").assign(mask_ratio=0.1)
    predicted.to_csv(folder / "evaluation" / "predicted.tsv", sep="\t", index=False)
    checkpoint = folder / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text(json.dumps({"model": "seq2exp_soft", "cells": ["K562"], "seed": 1}))
    (checkpoint / "metrics.csv").write_text("epoch,step,valid_mse\n0,1,1.0\n1,2,0.5\n")
    (folder / "trace.txt").write_text(TRACE)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("run"))


def write(finished, out, *more):
    words = [
        f"--evaluation={finished / 'evaluation'}",
        f"--annotation={finished / 'annotation'}",
        f"--checkpoint={finished / 'checkpoint'}",
    ]
    words += [f"--trace={finished / 'trace.txt'}", f"--out={out}", *map(str, more)]
    return CliRunner().invoke(command, words, catch_exceptions=False)


def multiqc(folder, *words):
    """Run MultiQC as another program would: its own folder, none of our paths."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MULTIQC_CONFIG_PATH")}
    command = [sys.executable, "-m", "multiqc", "--strict", "--no-version-check", "-f", "-o", "html", *words, "."]
    before = os.times().children_user
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("html/*.html")).read_text(), done.stdout + done.stderr, os.times().children_user - before


def headings(page):
    """Headings of the sections, in order."""
    return re.findall(r"<h3[^>]*>\s*(\d+\. [^<]+?)\s*<", page)


SECTIONS = [
    "1. In plain words",
    "2. Mean squared error, all models",
    "3. Mean absolute error, all models",
    "4. Pearson r, all models",
    "5. All metrics",
    "6. Predicted and observed",
    "7. Learning curves",
    "8. Share of the window that the mask keeps",
    "9. Width of the elements",
    "10. Classes of the elements",
    "11. Agreement of element sets",
    "12. Against the simulation's truth",
    "13. CRISPRi pairs",
    "14. CRISPRi pairs by study and distance",
    "15. Run time by process",
    "16. Peak memory by process",
    "17. Failed tasks",
]


def test_stock_multiqc_renders_every_section_in_order_and_is_strict(finished, tmp_path):
    write(finished, tmp_path)
    page, _, _ = multiqc(tmp_path, "-c", str(CONFIG))
    assert [h.replace("&#39;", "'") for h in headings(page)] == SECTIONS
    assert "General Statistics" in page
    assert "Software Versions" in page
    assert "published, full data" in page


def section(folder, key):
    return json.loads((folder / f"seq2exp_{key}_mqc.json").read_text())


def test_summary_tells_what_is_significant_and_what_is_not(finished, tmp_path):
    write(finished, tmp_path)
    text = section(tmp_path, "summary")["data"]
    cell = text[text.index("K562") :]
    assert re.search(r"Against Ridge on features: significantly better: Seq2Exp-soft \(-0\.\d+, -0\.\d+ to -0\.\d+\)", cell)
    assert re.search(r"no significant difference: [^.]*Gradient boosting", cell)
    assert "not corrected for their number" in text
    assert "Of 100 CRISPRi pairs (all pairs), 9 are regulated; area under the precision-recall curve (mask of Seq2Exp-soft)" in text
    assert ": mask 0.300, evidence (no training) 0.250, distance 0.200; chance 0.090." in text
    assert "The mask minus evidence (no training): +0.050 (-0.100 to +0.200, not significant)." in text
    assert "Tasks of the pipeline that failed (1): PREDICT GM12878.m.1" in text


def test_published_figures_stay_out_of_every_measured_table(finished, tmp_path):
    write(finished, tmp_path)
    for key in ("general", "metrics", "scatter"):
        assert "Enformer" not in json.dumps(section(tmp_path, key))
    figure = section(tmp_path, "compare_mse")
    assert "Enformer (not run)" in figure["data"]
    assert "published, full data" in figure["description"]
    measured = re.search(r"<title>mean squared error of every model in K562: ([^<]*)", figure["data"])[1]
    assert "Enformer" not in measured


def test_general_statistics_are_the_means_over_seeds_of_the_test_genes(finished, tmp_path):
    write(finished, tmp_path)
    got = section(tmp_path, "general")["data"]["K562 | Seq2Exp-soft"]
    metrics = pd.read_csv(finished / "evaluation" / "metrics.tsv", sep="\t")
    part = metrics.query("cell == 'K562' and model == 'seq2exp_soft' and split == 'test'")
    assert got["mse"] == pytest.approx(part["mse"].mean(), rel=1e-4)
    assert got["mask_ratio"] == pytest.approx(10)
    assert got["device"] == "cpu"


def test_scatter_has_at_most_2000_points(finished, tmp_path):
    write(finished, tmp_path)
    data = section(tmp_path, "scatter")["data"]
    assert len(data) == 8
    assert 0 < sum(map(len, data.values())) <= 2000


BROKEN = {"metrics.tsv": "cell\tmodel\nK562\tridge\n", "comparisons.tsv": b"\x00\xff\xfe", "predicted.tsv": ""}


def test_broken_files_are_named_and_skipped(finished, tmp_path):
    bad = tmp_path / "bad"
    (bad / "elements").mkdir(parents=True)
    (bad / "annotation").mkdir()
    for name, text in BROKEN.items():
        (bad / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (bad / "annotation" / "K562.x.json").write_text('{"cell": "K562", ')
    (bad / "annotation" / "K562.y.json").write_text('{"cell": "K562", "model": "y", "masked": true}')
    (bad / "elements" / "K562.y.bed").write_text("chr1\t1\n")
    (bad / "versions.yml").write_text("[1, 2")
    out = tmp_path / "out"
    done = write(
        finished, out, f"--evaluation={bad}", f"--annotation={bad}", f"--checkpoint={bad}", f"--versions={bad / 'versions.yml'}"
    )
    assert done.exit_code == 0
    text = section(out, "problems")["data"]
    for name in [*BROKEN, "K562.x.json", "K562.y.json", "bad", "versions.yml"]:
        assert f"<code>{name}</code>" in text, name
    assert len(section(out, "general")["data"]) == 10


def test_without_crispri_the_report_says_that_nothing_was_tested(finished, tmp_path):
    (tmp_path / "e").mkdir()
    table = pd.DataFrame([("K562", "seq2exp_soft", "mask", "evidence", 0.8, 50)], columns="cell model one other spearman n".split())
    table.to_csv(tmp_path / "e" / "agreement.tsv", sep="\t", index=False)
    words = [f"--evaluation={tmp_path / 'e'}", f"--annotation={finished / 'annotation'}", f"--out={tmp_path / 'out'}"]
    CliRunner().invoke(command, words, catch_exceptions=False)
    assert "was not tested in this run" in section(tmp_path / "out", "summary")["data"]
    assert "was not tested in this run" in section(tmp_path / "out", "agreement")["description"]


def test_nothing_but_an_empty_evaluation_is_still_a_report(tmp_path):
    (tmp_path / "empty").mkdir()
    CliRunner().invoke(command, [f"--evaluation={tmp_path / 'empty'}", f"--out={tmp_path / 'out'}"], catch_exceptions=False)
    assert "No metrics were found" in section(tmp_path / "out", "summary")["data"]


def test_a_thousand_samples_render_within_half_a_minute(tmp_path):
    rng = np.random.default_rng(0)
    rows = [(f"cell{i:03}", f"model{j}", s) for i in range(100) for j in range(10) for s in (1, 2)]
    metrics = pd.DataFrame(rows, columns=["cell", "model", "seed"]).assign(
        split="test", n=1000, device="cpu", mask_ratio=0.1, unseen="no"
    )
    for name in ("mse", "mae", "pearson", "spearman", "r2", "seconds_per_gene"):
        metrics[name] = rng.random(len(metrics))
    (tmp_path / "e").mkdir()
    metrics.to_csv(tmp_path / "e" / "metrics.tsv", sep="\t", index=False)
    over_seeds(metrics.assign(preset="small")).to_csv(tmp_path / "e" / "summary.tsv", sep="\t", index=False)
    CliRunner().invoke(command, [f"--evaluation={tmp_path / 'e'}", f"--out={tmp_path / 'out'}"], catch_exceptions=False)
    assert len(section(tmp_path / "out", "general")["data"]) == 1000
    _, _, seconds = multiqc(tmp_path / "out")
    table = pd.read_csv(tmp_path / "out/html/multiqc_data/multiqc_general_stats.txt", sep="\t", index_col=0)
    assert len(table) == 1000
    assert seconds < 30


def test_a_plain_multiqc_over_several_runs_keeps_them_apart(finished, tmp_path):
    for name in ("first", "second"):
        write(finished, tmp_path / name, f"--name={name}")
    page, _, _ = multiqc(tmp_path)
    found = [h.replace("&#39;", "'") for h in headings(page)]
    assert {h.removesuffix(" (first)").removesuffix(" (second)") for h in found} == set(SECTIONS)
    table = pd.read_csv(tmp_path / "html/multiqc_data/multiqc_general_stats.txt", sep="\t", index_col=0)
    assert {"first: K562 | Seq2Exp-soft", "second: K562 | Seq2Exp-soft"} <= set(table.index)
    assert found[:2] == ["1. In plain words (first)", "1. In plain words (second)"]


@pytest.mark.parametrize(("text", "value"), [("1h 2m 3.5s", 3723.5), ("350ms", 0.35), ("1d", 86400), ("1500", 1.5), ("-", np.nan)])
def test_trace_times_are_read(text, value):
    assert running.seconds(text) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(("text", "value"), [("1.5 GB", 1.5), ("512 MB", 0.5), ("0", 0), ("1073741824", 1), ("-", np.nan)])
def test_trace_sizes_are_read(text, value):
    assert running.gigabytes(text) == pytest.approx(value, nan_ok=True)


def test_a_task_that_a_later_attempt_finished_has_not_failed(finished):
    bad = running.failures(pd.read_csv(finished / "trace.txt", sep="\t"))
    assert bad[["process", "tag"]].to_numpy().tolist() == [["PREDICT", "GM12878.m.1"]]


def test_a_failed_task_has_a_line_with_its_reason():
    columns = "name status exit realtime peak_rss reason".split()
    rows = [
        ("TRAIN (A.m.1)", "COMPLETED", "0", "900", "1048576", None),
        ("TRAIN (B.m.1)", "FAILED", "2", None, None, "too <few> genes"),
    ]
    (found,) = running.failed(Inputs(trace=pd.DataFrame(rows, columns=columns)))
    assert "<td>TRAIN</td><td>B.m.1</td><td>2</td><td>too &lt;few&gt; genes</td>" in found.data
    assert "A.m.1" not in found.data


def test_given_versions_are_passed_on(tmp_path):
    got = Inputs(versions={"TRAIN": {"torch": "2.0"}})
    assert running.write_versions(got, tmp_path).read_text() == "TRAIN:\n  torch: '2.0'\n"


def test_json_holds_no_nan():
    assert content.clean({"a": float("nan"), 1: [np.float32(0.1), np.int64(3)]}) == {"a": None, "1": [0.1, 3]}


def test_dot_plot_places_values_and_tells_measured_from_published():
    rows = [svg.Row("a < b", 0.2, 0.01, [0.19, 0.21]), svg.Row("c", 0.4, published=0.3)]
    text = svg.dot_plot(rows, "x", "title")
    assert "a &lt; b" in text
    centres = [float(x) for x in re.findall(r'<circle cx="([\d.]+)" cy="\d+" r="5"', text)]
    diamond = float(re.search(r'<path d="M([\d.]+) ', text)[1])
    assert diamond == pytest.approx(sum(centres) / 2, abs=0.2)
    assert text.count('stroke-dasharray="3 2"') == 1


@pytest.mark.parametrize(("low", "high"), [(0.18, 0.31), (0, 1), (-3, 900), (0.5, 0.5)])
def test_ticks_span_the_values(low, high):
    marks = svg.ticks(low, high)
    assert marks[0] <= low
    assert marks[-1] >= high
    assert 2 <= len(marks) <= 9


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "<img src=x>", "a & b <b>"])
def test_names_reach_multiqc_as_text(name):
    for data in ({name: {"a": 1.0}}, [{name: {name: 2.0}}]):
        for run in ("", name):
            said = json.dumps(content.Section("k", "1. K", "table", data).content(run))
            assert "<" not in said
    assert "<" not in json.dumps(content.Section("k", "1. K", "html", "text").content(name))
