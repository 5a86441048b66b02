"""From stores to the folder: what is learned, that it is the same after a kill, and what is refused."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_peaks import LEARNS, QUICK, SIZES, peaks_of, write_cell, write_genome

from seq2exp_py.errors import InputError
from seq2exp_py.pretrain import Request, fit, pretrain
from seq2exp_py.pretrain.areas import areas
from seq2exp_py.pretrain.examples import HELD, MATCHED, PEAK, examples
from seq2exp_py.pretrain.peaks import Source
from seq2exp_py.pretrain.settings import settings
from seq2exp_py.store import Store
from seq2exp_py.store.sequence import SequenceStore
from seq2exp_py.training import Clock, OutOfTimeError


def request(planted, folder, **fields):
    return Request(planted[0], planted[1:], folder / "out", folder / "state", 1, {**QUICK, **fields})


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def learned(planted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    pretrain(request(planted, folder, **LEARNS), Clock())
    assert not (folder / "state").exists()
    return folder / "out"


def test_peaks_of_a_held_out_chromosome_are_told_from_background_and_from_other_cells(learned):
    table = pd.read_csv(learned / "metrics.csv").set_index(["fold", "cell"])
    assert set(table.index) == {(f, c) for f in ("1", "2", "held") for c in "AB"}
    assert (table.loc["held"].auroc > 0.95).all() and (table.loc["held"].auroc_cells > 0.9).all()
    assert (abs(table.gc_alone.groupby("fold").mean() - 0.5) < 0.05).all()  # A's motif is poor in G and C, B's rich
    assert (table.calibration < 0.2).all()


def test_p_is_high_in_the_cell_s_peaks_alone(learned):
    store = SequenceStore(learned)
    for cell, other in ("AB", "BA"):
        inside = np.mean([np.nanmean(store.per_base(cell, "chr4", start + 80, start + 120)) for start in peaks_of(cell)])
        elsewhere = np.mean([np.nanmean(store.per_base(cell, "chr4", start + 80, start + 120)) for start in peaks_of(other)])
        assert inside > 2 * elsewhere
    assert np.isnan(store.per_base("A", "chr4", -10, 100)).all()  # beyond the chromosome, then N
    assert store.probability("A", "chr4").shape == (SIZES["chr4"] // 20,)


def test_no_network_learns_from_its_fold_or_from_what_is_held_out(planted):
    store, chosen = Store.open(planted[0], planted[1:]), settings(QUICK)
    where = areas(store.genome, chosen.folds)
    found = examples(store.genome, [Source(c) for c in store.cell_stores], where, chosen, 1)
    assert set(found.fold) == {HELD, 0, 1}
    assert (found.open.any(axis=1) == (found.kind == PEAK)).all() and (found.kind == MATCHED).sum() > 90
    for fold in range(2):
        one = fit.Fit(found, fold, chosen, 1, planted[0] / "none.pt", {}, Clock())
        assert len(one.mine) and not {fold, HELD} & set(one.mine.fold)


def test_a_run_that_is_stopped_goes_on_to_the_same_result(planted, tmp_path):
    class Stops(Clock):
        def over(self, took):
            self.longest += 1
            return self.longest % 11 == 0

    once, often, stops = tmp_path / "once", tmp_path / "often", 0
    pretrain(request(planted, once), Clock())
    while not (often / "out").exists():
        try:
            pretrain(request(planted, often), Stops())
        except OutOfTimeError:
            stops += 1
    assert stops > 3 and contents(often / "out") == contents(once / "out")


def test_a_killed_run_goes_on_bit_for_bit(planted, tmp_path):
    fields = [f"--set={name}={value}" for name, value in {**QUICK, "least_steps": 200, "save_steps": 1}.items()]
    stores = ["--genome", planted[0], "--cell", planted[1], "--cell", planted[2]]
    words = [sys.executable, "-m", "seq2exp_py.cli.pretrain", *map(str, stores), *fields, "--out"]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*words, str(tmp_path / "killed")], env=env, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed.state" / "fold1.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL and not (tmp_path / "killed").exists()
    for name in ("killed", "whole"):
        subprocess.run([*words, str(tmp_path / name)], env=env, check=True, capture_output=True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_the_state_of_another_run_is_refused(planted, tmp_path):
    class Now(Clock):
        def over(self, took):
            return True

    with pytest.raises(OutOfTimeError):
        pretrain(request(planted, tmp_path), Now())
    with pytest.raises(InputError, match="another seed"):
        pretrain(replace(request(planted, tmp_path), seed=2), Clock())


def test_bad_input_is_one_sentence(planted, tmp_path):
    (tmp_path / "none").mkdir()
    nowhere = write_cell(tmp_path / "C", "C", called=False, tracks=False)
    with pytest.raises(InputError, match="cell C has neither peaks nor a track"):
        pretrain(Request(planted[0], (nowhere,), tmp_path / "out", tmp_path / "state"), Clock())
    blank = write_genome(tmp_path / "blank", sequence=False)
    with pytest.raises(InputError, match="no sequence at all"):
        pretrain(Request(blank, planted[1:], tmp_path / "out", tmp_path / "state"), Clock())
    one = write_genome(tmp_path / "one", {"chr1": "test"})
    with pytest.raises(InputError, match="every chromosome with sequence is held out"):
        pretrain(Request(one, (write_cell(tmp_path / "A1", "A", ("chr1",)),), tmp_path / "out", tmp_path / "state"), Clock())
    with pytest.raises(InputError, match="--set epoch: "):
        pretrain(request(planted, tmp_path, epoch=3), Clock())


def test_a_diverging_run_says_so(planted, tmp_path):
    with pytest.raises(InputError, match="training diverged"):
        pretrain(request(planted, tmp_path, lr=1e30), Clock())


def test_a_preset_is_shorter_and_single_settings_go_over_it():
    paper, small, tiny = (settings({}, name) for name in ("paper", "small", "tiny"))
    assert paper == small and 0 < tiny.batch * tiny.least_steps < paper.batch * paper.least_steps
    assert settings({"least_steps": "7"}, "tiny").least_steps == 7
