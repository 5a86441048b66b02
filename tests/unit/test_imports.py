"""What a task imports before it works: torch is for the networks alone, and a help text needs none of the libraries."""

import subprocess
import sys
from pathlib import Path

import pytest

from seq2exp_py.cli import group

NO_NETWORK = ("annotate.run", "browser.build_hub", "browser.igv", "evaluate.run", "evaluate.planted", "report.run", "tracks.check")
READERS = ("pysam", "cooler", "pyBigWig", "pyfaidx", "Bio", "hictkpy", "pybedtools", "pybigtools", "yaml", "sklearn", "scipy")
STORES = ("store.build_genome", "store.build_cell", "simulate.dataset")


def modules(code: str) -> list[str]:
    """What is loaded after `code` has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def loaded(code: str) -> set[str]:
    """The packages of those modules."""
    return {name.split(".")[0] for name in modules(code)}


def command(words: list[str | Path]) -> str:
    """Code that runs `seq2exp` with some words."""
    return f"from seq2exp_py.cli import group\ngroup({[str(word) for word in words]}, standalone_mode=False)"


@pytest.mark.parametrize("module", [*NO_NETWORK, *STORES])
def test_only_networks_import_torch(module):
    assert "torch" not in loaded(f"import seq2exp_py.{module}")


@pytest.mark.parametrize("module", ["evaluate.run", "evaluate.planted", "report.run", "cli._check", "store.build_cell"])
def test_what_is_slow_to_import_comes_with_the_work_that_needs_it(module):
    slow = {"scipy.stats", "cooler", "sklearn", "matplotlib", "numba"}
    assert not slow & set(modules(f"import seq2exp_py.{module}"))


def test_networks_do():
    assert "torch" in loaded("import seq2exp_py.inference.networks"), "else the test above proves nothing"


@pytest.mark.parametrize(("model", "fitting"), [("ridge", {"sklearn"}), ("gbm", set())])
def test_what_is_no_network_is_trained_and_predicts_without_torch(model, fitting, toy, tmp_path):
    stores = ["--genome", toy[0], "--cell", toy[1]]
    small = ["--preset=tiny", "--set=window=512", "--set=centre=64"]
    train = ["train", *stores, "--model", model, *small, "--out", tmp_path / "checkpoint"]
    predict = ["predict", *stores, "--checkpoint", tmp_path / "checkpoint", "--out", tmp_path / "prediction"]
    for words, spared in ((train, {"torch"} | fitting), (predict, {"torch", "sklearn"})):
        assert not spared & loaded(command(words))
    assert (tmp_path / "checkpoint/model.safetensors").is_file() and (tmp_path / "prediction/expression.parquet").is_file()


def test_masks_are_compared_with_the_truth_without_torch(toy, tmp_path):
    truth = tmp_path / "truth"
    truth.mkdir()
    for name, rest in (("R_g", "E1"), ("A.R_m", "E1"), ("A.R_ag", "chr3_200\t500")):
        (truth / f"{name}.bed").write_text(f"chr3\t250\t300\t{rest}\n")
    stores = ["--genome", str(toy[0]), "--cell", str(toy[1])]
    small = ["--preset=tiny", "--set=window=512", "--set=centre=64", "--set=resolution=64"]
    steps = (
        ["train", *stores, "--model", "evidence", *small, "--out", str(tmp_path / "checkpoint")],
        ["predict", *stores, "--checkpoint", str(tmp_path / "checkpoint"), "--out", str(tmp_path / "prediction")],
    )
    for words in steps:
        group(words, standalone_mode=False)
    words = ["evaluate", *stores, "--prediction", tmp_path / "prediction", "--truth", truth, "--out", tmp_path / "evaluation"]
    assert "torch" not in loaded(command(words))
    assert "mask" in (tmp_path / "evaluation/truth.tsv").read_text()


def test_training_and_prediction_need_no_reader_of_raw_files():
    code = f"""
import sys
sys.modules |= dict.fromkeys({READERS!r})
import seq2exp_py.training.networks, seq2exp_py.inference.networks
from seq2exp_py import models
for name in ("seq2exp_soft", "seq2exp_hard", "caduceus_signals", "enformer"):
    models.build(name, "tiny")
"""
    assert "torch" in loaded(code)


def test_a_step_of_training_needs_no_compiler():
    code = """
import torch
from seq2exp_py.training.optimise import AdamW
weight = torch.nn.Parameter(torch.ones(2))
optimiser = AdamW([weight], lr=0.1)
torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, 2)
weight.sum().backward()
optimiser.step()
optimiser.zero_grad()
optimiser.load_state_dict(optimiser.state_dict())
"""
    assert "torch._dynamo" not in modules(code)


def test_a_help_text_needs_no_library_of_the_work():
    code = """
from click.testing import CliRunner
from seq2exp_py.cli import group
names = group.list_commands(None)
assert len(names) > 15
for name in ["", *names]:
    done = CliRunner().invoke(group, [*name.split(), "--help"])
    assert done.exit_code == 0 and "Usage:" in done.output, (name, done.output)
"""
    heavy = {"torch", "numpy", "pandas", "scipy", "pyarrow", "pysam", "cooler", "numba", "pybedtools"}
    assert not heavy & loaded(code)
