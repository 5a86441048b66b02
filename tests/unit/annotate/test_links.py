"""Links: which there are, what they say, and their files."""

import struct

import numpy as np
import pandas as pd
import pybedtools
import pyBigWig
import pytest
from results_fixtures import SIZES, WINDOW, cell_store, genes, genome_store, prediction

from seq2exp_py.annotate import elements, linked, links
from seq2exp_py.annotate.candidates import candidates
from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.evidence.probability import Calibration
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.store import Store

SIGNALS = {
    "DNase": {"chr1": [(47_000, 47_400, 3.0), (30_000, 30_300, 3.0), (44_800, 45_200, 3.0)]},
    "H3K27ac": {"chr1": [(46_900, 47_500, 3.0), (29_900, 30_400, 3.0), (44_500, 45_500, 3.0)]},
}


def linking(tmp_path, rules=None, tau=None, peaks=None):
    """G04 (TSS 45,000) has one element at 47,000; another place, at 30,000, lies beyond every window."""
    table = genes()
    mask = np.full((len(table), WINDOW), 51)
    mask[table["gene_id"].tolist().index("G04"), 6000:6400] = 204
    seeds = Seeds.open([prediction(tmp_path / "p", mean=mask, sd=np.full_like(mask, 51), tau=tau)])
    store = Store.open(genome_store(tmp_path / "g"), [cell_store(tmp_path / "c", signals=SIGNALS, peaks=peaks)])
    cell, evidence = CellEvidence(store, width=WINDOW, resolution=50), Evidence.of(store)
    called = elements.call(seeds, store.genes, evidence, store.genome.folder / "excluded.bed", elements.Rules())
    return called, linked.link(seeds, cell, called, evidence, Calibration.load(), rules or linked.LinkRules(least=0.0)), cell


def of(table, gene, start):
    found = table[(table["gene_id"] == gene) & (table["start"] == start)]
    assert len(found) == 1, found
    return found.iloc[0]


def test_every_place_in_reach_of_a_tss_is_a_link_and_says_where_it_lies(tmp_path):
    _, table, _ = linking(tmp_path)
    own = of(table, "G04", 47_000)
    assert own[["called", "place", "tss_distance"]].tolist() == ["yes", "window", -2_200]  # G04 is on the minus strand
    assert own["mask"] == pytest.approx(0.8)
    far = of(table, "G04", 29_900)
    assert far[["end", "called", "place"]].tolist() == [30_400, "no", "outside"]
    assert np.isnan(far["mask"])
    assert of(table, "G01", 47_000)["called"] == "no"  # another gene's element
    assert len(linking(tmp_path / "near", linked.LinkRules(reach=3_000, least=0.0))[1].query("place == 'outside'")) == 0


