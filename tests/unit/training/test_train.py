import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from seq2exp_py.errors import InputError
from seq2exp_py.files import sha256
from seq2exp_py.store import Store
from seq2exp_py.training import Clock, OutOfTimeError, Request, scores, train
from seq2exp_py.training.adapt import few
from seq2exp_py.training.loading import load

SIZES = {"window": 512, "centre": 64, "workers": 0}


def request(toy, out: Path, model="seq2exp_soft", **fields) -> Request:
    known = {k: fields.pop(k) for k in ("seed", "init", "cells") if k in fields}
    cells = known.pop("cells", (toy[1],))
    return Request(
        toy[0], cells, model, out, out.with_name(f"{out.name}.state"), "tiny", fields=SIZES | {"epochs": 2} | fields, **known
    )


def metrics(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "metrics.csv").drop(columns="seconds")


def same(a: Path, b: Path) -> bool:
    one, two = load_file(a / "model.safetensors"), load_file(b / "model.safetensors")
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def command(toy, out: Path, *more: str) -> list[str]:
    stores = ["--genome", toy[0], "--cell", toy[1], "--model", "seq2exp_soft", "--preset", "tiny", "--device", "cpu"]
    fields = [f"--set={k}={v}" for k, v in SIZES.items()]
    return [str(x) for x in ["-m", "seq2exp_py.cli.train", *stores, *fields, "--out", out, *more]]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def test_a_checkpoint_holds_what_the_format_says_and_loads_again(toy, tmp_path):
    train(request(toy, tmp_path / "ck", seed=3, cells=toy[1:]), Clock())
    assert sorted(p.name for p in (tmp_path / "ck").iterdir()) == ["config.json", "metrics.csv", "model.safetensors"]
    assert not (tmp_path / "ck.state").exists()
    about = json.loads((tmp_path / "ck" / "config.json").read_text())
    assert (about["format"], about["version"], about["model"], about["seed"]) == ("seq2exp-checkpoint", 1, "seq2exp_soft", 3)
    assert (about["cells"], about["tracks"], about["samples_seen"]) == (["A", "B"], ["H3K27ac", "DNase", "HiC"], 80)
    model, _ = load(tmp_path / "ck")
    assert model.config.model_dump(mode="json") == about["config"]
    columns = "epoch step lr train_loss train_task train_kl valid_mse valid_mae valid_pearson mask_ratio".split()
    assert list(metrics(tmp_path / "ck")) == columns
    assert metrics(tmp_path / "ck").step.tolist() == [5, 10]


