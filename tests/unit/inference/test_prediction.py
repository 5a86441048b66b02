import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from seq2exp_py.cli.predict import command
from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval
from seq2exp_py.inference import PredictionFolder, PredictionWriter
from seq2exp_py.inference.folder import quantised
from seq2exp_py.inference.networks import nothing
from seq2exp_py.inference.predict import predict
from seq2exp_py.models import build
from seq2exp_py.training import Clock, Request, train
from seq2exp_py.writers.bigwig import bigwig


def row(gene):
    return {"gene_id": gene, "gene_name": gene, "cell": "A", "split": "test", "observed": 1.0, "predicted": 2.0}


def test_masks_come_back_within_half_a_step_and_per_base(tmp_path):
    rng = np.random.default_rng(0)
    masks = rng.random((3, 2, 8)).astype(np.float32)
    with PredictionWriter(tmp_path / "p", masked=True) as writer:
        for gene, (mean, sd) in zip("abc", masks, strict=True):
            writer.add(row(gene), Interval("chr1", -5, 27), mean, sd)
        writer.finish({"window": 32, "resolution": 4, "model": "m"})
    folder = PredictionFolder.open(tmp_path / "p")
    for gene, (mean, sd) in zip("abc", masks, strict=True):
        window, found, spread = folder.mask(gene)
        assert window == Interval("chr1", -5, 27)
        assert found.shape == (32,)
        np.testing.assert_allclose(found[::4], mean, atol=0.5 / 255 + 1e-6)
        np.testing.assert_allclose(spread[3::4], sd, atol=0.5 / 255 + 1e-6)
    assert folder.expression.gene_id.tolist() == ["a", "b", "c"]
    with pytest.raises(InputError, match="no gene z"):
        folder.mask("z")


def test_a_model_without_a_mask_has_no_mask_ratio(toy, tmp_path):
    train(
        Request(toy[0], (toy[1],), "ridge", tmp_path / "ck", tmp_path / "state", "tiny", fields={"window": 512, "centre": 64}),
        Clock(),
    )
    predict(toy[0], toy[1], tmp_path / "ck", tmp_path / "p", ["test"], "cpu", 4)
    found = PredictionFolder.open(tmp_path / "p").expression
    assert found.mask_ratio.isna().all() and found.predicted.notna().all()


def test_a_failed_prediction_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), PredictionWriter(tmp_path / "p", masked=False) as writer:
        writer.add(row("a"), Interval("chr1", 0, 4))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_never_stored(tmp_path, odd, checkpoint, toy):
    with pytest.raises(ValueError, match="no number"):
        quantised(np.array([0.5, odd], np.float32))
    with pytest.raises(ValueError, match="no number"), bigwig(tmp_path / "a.bw", {"chr1": 10}) as track:
        track.add("chr1", 0, np.array([0.5, odd], np.float32))
    spoiled = tmp_path / "ck"
    shutil.copytree(checkpoint, spoiled)
    weights = load_file(spoiled / "model.safetensors")
    save_file({name: torch.full_like(value, odd) for name, value in weights.items()}, spoiled / "model.safetensors")
    with pytest.raises(InputError, match="are no numbers; its weights are damaged or its training diverged: train again"):
        predict(toy[0], toy[1], spoiled, tmp_path / "p", ["test"], "cpu", 4)
    assert not (tmp_path / "p").exists()


def test_other_versions_are_refused(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "seq2exp-prediction", "version": 2}))
    with pytest.raises(InputError, match="expected format seq2exp-prediction version 1"):
        PredictionFolder.open(tmp_path)


@pytest.fixture(scope="module")
def checkpoint(toy, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "ck"
    fields = {"window": 512, "centre": 64, "epochs": 2}
    train(Request(toy[0], (toy[1],), "seq2exp_hard", out, out.with_name("state"), "tiny", fields=fields), Clock())
    return out


def test_the_batch_size_changes_nothing_and_the_cell_may_be_new(toy, checkpoint, tmp_path):
    folders = []
    for batch in (1, 4, 8):
        predict(toy[0], toy[2], checkpoint, tmp_path / str(batch), [], "cpu", batch)
        folders.append(PredictionFolder.open(tmp_path / str(batch)))
    first = folders[0]
    assert first.manifest["cell"] == "B"
    assert first.manifest["trained_on"] == ["A"]
    assert len(first.expression) == 32
    for other in folders[1:]:
        pd.testing.assert_frame_equal(first.expression, other.expression, rtol=1e-5, atol=1e-6)
        for gene in first.expression.gene_id:
            for one, two in zip(first.mask(gene)[1:], other.mask(gene)[1:], strict=True):
                np.testing.assert_allclose(one, two, atol=1.01 / 255)


def test_masks_lie_where_the_genes_are(toy, checkpoint, tmp_path):
    predict(toy[0], toy[1], checkpoint, tmp_path / "p", ["test"], "cpu", 4)
    folder = PredictionFolder.open(tmp_path / "p")
    assert set(folder.expression.split) == {"test"}
    genes = pd.read_parquet(toy[0] / "genes.parquet").set_index("gene_id")
    for gene in folder.expression.gene_id:
        window, mean, sd = folder.mask(gene)
        assert window == Interval.around("chr3", int(genes.tss[gene]), 512)
        assert (mean[224:288] < 1).all()  # what the centre would be if it were not forced
        assert (sd[224:288] > 0).all()
    assert folder.manifest["forced"] == 64


def test_of_a_hard_mask_the_mean_is_kept_and_its_ratio_is_of_what_was_read(toy, checkpoint, tmp_path):
    predict(toy[0], toy[1], checkpoint, tmp_path / "p", ["test"], "cpu", 4)
    folder = PredictionFolder.open(tmp_path / "p")
    means = [folder.mask(g)[1] for g in folder.expression.gene_id]
    assert len(np.unique(means)) > 2
    kept = [(np.delete(mean, np.s_[224:288]) >= 0.5).mean() for mean in means]
    np.testing.assert_allclose(folder.expression.mask_ratio, kept, atol=0.01)


def test_the_floor_is_the_mask_of_a_base_without_evidence():
    torch.manual_seed(0)
    soft = build("seq2exp_soft", "tiny", variant="paper", window=512, centre=64)
    torch.nn.init.zeros_(soft.mask_head.project.weight)
    assert nothing(soft) == (pytest.approx(0.363, abs=1e-3), 64, None)  # Beta(11.69, 20.49)
    assert nothing(build("caduceus", "tiny")) == (None, 0, None)


@pytest.mark.parametrize(
    ("model", "known"), [("seq2exp_soft", True), ("evidence", True), ("seq2exp_retrain", False), ("macs3", False)]
)
def test_the_scale_of_a_product_mask_is_kept_where_the_mask_is_graded(model, known):
    tau = nothing(build(model, "tiny", window=512, centre=64)).tau
    assert (tau is not None and tau > 0) == known


def test_wrong_input_is_one_sentence(toy, checkpoint, tmp_path):
    options = ["--genome", toy[0], "--cell", toy[1], "--checkpoint", checkpoint, "--out", tmp_path / "p"]
    result = CliRunner().invoke(command, [str(o) for o in [*options, "--splits", "tset"]])
    assert isinstance(result.exception, InputError)
    with pytest.raises(InputError, match=r"no config\.json"):
        predict(toy[0], toy[1], tmp_path, tmp_path / "p", [], "cpu", 4)
    assert not (tmp_path / "p").exists()