def test_the_share_of_a_link_is_what_its_bases_hold_of_the_genes_evidence(tmp_path):
    _, table, cell = linking(tmp_path)
    window = cell.window(cell.site(cell.store.genes["gene_id"].tolist().index("G04")))
    own = of(table, "G04", 47_000)
    assert own["activity"] == pytest.approx(window.activity[(47_000 - window.start) // 50 : (47_400 - window.start) // 50].mean())
    assert own["share"] == pytest.approx(own["activity"] * own["contact"] * 400 / (window.total * WINDOW), rel=1e-6)
    assert own["strength"] == pytest.approx(own["activity"] * own["contact"] / window.total * own["crowding"], rel=1e-6)


def test_the_strength_of_a_link_is_that_of_the_evidence_whatever_the_mask(tmp_path):
    _, plain, _ = linking(tmp_path / "a")
    _, learned, _ = linking(tmp_path / "b", tau=0.5)
    assert learned["strength"].tolist() == plain["strength"].tolist()
    assert of(learned, "G04", 47_000)["mask"] == pytest.approx(0.8)


def test_a_link_below_the_least_probability_is_left_out_unless_it_is_an_element(tmp_path):
    _, every, _ = linking(tmp_path / "a")
    _, table, _ = linking(tmp_path / "b", linked.LinkRules(least=0.5))
    kept = every[(every["probability"] >= 0.5) | (every["called"] == "yes")]
    assert 0 < len(table) == len(kept) < len(every)


def test_elements_get_the_probability_of_their_own_link(tmp_path):
    called, table, _ = linking(tmp_path)
    with_p = linked.with_probability(called, table)
    assert with_p["probability"].notna().all()
    assert len(with_p) == len(called)
    own = with_p.query("gene_id == 'G04' and rank == 1").iloc[0]
    assert own["probability"] == of(table, "G04", 47_000)["probability"]


def test_candidates_are_peaks_where_there_are_any_else_runs_of_activity(tmp_path):
    _, _, cell = linking(tmp_path / "a", peaks={"chr1": [(100, 200), (300, 420), (900, 930)]})
    assert candidates(cell, "chr1").tolist() == [[100, 420]]  # 100 bp apart leave no room for a nucleosome; 30 bp are too short
    assert len(candidates(cell, "chr2")) == 0
    _, _, cell = linking(tmp_path / "b")
    assert candidates(cell, "chr1").tolist() == [[29_900, 30_400], [44_500, 45_500], [46_900, 47_500]]


def test_a_gene_is_expressed_from_the_least_expression_on_and_unknown_where_not_measured():
    observed = np.log10(np.array([0, 0.9, 1, 5, np.nan], np.float64) + 1).astype(np.float32)
    assert linked.expressed(observed, 1.0).tolist() == ["no", "no", "yes", "yes", "unknown"]


def test_links_are_drawn_of_genes_that_are_expressed_or_have_an_active_promoter(tmp_path):
    _, table, _ = linking(tmp_path)
    assert set(table["expressed"]) == {"yes"}
    active = set(table.loc[table["active"] == "yes", "gene"])
    for said in ("no", "unknown"):
        assert set(links.arcs(table.assign(expressed=said), 0.01, "s")["target_name"]) == active
    assert set(links.arcs(table, 0.01, "s")["target_name"]) > active
    assert links.arcs(table.assign(expressed="no", active="no"), 0.01, "s").empty


@pytest.fixture
def written(tmp_path):
    _, table, _ = linking(tmp_path)
    table["expressed"] = "unknown"
    stem = tmp_path / "links" / "K562.m"
    links.write_links(table, 0.01, stem, "K562.m", SIZES)
    return tmp_path, table


def test_arcs_are_the_links_from_the_threshold_on_without_a_genes_own_promoter(written):
    folder, table = written
    tss = table["tss"]
    own = (tss >= table["start"]) & (tss < table["end"])
    expected = table[(table["probability"] >= 0.01) & (table["active"] == "yes") & ~own]
    assert set(expected["gene_id"]) == {"G04"}  # the others have no active promoter
    with pyBigWig.open(str(folder / "links" / "K562.m.bb")) as file:
        found = [(c, s, e, *rest.split("\t")) for c in file.chroms() for s, e, rest in file.entries(c, 0, SIZES[c]) or ()]
    assert 0 < len(found) == len(expected) < len(table)
    for chrom, start, end, name, score, value, *_, source_start, source_end, _, _, target, first, last, gene, _ in found:
        assert chrom == target
        assert (start, end) == (min(int(source_start), int(first)), max(int(source_end), int(last)))
        assert int(last) - int(first) == 1
        assert name.startswith(f"{gene}|{chrom}:")
        assert int(score) == pytest.approx(1000 * float(value), abs=1)
    assert struct.unpack_from("<HH", (folder / "links" / "K562.m.bb").read_bytes(), 32) == (18, 5)


def test_bedpe_has_one_commented_header_and_is_read_by_bedtools(written):
    folder, _ = written
    path = folder / "links" / "K562.m.bedpe"
    assert path.read_text().startswith("#chrom1\tstart1")
    frame = pd.read_csv(path, sep="\t")
    assert frame["color"].str.fullmatch(r"\d+,\d+,\d+").all()
    assert (frame["end2"] - frame["start2"] == 1).all()
    assert len(pybedtools.BedTool(str(path))) == len(frame)


def test_the_table_holds_every_link_and_the_same_bytes_each_time(written):
    folder, table = written
    path = folder / "links" / "K562.m.tsv.gz"
    frame = pd.read_csv(path, sep="\t")
    assert list(frame) == linked.COLUMNS
    assert len(frame) == len(table)
    links.write_gzipped(table[linked.COLUMNS], folder / "again.tsv.gz")
    assert path.read_bytes() == (folder / "again.tsv.gz").read_bytes()


def test_the_abc_table_has_the_names_that_the_benchmark_reads(written):
    _, table = written
    abc = links.abc_table(table, "K562")
    assert {"chr", "start", "end", "TargetGene", "TargetGeneTSS", "isSelfPromoter", "CellType", "ABC.Score"} <= set(abc)
    assert abc["ABC.Score"].tolist() == table["share"].tolist()
    assert abc.loc[abc["isSelfPromoter"], "distance"].max() <= 500
    assert (abc["CellType"] == "K562").all()
