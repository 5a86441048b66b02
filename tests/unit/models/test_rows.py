"""A model is a file and a row: everything that other packages ask of a model must follow from the two."""

import dataclasses
import importlib
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch

from seq2exp_py import models
from seq2exp_py.models import MODELS, PRESETS, build, config, configure
from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.fitted import Fitted
from seq2exp_py.models.rows import ROWS, Cost, Row, label
from seq2exp_py.runtime import costs, plan
from seq2exp_py.runtime.params import PipelineParams
from seq2exp_py.training.settings import settings

FITTED = [row.name for row in ROWS if row.kind == "table"]
FOLDER = Path(models.__file__).parent
NO_MODEL = {"__init__", "base", "config", "rows", "options"}
SMALL = {"window": 8192, "centre": 64, "d_model": 16, "layers": 1, "d_state": 4, "resolution": 16, "stem": 11}


def test_a_row_that_lacks_a_field_cannot_exist():
    whole = {f.name: getattr(ROWS[0], f.name) for f in dataclasses.fields(Row)}
    assert Row(**whole) == ROWS[0]
    for name in whole:
        with pytest.raises(TypeError, match=name):
            Row(**{k: v for k, v in whole.items() if k != name})


def test_the_folder_holds_the_models_and_the_table_holds_them_all():
    files = {path.stem for path in FOLDER.glob("*.py")} - NO_MODEL
    assert files == {row.file for row in ROWS}
    for file in files:
        module = importlib.import_module(f"seq2exp_py.models.{file}")
        assert issubclass(module.Network, Fitted if file in FITTED else Model)
        assert issubclass(module.Config, config.ModelConfig)


def test_names_and_labels_are_unique():
    assert len(MODELS) == len({row.label for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", MODELS)
def test_what_the_row_fixes_and_publishes_are_fields(name):
    row, built = MODELS[name], configure(name)
    assert {field: getattr(built, field) for field in row.fixed} == row.fixed
    chosen = settings(name, "paper", {})
    assert {field: getattr(chosen, field) for field in row.published} == row.published


@pytest.mark.parametrize("name", [row.name for row in ROWS if row.name not in ("caduceus_signals_2kb", *FITTED)])
def test_the_row_says_whether_there_is_a_mask(name, make_batch):
    file = importlib.import_module(f"seq2exp_py.models.{MODELS[name].file}")
    own = getattr(file, "PRESETS", {}).get("tiny", {})
    model = build(name, "paper", **own, **SMALL).eval()
    with torch.no_grad():
        assert (model(make_batch(1, SMALL["window"])).mask is not None) == MODELS[name].masked


def test_what_is_no_network_has_no_mask():
    assert not any(MODELS[name].masked for name in FITTED)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_plan_of_all_models_knows_the_cost_of_each(preset):
    found = plan.plan(plan.Request(1, 1, 1, tuple(MODELS), preset=preset))
    assert set(found.gpu_hours) == {row.name for row in ROWS if row.cost}
    for row in ROWS:
        assert (costs.forward(row.name, preset).flop > 0) == (row.cost is not None)
        built = configure(row.name, preset)
        assert costs.tokens(row.name, preset) == built.window / built.resolution


class ToyConfig(config.ModelConfig):
    """A baseline that nobody has written yet."""


class Toy(Model):
    """Predicts a number that it learns."""

    def __init__(self, config):
        super().__init__(config)
        self.level = torch.nn.Parameter(torch.zeros(()))

    def forward(self, batch):
        return Output(self.level.expand(len(batch)))


def test_a_new_baseline_is_one_file_and_one_row(monkeypatch, make_batch):
    file = types.ModuleType("seq2exp_py.models.toy")
    file.Config, file.Network = ToyConfig, Toy
    monkeypatch.setitem(sys.modules, file.__name__, file)
    monkeypatch.setitem(MODELS, "toy", Row("toy", "toy", "A toy", "network", None, {}, {"batch": 3}, Cost(flop=1.0)))
    assert build("toy", "tiny")(make_batch(2, 32_000)).expression.shape == (2,)
    assert settings("toy", "paper", {}).batch == 3
    assert label("toy") == "A toy"
    assert list(plan.plan(plan.Request(1, 1, 1, ("toy", "ridge"))).gpu_hours) == ["toy"]


def test_parameters_take_every_model():
    pattern = next(m.pattern for m in PipelineParams.model_fields["models"].metadata if hasattr(m, "pattern"))
    assert all(re.fullmatch(pattern, name) for name in ("all", *MODELS, ",".join(MODELS)))
    assert not re.fullmatch(pattern, "toy")


def test_the_table_is_read_without_torch():
    code = "import sys, seq2exp_py.models.rows, seq2exp_py.runtime.params; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