@pytest.fixture(autouse=True)
def one_thread():
    """Sums in one order: a bit-for-bit comparison holds for one number of threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_seeds_decide_everything(toy, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(request(toy, tmp_path / name, seed=seed, epochs=1), Clock())
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c")


def test_training_learns_what_the_signal_says(toy, tmp_path):
    train(request(toy, tmp_path / "ck", "caduceus_signals", epochs=25, cells=toy[1:]), Clock())
    table = metrics(tmp_path / "ck")
    assert table.train_task.iloc[-1] < 0.5 * table.train_task.iloc[0]


def test_a_run_stopped_for_time_goes_on_to_the_same_result(toy, tmp_path):
    train(request(toy, tmp_path / "whole"), Clock())
    stops = 0
    while not (tmp_path / "parts").exists():
        clock = Clock(limit=0.0)
        try:
            train(request(toy, tmp_path / "parts"), clock)
        except OutOfTimeError:
            stops += 1
    assert stops == 5  # one step each, and the last one goes on to the end
    assert same(tmp_path / "whole", tmp_path / "parts")
    pd.testing.assert_frame_equal(metrics(tmp_path / "whole"), metrics(tmp_path / "parts"), check_exact=True)


def test_a_run_keeps_the_precision_that_it_began_with(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(scores, "gemm_dtype", lambda device: torch.bfloat16)
    with pytest.raises(OutOfTimeError):
        train(request(toy, tmp_path / "parts", precision="auto"), Clock(limit=0.0))
    monkeypatch.setattr(scores, "gemm_dtype", lambda device: torch.float32)
    train(request(toy, tmp_path / "parts", precision="auto"), Clock())
    train(request(toy, tmp_path / "whole", precision="bf16"), Clock())
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_a_killed_run_goes_on_bit_for_bit(toy, tmp_path):
    long = ["--set=save_steps=1", "--epochs=12"]
    process = subprocess.Popen(
        [sys.executable, *command(toy, tmp_path / "killed", *long)], env=environment(), stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "killed.state" / "resume.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed").exists()
    for name in ("killed", "whole"):
        out = tmp_path / name
        shared = SIZES | {"save_steps": 1, "epochs": 12, "promoter_activity": True}
        train(
            Request(toy[0], (toy[1],), "seq2exp_soft", out, out.with_name(f"{name}.state"), "tiny", fields=shared, device="cpu"),
            Clock(),
        )
    assert same(tmp_path / "whole", tmp_path / "killed")
    pd.testing.assert_frame_equal(metrics(tmp_path / "whole"), metrics(tmp_path / "killed"), check_exact=True)


def test_two_processes_equal_one(toy, tmp_path):
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]  # a free port each time
    subprocess.run([*launch, *command(toy, tmp_path / "two", "--epochs=1")], env=environment(), check=True)
    train(request(toy, tmp_path / "one", epochs=1, promoter_activity=True), Clock())
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    assert all(torch.allclose(one[k], two[k], atol=2e-5) for k in one)
    pd.testing.assert_frame_equal(metrics(tmp_path / "one"), metrics(tmp_path / "two"), rtol=1e-4)


def test_micro_batches_and_checkpointing_change_only_the_rounding(toy, tmp_path):
    train(request(toy, tmp_path / "plain", epochs=1), Clock())
    train(request(toy, tmp_path / "small", epochs=1, micro=3, checkpointing=True), Clock())
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("plain", "small"))
    assert all(torch.allclose(one[k], two[k], atol=2e-5) for k in one)


def test_the_state_of_another_run_is_refused(toy, tmp_path):
    with pytest.raises(OutOfTimeError):
        train(request(toy, tmp_path / "ck"), Clock(limit=0.0))
    with pytest.raises(InputError, match="another training"):
        train(request(toy, tmp_path / "ck", lr=0.1), Clock())


def test_a_diverging_run_stops_with_a_sentence(toy, tmp_path):
    with pytest.raises(InputError, match="training diverged: the loss is nan at step"):
        train(request(toy, tmp_path / "ck", "caduceus_signals", lr=1e30, warmup=0), Clock())
    assert not (tmp_path / "ck").exists()


def test_retrain_trains_a_soft_mask_first_or_takes_a_given_one(toy, tmp_path):
    train(request(toy, tmp_path / "soft", epochs=1), Clock())
    train(request(toy, tmp_path / "given", "seq2exp_retrain", epochs=1, init=tmp_path / "soft", mask_ratio=0.3), Clock())
    train(request(toy, tmp_path / "alone", "seq2exp_retrain", epochs=1, mask_ratio=0.1), Clock())
    soft, given = (load_file(tmp_path / name / "model.safetensors") for name in ("soft", "given"))
    assert torch.equal(soft["mask_head.project.weight"], given["masker.mask_head.project.weight"])
    assert metrics(tmp_path / "given").mask_ratio.tolist() == pytest.approx([0.3], abs=0.07)
    assert metrics(tmp_path / "alone").mask_ratio.tolist() == pytest.approx([0.1], abs=0.07)
    with pytest.raises(InputError, match="needs --init-from a seq2exp_soft"):
        train(request(toy, tmp_path / "wrong", "seq2exp_retrain", init=tmp_path / "given"), Clock())


def test_training_goes_on_from_given_weights(toy, tmp_path):
    train(request(toy, tmp_path / "first", "caduceus", epochs=1), Clock())
    train(request(toy, tmp_path / "next", "caduceus", epochs=1, init=tmp_path / "first", lr=1e-12, warmup=0, min_lr=0), Clock())
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "next"))
    assert all(torch.allclose(one[k], two[k], atol=1e-6) for k in one)
    with pytest.raises(InputError, match="do not fit the model"):
        train(request(toy, tmp_path / "other", "mamba", init=tmp_path / "first"), Clock())


@pytest.fixture
def unmeasured(toy, tmp_path) -> Path:
    """Cell B without expression."""
    store = Path(shutil.copytree(toy[2], tmp_path / "unmeasured"))
    genes = pd.read_parquet(store / "genes.parquet").assign(observed=float("nan"))
    genes.to_parquet(store / "genes.parquet")
    manifest = json.loads((store / "manifest.json").read_text())
    manifest["files"]["genes.parquet"] = sha256(store / "genes.parquet")
    (store / "manifest.json").write_text(json.dumps(manifest))
    return store


def test_a_cell_without_expression_takes_a_checkpoint_of_others_as_it_is(toy, unmeasured, tmp_path, capsys):
    train(request(toy, tmp_path / "ck"), Clock())
    train(request(toy, tmp_path / "taken", cells=(unmeasured,), init=tmp_path / "ck"), Clock())
    assert same(tmp_path / "ck", tmp_path / "taken")
    assert "B: no expression, so nothing is trained" in capsys.readouterr().err
    with pytest.raises(InputError, match="is a seq2exp_soft, and ridge cannot be trained on B: no expression"):
        train(request(toy, tmp_path / "other", "ridge", cells=(unmeasured,), init=tmp_path / "ck"), Clock())


def test_a_cell_without_expression_cannot_be_trained_and_a_sentence_says_what_can_be_done(toy, unmeasured, tmp_path):
    with pytest.raises(InputError, match="B: no expression, so seq2exp_soft cannot be trained; give --init-from a checkpoint"):
        train(request(toy, tmp_path / "ck", cells=(unmeasured,)), Clock())


def test_bf16_trains(toy, tmp_path):
    train(request(toy, tmp_path / "ck", "seq2exp_hard", epochs=1, precision="bf16"), Clock())
    assert metrics(tmp_path / "ck").valid_mse.notna().all()


def test_a_damaged_checkpoint_is_refused(toy, tmp_path):
    train(request(toy, tmp_path / "ck", "caduceus", epochs=1), Clock())
    config = json.loads((tmp_path / "ck" / "config.json").read_text())
    (tmp_path / "ck" / "config.json").write_text(json.dumps(config | {"version": 2}))
    with pytest.raises(InputError, match="field version"):
        load(tmp_path / "ck")
    with pytest.raises(InputError, match=r"no config\.json"):
        load(tmp_path)


def test_the_head_alone_trains_and_the_rest_stays_as_it_was_given(toy, tmp_path):
    train(request(toy, tmp_path / "first", "caduceus_signals", epochs=1), Clock())
    train(request(toy, tmp_path / "next", "caduceus_signals", init=tmp_path / "first", cells=toy[2:], parts="head"), Clock())
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "next"))
    changed = {key for key in one if not torch.equal(one[key], two[key])}
    assert changed == {key for key in one if key.startswith("head.")}
    with pytest.raises(InputError, match="none is given; add --init-from"):
        train(request(toy, tmp_path / "alone", "caduceus_signals", parts="head"), Clock())


def test_few_genes_are_drawn_by_the_seed_and_the_same_in_every_cell(toy, tmp_path):
    store = Store.open(toy[0], toy[1:])
    samples = store.samples("train"), store.samples("valid")
    some, valid = few(samples, 10, 1)
    genes = {s.gene for s in some}
    assert len(genes) == 10 and len(some) == 20 and len({s.gene for s in valid}) == 3
    assert few(samples, 10, 1) == (some, valid)
    assert {s.gene for s in few(samples, 10, 2)[0]} != genes
    train(request(toy, tmp_path / "ck", cells=toy[1:], genes=10), Clock())
    assert json.loads((tmp_path / "ck" / "config.json").read_text())["samples_seen"] == 40
    with pytest.raises(InputError, match="only 20 training genes are measured"):
        few(samples, 21, 1)


@pytest.mark.parametrize("model", ["ridge", "gbm"])
def test_a_model_that_is_no_network_is_asked_in_the_same_way(toy, unmeasured, tmp_path, monkeypatch, model):
    monkeypatch.setenv("RANK", "1")  # of the processes of torchrun the first does it all
    train(request(toy, tmp_path / "ck", model, cells=toy[1:]), Clock())
    assert not (tmp_path / "ck").exists()
    monkeypatch.setenv("RANK", "0")
    train(request(toy, tmp_path / "ck", model, cells=toy[1:], genes=10), Clock())
    about = json.loads((tmp_path / "ck" / "config.json").read_text())
    assert (about["samples_seen"], about["best_epoch"], about["parameters"], about["training"]["genes"]) == (20, 1, 0, 10)
    assert metrics(tmp_path / "ck").valid_mse.notna().all() and metrics(tmp_path / "ck").lr.isna().all()
    train(request(toy, tmp_path / "taken", model, cells=(unmeasured,), init=tmp_path / "ck"), Clock())
    assert same(tmp_path / "ck", tmp_path / "taken")
    for fields, said in (
        ({"init": tmp_path / "ck"}, "leave out --init-from"),
        ({"parts": "head"}, "none is given; add --init-from"),
        ({"depth": 3}, "--set depth: no such field"),
        ({"cells": (unmeasured,)}, f"no expression, so {model} cannot be trained"),
    ):
        with pytest.raises(InputError, match=said):
            train(request(toy, tmp_path / "wrong", model, **fields), Clock())
    assert not (tmp_path / "wrong").exists()
