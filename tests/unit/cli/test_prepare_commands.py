"""prepare-genome and prepare-cell as a user calls them: options, help, exit status, nothing left behind on bad input."""

import sys

import pytest
from click.testing import CliRunner

from seq2exp_py import cli
from seq2exp_py.cli import prepare_cell, prepare_genome
from seq2exp_py.store import Store


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "g.fa").write_text("".join(f">chr{i}\n" + "ACGTTGCA" * 500 + "\n" for i in (1, 2, 3)))
    (tmp_path / "g.bed").write_text("".join(f"chr{i}\t2000\t2500\tENSG{i}\t0\t+\n" for i in (1, 2, 3)))
    (tmp_path / "s.bedGraph").write_text("chr1\t2000\t2010\t4\n")
    (tmp_path / "e.tsv").write_text("gene_id\ta\tb\nENSG1\t9\t0\nENSG2\t99\t0\nENSG3\t0\t0\n")
    (tmp_path / "s.csv").write_text("cell,assay,path\nK,DNase,s.bedGraph\nK,expression,e.tsv\n")
    return tmp_path


def run(command, folder, *options):
    return CliRunner().invoke(command, [o.format(d=folder) for o in options], catch_exceptions=True)


GENOME = [
    "--fasta",
    "{d}/g.fa",
    "--genes",
    "{d}/g.bed",
    "--splits",
    "valid=chr2;test=chr3",
    "--window",
    "2000",
    "--out",
    "{d}/genome",
]
CELL = ["--genome", "{d}/genome", "--input", "{d}/s.csv", "--cell", "K", "--expression-column", "a", "--out", "{d}/K"]


def test_both_commands_make_a_store_that_opens(inputs):
    assert run(prepare_genome.command, inputs, *GENOME).exit_code == 0
    assert run(prepare_cell.command, inputs, *CELL).exit_code == 0
    store = Store.open(inputs / "genome", [inputs / "K"])
    batch = store.batch(store.samples(), 2000)
    assert batch.target.tolist() == [1, 2, 0]
    assert batch.signals[0, :, 0].nonzero().flatten().tolist() == list(range(1000, 1010))


@pytest.mark.parametrize("command", [prepare_genome.command, prepare_cell.command])
def test_every_option_is_explained(command):
    text = CliRunner().invoke(command, ["--help"]).output
    assert "whole or not at all" in text
    assert all(getattr(p, "help", None) for p in command.params)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--splits": "valid=chr9"}, "its chromosomes are chr9, the genome's are chr1, chr2, chr3: not one is the same"),
        ({"--splits": "nowhere.tsv"}, "neither a file nor a specification"),
        ({"--fasta": "{d}/absent.fa"}, "absent.fa: no such file"),
        ({"--genes": "{d}/e.tsv"}, "line 1 has 3 tab-separated fields, expected at least 6 (chrom, start, end, name"),
    ],
)
def test_bad_input_of_a_genome_is_one_sentence_and_status_2(inputs, monkeypatch, capsys, change, words):
    options = dict(zip(GENOME[::2], GENOME[1::2], strict=True)) | change
    monkeypatch.setattr(sys, "argv", ["x", *(o.format(d=inputs) for pair in options.items() for o in pair)])
    with pytest.raises(SystemExit) as stop:
        cli.execute(prepare_genome.command)
    said = capsys.readouterr().err.strip().splitlines()
    assert stop.value.code == 2 and said[-1].startswith("error: ") and words in said[-1]
    assert not (inputs / "genome").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--cell": "L"}, "has no cell 'L'"),
        ({"--expression-column": "c"}, "no column 'c'"),
        ({"--genome": "{d}"}, "no manifest.json there"),
    ],
)
def test_bad_input_of_a_cell_is_one_sentence_and_status_2(inputs, monkeypatch, capsys, change, words):
    run(prepare_genome.command, inputs, *GENOME)
    options = dict(zip(CELL[::2], CELL[1::2], strict=True)) | change
    monkeypatch.setattr(sys, "argv", ["x", *(o.format(d=inputs) for pair in options.items() for o in pair)])
    with pytest.raises(SystemExit) as stop:
        cli.execute(prepare_cell.command)
    said = capsys.readouterr().err.strip().splitlines()
    assert stop.value.code == 2 and said[-1].startswith("error: ") and words in said[-1]
    assert not (inputs / "K").exists()
