"""The hub keeps UCSC's rules, and readers that others wrote find in it what the run holds."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyBigWig
import pytest
import trackdb

from seq2exp_py.browser.hub import hub_text
from seq2exp_py.store.read import CellStore, GenomeStore
from seq2exp_py.writers.table import rows

HERE = Path(__file__).parent


def test_hub_keeps_the_rules_of_trackdb(run):
    assert trackdb.problems(run.results / "hub") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("email lab@example.org\n", "", "hub: no email"),
        ("type bigBed 9 +", "type bigBed 12 +", "but 9 of"),
        ("view=signal model=data", "view=signal", "subGroup model=None"),
        ("parent cellA_signal_view on", "parent nobody on", "no parent nobody"),
        ("bigDataUrl signals/cellA.DNase", "bigDataUrl signals/other.DNase", "no file"),
        ("track cellA_DNase_signal", "track cellA_H3K27ac_signal", "not the only one"),
    ],
)
def test_the_rules_find_what_is_wrong(run, tmp_path, old, new, said):
    hub = tmp_path / "hub"
    shutil.copytree(run.results / "hub", hub)
    text = (hub / "hub.txt").read_text()
    assert old in text
    (hub / "hub.txt").write_text(text.replace(old, new, 1))
    for cell in run.catalogue.cells:
        (tmp_path / cell).symlink_to(run.results / cell)
    assert any(said in problem for problem in trackdb.problems(hub))


def test_every_cell_and_model_is_in_it(run):
    text = (run.results / "hub" / "hub.txt").read_text()
    for name in (
        "cellA_tracks",
        "Kx2d562x2ex_tracks",
        "cellA_seq2exp_soft_links",
        "cellA_ridge_genes",
        "extra_CRISPRix20pairs_extra_links",
    ):
        assert re.search(rf"^\s*track {name}$", text, re.M), name
    assert "cellA_ridge_mask" not in text


def test_a_genome_that_ucsc_has_is_named_and_not_shipped(run):
    genome = run.catalogue.genome.model_copy(update={"name": "hg38", "native": True, "sequence": ""})
    text = hub_text(run.catalogue.model_copy(update={"genome": genome}), "a@example.org", "hub")
    assert "\ngenome hg38\n\n" in text
    assert "twoBitPath" not in text and "\ngroup " not in text


def test_readers_of_others_agree_with_the_run(run, node):
    done = subprocess.run([node, HERE / "hub.mjs", run.results / "hub"], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["genome"]["genome"] == "sim"
    with_files = [t for t in said["tracks"].values() if "url" in t]
    assert len(with_files) >= 30
    for track in with_files:
        sizes = run.catalogue.genome.chromosomes
        assert set(track["sizes"].items()) <= set(sizes.items()), track["url"]
        assert track["features"] > 0, track["url"]
    elements = (run.results / "cellA/elements/cellA.seq2exp_soft.bed").read_text().count("\n")
    assert said["tracks"]["cellA_seq2exp_soft_elements"]["features"] == elements
    assert said["tracks"]["extra_CRISPRix20pairs_extra_links"]["features"] == 2


def test_signals_are_the_stores(run):
    cell, rng = CellStore(run.cells[0]), np.random.default_rng(1)
    scale = {t.name: t.scale for t in cell.manifest.tracks}["DNase"]
    for kind, change in (("signal", lambda v: v), ("relative", lambda v: np.round(np.clip(v / scale, 0, 1), 2))):
        with pyBigWig.open(str(run.results / "hub" / "signals" / f"cellA.DNase.{kind}.bw")) as track:
            for start in rng.integers(0, 200_000, 20):
                expected = change(np.asarray(cell.signal("DNase", "chr2"))[start : start + 500])
                np.testing.assert_allclose(track.values("chr2", int(start), int(start) + 500), expected, atol=0.0051)


def test_bars_stand_at_the_tss_and_the_higher_one_shows(run):
    genes = GenomeStore(run.genome).genes.assign(observed=CellStore(run.cells[0]).observed)
    with pyBigWig.open(str(run.results / "hub/expression/cellA.observed.bw")) as track:
        for gene in rows(genes.dropna(subset=["observed"])):
            near = genes[(genes.chrom == gene.chrom) & ((genes.tss - gene.tss) > -500) & ((genes.tss - gene.tss) <= 500)]
            assert track.values(gene.chrom, gene.tss, gene.tss + 1)[0] == pytest.approx(near.observed.max(), abs=1e-5)


def test_session_of_the_desktop_names_files_that_exist_without_dots(run):
    root = ElementTree.parse(run.results / "igv_session.xml").getroot()
    paths = [r.get("path") for r in root.iter("Resource")]
    assert len(paths) > 20
    for path in [*paths, root.get("genome")]:
        assert ".." not in path and (run.results / path).is_file()
    assert [t.get("id") for t in root.iter("Track")] == paths


def test_descriptions_say_the_method_and_the_colours(run):
    text = (run.results / "hub/html/cellA.html").read_text()
    assert "Method" in text and "promoter" in text and "No figures of held-out genes" in text


def test_sequence_is_the_stores_to_a_reader_of_others(run, node):
    genome, end = GenomeStore(run.genome), 60_001
    path = run.results / "hub/genome/sim.2bit"
    done = subprocess.run([node, HERE / "twobit.mjs", path, "0", str(end)], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert {name: size for name, (size, _) in said.items()} == dict(genome.chromosomes)
    for name, (_, bases) in said.items():
        assert bases.upper() == "".join(np.array(list("ACGTN"))[np.asarray(genome.sequence(name)[:end])])
        assert "N" in bases  # telomeres of the simulated genome
