"""A baseline, a signal format and an output track from outside the package: a file and a row each, and the commands take them."""

import json
import runpy
import sys
import types
from pathlib import Path

import numpy as np
import torch
from click.testing import CliRunner

from seq2exp_py.browser.kinds import KINDS, SIGNAL, Kind
from seq2exp_py.cli import annotate, hub, igv, predict, prepare_cell, prepare_genome
from seq2exp_py.inference import PredictionFolder
from seq2exp_py.models import MODELS
from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.models.parts.head import Head
from seq2exp_py.models.rows import Cost, Row, label
from seq2exp_py.store.read import CellStore
from seq2exp_py.tracks import formats
from seq2exp_py.writers.bigwig import bigwig

sys.path.insert(0, str(Path(__file__).parent / "annotate"))
from results_fixtures import SIZES, cell_store, genome_store, prediction


def run(command, *words):
    CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


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
    monkeypatch.setitem(MODELS, "level", Row("level", "level", "Mean levels", "network", None, {}, {}, Cost(flop=1.0)))
    train = runpy.run_module("seq2exp_py.cli.train")["command"]  # afresh, since its choices are those of the table
    small = [word for field in ("window=512", "centre=64", "workers=0") for word in ("--set", field)]
    out = tmp_path / "checkpoint"
    run(train, "--genome", toy[0], "--cell", toy[1], "--model=level", "--preset=tiny", "--epochs=1", *small, "--out", out)
    at = ["--genome", toy[0], "--cell", toy[2], "--device=cpu", "--splits=test"]
    run(predict.command, *at, "--checkpoint", out, "--out", tmp_path / "prediction")
    found = PredictionFolder.open(tmp_path / "prediction")
    assert (found.manifest["model"], found.manifest["masked"], label("level")) == ("level", False, "Mean levels")
    assert torch.isfinite(torch.tensor(found.expression.predicted.to_numpy())).all()


class Levels:
    """Reads `chrom size value` lines: one value for a whole chromosome."""

    def __init__(self, path, extension):
        lines = [line.split() for line in path.read_text().splitlines()]
        self.level, self.sizes = ({line[0]: kind(line[n]) for line in lines} for n, kind in ((2, float), (1, int)))
        self.ends, self.extension = {}, extension

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


def test_a_signal_format_is_told_by_its_suffix_and_becomes_a_store(tmp_path, monkeypatch):
    module = types.ModuleType("seq2exp_py.tracks.levels")
    module.Levels = Levels
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(formats.SIGNALS, "levels", formats.Signals(("lvl",), "levels.Levels", ("extension",)))
    chroms = ("chr1", "chr2", "chr3")
    (tmp_path / "g.fa").write_text("".join(f">{chrom}\n" + "ACGT" * 250 + "\n" for chrom in chroms))
    (tmp_path / "g.bed").write_text("".join(f"{chrom}\t500\t600\t{chrom}\t0\t+\n" for chrom in chroms))
    (tmp_path / "a.lvl").write_text("".join(f"{chrom} 1000 {level}\n" for level, chrom in enumerate(chroms, 3)))
    (tmp_path / "s.csv").write_text("cell,assay,path\nK,DNase,a.lvl\n")
    files = ["--fasta", tmp_path / "g.fa", "--genes", tmp_path / "g.bed", "--splits=valid=chr2;test=chr3", "--window=200"]
    run(prepare_genome.command, *files, "--out", tmp_path / "genome")
    run(prepare_cell.command, "--genome", tmp_path / "genome", "--input", tmp_path / "s.csv", "--cell=K", "--out", tmp_path / "K")
    cell = CellStore(tmp_path / "K")
    assert [cell.signal("DNase", chrom).tolist() for chrom in chroms] == [[level] * 1000 for level in (3, 4, 5)]


def test_an_output_track_is_shown_by_the_hub_the_page_and_the_session(tmp_path, monkeypatch):
    toy = Kind("toy", "a toy of {assay}", "toy", (1, 2, 3), "bigWig", SIGNAL, height=77, path="toys/{name}.bw", top=4)
    monkeypatch.setitem(KINDS, "toy", toy)
    genome, cell = genome_store(tmp_path / "genome"), cell_store(tmp_path / "cell")
    results = tmp_path / "results"
    given = ["--genome", genome, "--cell", cell, "--prediction", prediction(tmp_path / "p")]
    run(annotate.command, *given, "--out", results / "K562")
    (results / "K562/toys").mkdir()
    with bigwig(results / "K562/toys/K562.seq2exp_soft.bw", SIZES) as out:  # what the new call in `annotate` would write
        out.add("chr1", 0, np.ones(10, np.float32))
    run(hub.command, "--results", results, "--genome", genome, "--cell", cell, "--out", results / "hub")
    run(igv.command, "--results", results, "--out", results / "igv")
    stanzas = (results / "hub/hub.txt").read_text().split("\n\n")
    (stanza,) = [text for text in stanzas if "bigDataUrl ../K562/toys/K562.seq2exp_soft.bw" in text]
    assert "type bigWig 0 4" in stanza and "parent K562_signal_view" in stanza
    (shown,) = [track for track in json.loads((results / "igv/page.json").read_text())["tracks"] if track["kind"] == "toy"]
    assert (shown["height"], shown["max"], shown["url"]) == (77, 4, "../K562/toys/K562.seq2exp_soft.bw")
    assert 'path="K562/toys/K562.seq2exp_soft.bw"' in (results / "igv_session.xml").read_text()
