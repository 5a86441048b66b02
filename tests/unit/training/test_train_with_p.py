"""P of the sequence in the mask: trained, gone on from, applied, and refused where it does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from seq2exp_py.cli.predict import command as predict_command
from seq2exp_py.cli.train import command as train_command
from seq2exp_py.errors import InputError
from seq2exp_py.files import sha256
from seq2exp_py.inference.folder import PredictionFolder
from seq2exp_py.inference.predict import predict
from seq2exp_py.store import Store
from seq2exp_py.training import Clock, OutOfTimeError, Request, train
from seq2exp_py.training.loading import load

ROWS = ("seq2exp_soft", "seq2exp_hard", "seq2exp_retrain", "evidence")


def request(toy, out: Path, model: str = "seq2exp_soft", **more) -> Request:
    given = {k: more.pop(k) for k in ("pretrained", "init", "cells", "seed") if k in more}
    cells = given.pop("cells", toy[1:])
    sizes = {"window": 512, "centre": 64, "workers": 0, "epochs": 1}
    return Request(toy[0], cells, model, out, out.with_name(f"{out.name}.state"), "tiny", fields=sizes | more, **given)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def same(a: Path, b: Path) -> bool:
    one, two = weights(a), weights(b)
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def test_a_batch_has_p_of_its_bases_cell_by_cell(toy, pretrained):
    store = Store.open(toy[0], toy[1:], pretrained)
    samples = [store.samples("train")[0], store.samples("valid")[-1]]
    batch = store.batch(samples, 512)
    for row, (gene, cell) in zip(batch.probability.numpy(), samples, strict=True):
        chrom, tss = store.genes.chrom[gene], int(store.genes.tss[gene])
        expected = store.pretrained.per_base(store.cells[cell], chrom, tss - 256, tss + 256)
        np.testing.assert_array_equal(row, expected)
    assert batch.probability[0].isnan().any() and not batch.probability[1].isnan().all()
    assert Store.open(toy[0], toy[1:]).batch(samples, 512).probability is None


@pytest.mark.parametrize("model", ROWS)
def test_every_row_is_trained_and_applied_with_p_and_says_whose_it_was(model, toy, pretrained, tmp_path):
    train(request(toy, tmp_path / "ck", model, pretrained=pretrained), Clock())
    about = json.loads((tmp_path / "ck" / "config.json").read_text())
    stated = {"folder": "toy", "sha256": sha256(pretrained / "manifest.json")}
    assert about["config"]["sequence"] == "pretrained" and about["pretrained"] == stated
    predict(toy[0], toy[1], tmp_path / "ck", tmp_path / "out", ["test"], "cpu", 4, pretrained)
    manifest = PredictionFolder.open(tmp_path / "out").manifest
    assert (manifest["sequence"], manifest["pretrained"]) == ("pretrained", stated)
    with pytest.raises(InputError, match="give --pretrained"):
        predict(toy[0], toy[1], tmp_path / "ck", tmp_path / "none", ["test"], "cpu", 4)


def test_the_mask_that_is_written_is_that_of_the_signals_times_p(toy, pretrained, tmp_path):
    for kind in ("none", "pretrained"):
        train(request(toy, tmp_path / kind, "evidence", sequence=kind, pretrained=pretrained), Clock())
    store = Store.open(toy[0], toy[1:], pretrained)
    batch = store.batch(store.samples("test")[:3], 512)
    bare, full = (load(tmp_path / kind)[0] for kind in ("none", "pretrained"))
    odds = [(m := model(batch).free).div(1 - m) - 1e-3 for model in (bare, full)]
    means = batch.probability.nan_to_num(1.0).view(3, -1, 16).mean(2)
    scale = float(bare.mask_head.tau / full.mask_head.tau)
    assert torch.allclose(odds[1], odds[0] * means * scale, rtol=1e-2, atol=1e-4)
    assert json.loads((tmp_path / "none" / "config.json").read_text())["pretrained"] is None


@pytest.mark.parametrize("model", ["seq2exp_soft", "seq2exp_retrain"])
def test_a_run_with_p_that_is_stopped_goes_on_to_the_same_result(model, toy, pretrained, tmp_path):
    train(request(toy, tmp_path / "whole", model, pretrained=pretrained), Clock())
    stops = 0
    while not (tmp_path / "parts").exists():
        try:
            train(request(toy, tmp_path / "parts", model, pretrained=pretrained), Clock(limit=0.0))
        except OutOfTimeError:
            stops += 1
    assert stops > 2 and same(tmp_path / "whole", tmp_path / "parts")


def test_the_state_of_a_run_with_another_p_is_refused(toy, pretrained, tmp_path, make_pretrained):
    other = make_pretrained(tmp_path / "other", toy[0], seed=5)
    with pytest.raises(OutOfTimeError):
        train(request(toy, tmp_path / "ck", pretrained=pretrained), Clock(limit=0.0))
    with pytest.raises(InputError, match="another pretrained"):
        train(request(toy, tmp_path / "ck", pretrained=other), Clock())


def test_what_was_left_open_is_as_the_checkpoint_that_it_starts_from(toy, pretrained, tmp_path):
    for kind in ("learned", "pretrained"):
        train(request(toy, tmp_path / kind, sequence=kind, pretrained=pretrained), Clock())
        for model in ("seq2exp_soft", "seq2exp_retrain"):
            out = tmp_path / f"{kind}.{model}"
            train(request(toy, out, model, pretrained=pretrained, init=tmp_path / kind), Clock())
            assert json.loads((out / "config.json").read_text())["config"]["sequence"] == kind
    with pytest.raises(InputError, match="sequence=learned; seq2exp_retrain freezes it"):
        wrong = request(
            toy, tmp_path / "x", "seq2exp_retrain", pretrained=pretrained, init=tmp_path / "learned", sequence="pretrained"
        )
        train(wrong, Clock())


def test_the_seed_decides_and_p_changes_the_result(toy, pretrained, tmp_path):
    for name, more in (
        ("a", {"pretrained": pretrained}),
        ("b", {"pretrained": pretrained}),
        ("c", {"pretrained": pretrained, "seed": 2}),
        ("d", {"sequence": "none"}),
    ):
        train(request(toy, tmp_path / name, **more), Clock())
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c") and not same(tmp_path / "a", tmp_path / "d")


def test_models_without_odds_do_not_open_p(toy, tmp_path, capsys):
    train(request(toy, tmp_path / "ck", "ridge", pretrained=tmp_path / "nowhere"), Clock())
    predict(toy[0], toy[1], tmp_path / "ck", tmp_path / "out", ["test"], "cpu", 4, tmp_path / "nowhere")
    train(request(toy, tmp_path / "sum", pretrained=tmp_path / "nowhere", variant="paper"), Clock())
    assert "signals are added, so P" in capsys.readouterr().err


def test_wrong_input_is_one_sentence(toy, pretrained, tmp_path, make_genome, make_pretrained):
    with pytest.raises(InputError, match="needs --pretrained"):
        train(request(toy, tmp_path / "ck", sequence="pretrained"), Clock())
    alone = make_pretrained(tmp_path / "alone", toy[0], ("A",))
    with pytest.raises(InputError, match="knows A, not B"):
        train(request(toy, tmp_path / "ck", pretrained=alone), Clock())
    genome = make_genome(tmp_path / "genome")
    (genome / "sequence" / "chr1.u8").write_bytes(bytes(30_000))
    manifest = json.loads((genome / "manifest.json").read_text())
    manifest["files"]["sequence/chr1.u8"] = sha256(genome / "sequence" / "chr1.u8")
    (genome / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="another sequence than that of"):
        train(replace(request(toy, tmp_path / "ck", pretrained=pretrained), genome=genome), Clock())
    with pytest.raises(InputError, match="no manifest"):
        train(request(toy, tmp_path / "ck", pretrained=tmp_path), Clock())


def test_the_commands_take_it(toy, pretrained, tmp_path):
    stores = [
        "--genome",
        toy[0],
        "--cell",
        toy[1],
        "--model",
        "evidence",
        "--preset",
        "tiny",
        "--set=window=512",
        "--set=centre=64",
    ]
    for name, more, kind in (
        ("p", ["--pretrained", pretrained], "pretrained"),
        ("none", ["--pretrained", pretrained, "--sequence", "none"], "none"),
        ("learned", ["--sequence", "learned"], "none"),
    ):
        words = [str(word) for word in (*stores, *more, "--device", "cpu", "--out", tmp_path / name)]
        done = CliRunner().invoke(train_command, words)
        assert done.exit_code == 0, done.output
        assert json.loads((tmp_path / name / "config.json").read_text())["config"]["sequence"] == kind
    wanted = ["--genome", toy[0], "--cell", toy[1], "--checkpoint", tmp_path / "p", "--device", "cpu", "--out", tmp_path / "out"]
    done = CliRunner().invoke(predict_command, [str(word) for word in (*wanted, "--pretrained", pretrained)])
    assert done.exit_code == 0 and PredictionFolder.open(tmp_path / "out").manifest["pretrained"]["folder"] == "toy"


def test_another_p_than_that_of_the_training_is_told(toy, pretrained, tmp_path, capsys, make_pretrained):
    train(request(toy, tmp_path / "ck", "evidence", pretrained=pretrained), Clock())
    other = make_pretrained(tmp_path / "other", toy[0], seed=5)
    predict(toy[0], toy[1], tmp_path / "ck", tmp_path / "out", ["test"], "cpu", 4, other)
    assert "P of other is not the one that evidence was trained with (toy)" in capsys.readouterr().err
