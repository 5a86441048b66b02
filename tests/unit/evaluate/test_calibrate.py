"""The probability of a link: the curve, and how it is judged."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from results_fixtures import cell_store, genes, genome_store

from seq2exp_py.cli.calibrate import command
from seq2exp_py.errors import InputError
from seq2exp_py.evaluate import calibrate
from seq2exp_py.evidence.probability import Calibration, logistic


def drawn(n: int = 20_000):
    rng = np.random.default_rng(0)
    x = rng.normal(-3, 2, n)
    return x, rng.random(n) < logistic(0.5 + 1.5 * x), np.char.add("chr", rng.integers(1, 6, n).astype(str))


def test_the_fit_finds_the_curve_that_the_pairs_were_drawn_from():
    x, regulated, _ = drawn()
    assert calibrate.fit(x, regulated) == pytest.approx((0.5, 1.5), abs=0.1)


def test_a_chromosome_is_judged_by_the_others_and_the_curve_is_reliable():
    x, regulated, chrom = drawn()
    flipped = np.where(chrom == "chr1", ~regulated, regulated)  # what a chromosome says does not act on its own probabilities
    own = chrom == "chr1"
    np.testing.assert_allclose(calibrate.held_out(x, flipped, chrom)[own], calibrate.held_out(x, regulated, chrom)[own])
    table = calibrate.reliability(calibrate.held_out(x, regulated, chrom), regulated)
    assert table["pairs"].sum() == len(x)
    assert table["regulated"].to_numpy() == pytest.approx(table["probability"].to_numpy(), abs=0.05)


def test_the_calibration_that_ships_rises_and_says_what_it_was_fitted_to():
    found = Calibration.load()
    p = found.of(np.array([0.0, 0.01, 0.1, 1.0, 10.0]))
    assert (np.diff(p) > 0).all()
    assert 0 < p[0] < 0.001 < p[-1] < 1
    assert found.brier < found.brier_base
    assert found.provenance["cell"] == "K562"
    assert found.provenance["pairs"] == 10_356


def benchmark(path, n):
    rows = []
    for i in range(n):
        for gene in genes().itertuples():
            start = max(gene.tss - 3_000 + 150 * i, 0)
            rows.append((gene.chrom, start, start + 100, gene.tss, gene.tss + 1, gene.gene_name, gene.gene_id, i % 3 == 0))
    names = "chrom chromStart chromEnd startTSS endTSS measuredGeneSymbol measuredGeneEnsemblId Regulated".split()
    table = pd.DataFrame(rows, columns=names)
    table.assign(chrTSS=table["chrom"], CellType="K562", ValidConnection=True).to_csv(path, sep="\t", index=False)
    return path


def test_calibrate_writes_the_curve_and_its_reliability(tmp_path):
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={store_of_signals(tmp_path / 'c')}"]
    table = benchmark(tmp_path / "b.tsv", 12)
    done = CliRunner().invoke(command, [*stores, f"--crispri={table}", f"--out={tmp_path / 'out'}"], catch_exceptions=False)
    assert "70% recall" in done.output
    found = Calibration.load(tmp_path / "out" / "calibration.json")
    assert found.provenance["regulated"] == 4 * len(genes())
    assert set(pd.read_csv(tmp_path / "out" / "reliability.tsv", sep="\t")) == {"least", "pairs", "probability", "regulated"}


def store_of_signals(folder):
    signals = {"DNase": {"chr1": [(19_000, 19_400, 3.0)]}, "H3K27ac": {"chr1": [(18_800, 19_600, 2.0), (44_900, 45_200, 4.0)]}}
    return cell_store(folder, signals=signals)


def test_too_few_pairs_and_a_broken_file_are_refused(tmp_path):
    stores = [f"--genome={genome_store(tmp_path / 'g')}", f"--cell={store_of_signals(tmp_path / 'c')}"]
    table = benchmark(tmp_path / "b.tsv", 2)
    with pytest.raises(InputError, match=r"8 regulated pairs of K562 .* needs 20"):
        CliRunner().invoke(command, [*stores, f"--crispri={table}", f"--out={tmp_path / 'out'}"], catch_exceptions=False)
    (tmp_path / "c.json").write_text(json.dumps({"intercept": 1, "slope": -1}))
    with pytest.raises(InputError, match=r"c\.json: slope: .* give the calibration\.json"):
        Calibration.load(tmp_path / "c.json")
