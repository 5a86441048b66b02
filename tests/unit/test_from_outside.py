"""A baseline and a signal format from outside the package: one file and one row each, and the stages take them."""

import sys
import types

import numpy as np
import torch

from seq2exp_py.inference import PredictionFolder
from seq2exp_py.inference.predict import predict
from seq2exp_py.models import MODELS
from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.rows import Cost, Row, label
from seq2exp_py.tracks import formats
from seq2exp_py.tracks.signal import open_replicates, open_signal
from seq2exp_py.training import Clock, Request, train


class Level(Model):
    """Predicts from the features and the mean of each signal."""

    def __init__(self, config):
        super().__init__(config)
        self.head = Head(len(config.tracks), config)

    def forward(self, batch):
        return Output(self.head(batch.signals.mean(1), batch))


def test_a_baseline_is_trained_predicts_and_has_a_name(toy, tmp_path, monkeypatch):
    file = types.ModuleType("seq2exp_py.models.level")
    file.Config, file.Network = type("Config", (ModelConfig,), {}), Level
    monkeypatch.setitem(sys.modules, file.__name__, file)
    monkeypatch.setitem(MODELS, "level", Row("level", "level", "Mean levels", False, {}, {}, Cost(flop=1.0)))
    out, fields = tmp_path / "checkpoint", {"window": 512, "centre": 64, "workers": 0, "epochs": 1}
    train(Request(toy[0], (toy[1],), "level", out, tmp_path / "state", "tiny", fields=fields), Clock())
    predict(toy[0], toy[2], out, tmp_path / "prediction", ["test"], "cpu", 4)
    found = PredictionFolder.open(tmp_path / "prediction")
    assert (found.manifest["model"], found.manifest["masked"], label("level")) == ("level", False, "Mean levels")
    assert torch.isfinite(torch.tensor(found.expression.predicted.to_numpy())).all()


class Wig:
    """Reads `chrom value` lines: one value for a whole chromosome of 100 bp."""

    def __init__(self, path, extension):
        self.level = {line.split()[0]: float(line.split()[1]) for line in path.read_text().splitlines()}
        self.sizes, self.ends, self.extension = dict.fromkeys(self.level, 100), {}, extension

    @property
    def chroms(self):
        return tuple(self.level)

    def values(self, chrom, start, end):
        return np.full(end - start, self.level[chrom], np.float32)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def test_a_signal_format_is_told_by_its_suffix_and_read(tmp_path, monkeypatch):
    module = types.ModuleType("seq2exp_py.tracks.levels")
    module.Wig = Wig
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(formats.SIGNALS, "levels", formats.Signals(("lvl",), "levels.Wig", ("extension",)))
    (tmp_path / "a.lvl").write_text("chr1 3\nchr2 5\n")
    assert "levels" in formats.allowed("DNase")
    with open_signal(tmp_path / "a.lvl", extension=7) as signal:
        assert signal.extension == 7
    row = types.SimpleNamespace(path=tmp_path / "a.lvl", format=None, index=None, chromosomes=None)
    mean = open_replicates([row], {"chr1": 100, "chr2": 100})
    assert mean.values("chr2", 10, 12).tolist() == [5, 5]
