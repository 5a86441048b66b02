"""`seq2exp annotate` and `seq2exp mask`."""

import json

import numpy as np
import pandas as pd
import pyBigWig
import pytest
from click.testing import CliRunner
from results_fixtures import WINDOW, cell_store, genes, genome_store, prediction

from seq2exp_py.cli.annotate import command as annotate
from seq2exp_py.cli.mask import command as mask
from seq2exp_py.errors import InputError


def run(command, *words):
    return CliRunner().invoke(command, [str(w) for w in words], catch_exceptions=False)


@pytest.fixture
def stores(tmp_path):
    return genome_store(tmp_path / "genome"), cell_store(tmp_path / "cell", peaks={"chr1": [(0, 30_000)]})


def test_annotate_writes_every_file_of_a_cell_and_model(tmp_path, stores):
    seeds = [f"--prediction={prediction(tmp_path / f'p{s}', seed=s)}" for s in (1, 2)]
    run(annotate, f"--genome={stores[0]}", f"--cell={stores[1]}", *seeds, f"--out={tmp_path / 'out'}")
    found = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file())
    name = "K562.seq2exp_soft"
    wanted = [f"masks/{name}.{k}.bw" for k in ("max", "mean", "sd")] + [f"elements/{name}.{k}" for k in ("bed", "bb")]
    wanted += [f"links/{name}.{k}" for k in ("bedpe", "tsv.gz")]  # without activity no link is likely enough to be drawn
    wanted += [f"expression/{name}.{k}" for k in ("htseq.txt", "htseq.json", "expression.tsv")]
    assert found == sorted([*wanted, f"annotation/{name}.json"])
    said = json.loads((tmp_path / "out" / "annotation" / f"{name}.json").read_text())
    assert (said["seeds"], said["floor"], said["rules"]["threshold"]) == ([1, 2], 0.2, 0.5)
    assert said["elements"] == len((tmp_path / "out/elements" / f"{name}.bed").read_text().splitlines())


def test_a_model_without_mask_gets_its_expression_tables_only(tmp_path, stores):
    one = prediction(tmp_path / "p", model="ridge", masked=False, floor=None)
    run(annotate, f"--genome={stores[0]}", f"--cell={stores[1]}", f"--prediction={one}", f"--out={tmp_path / 'out'}")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"expression", "annotation"}


def test_an_empty_mask_still_gives_readable_files(tmp_path, stores):
    zeros = np.zeros((len(genes()), WINDOW))
    one = prediction(tmp_path / "p", mean=zeros, sd=zeros, forced=0)
    run(annotate, f"--genome={stores[0]}", f"--cell={stores[1]}", f"--prediction={one}", f"--out={tmp_path / 'out'}")
    assert (tmp_path / "out/elements/K562.seq2exp_soft.bed").read_text() == ""
    assert (tmp_path / "out/links/K562.seq2exp_soft.bedpe").read_text().count("\n") == 1
    assert not list((tmp_path / "out").rglob("*.bb"))  # readers refuse a bigBed without rows


def test_elements_may_be_chosen_by_number_or_share_but_not_by_both(tmp_path, stores):
    one = prediction(tmp_path / "p")
    words = [f"--genome={stores[0]}", f"--cell={stores[1]}", f"--prediction={one}", f"--out={tmp_path / 'out'}"]
    run(annotate, *words, "--per-gene=2", "--abc-table")
    table = pd.read_csv(tmp_path / "out/expression/K562.seq2exp_soft.expression.tsv", sep="\t")
    assert table["n_distal"].max() <= 2
    assert (tmp_path / "out/links/K562.seq2exp_soft.abc.tsv.gz").exists()
    with pytest.raises(InputError, match="give one of them"):
        run(annotate, *words, "--per-gene=2", "--keep=0.1")


def test_mask_finds_a_gene_by_symbol_or_id(tmp_path, stores):
    one = prediction(tmp_path / "p")
    for gene in ("ALONE", "G04"):
        run(mask, f"--gene={gene}", f"--prediction={one}", f"--genome={stores[0]}", f"--out={tmp_path / 'g.bw'}")
        with pyBigWig.open(str(tmp_path / "g.bw")) as track:
            assert track.intervals("chr1")[0][0] == 41_000


@pytest.mark.parametrize(
    ("gene", "masked", "message"), [("NOPE", True, "no genes are called 'NOPE'"), ("G04", False, "gives no mask")]
)
def test_mask_says_what_is_wrong(tmp_path, gene, masked, message):
    one = prediction(tmp_path / "p", masked=masked)
    with pytest.raises(InputError, match=message):
        run(mask, f"--gene={gene}", f"--prediction={one}", f"--out={tmp_path / 'g.bw'}")
