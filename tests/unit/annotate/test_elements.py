"""Elements, links and their files."""

import struct

import numpy as np
import pybedtools
import pybigtools
import pyBigWig
import pytest
from results_fixtures import SIZES, WINDOW, cell_store, genes, genome_store, prediction

from seq2exp_py.annotate import elements
from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.annotate.rules import Rules
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.store import Store

HALF = WINDOW // 2


def mask_with(parts: dict[str, list[tuple[int, int, int]]]) -> np.ndarray:
    """Masks of 51 (the floor, 0.2) with stretches (offset from the TSS, end, value) per gene."""
    table = genes()
    mask = np.full((len(table), WINDOW), 51)
    for row, gene in enumerate(table["gene_id"]):
        for start, end, value in parts.get(gene, []):
            mask[row, HALF + start : HALF + end] = value
    return mask


def call(tmp_path, parts, blacklist="", centre=True, rules=None, **cell):
    mask = mask_with(parts)
    seeds = Seeds.open([prediction(tmp_path / "p", mean=mask, sd=np.full_like(mask, 51), forced=2000 if centre else 0)])
    store = Store.open(genome_store(tmp_path / "g", blacklist), [cell_store(tmp_path / "c", **cell)])
    black = store.genome.folder / "excluded.bed"
    return elements.call(seeds, store.genes, Evidence.of(store), black, rules or Rules()), store


def test_elements_are_the_runs_above_the_threshold_relative_to_the_floor(tmp_path):
    below, above = 152, 154  # (x / 255 - 0.2) / 0.8 around 0.5
    parts = {"G04": [(-3000, -2800, above), (1100, 1300, below), (2000, 2200, 255)]}
    table, _ = call(tmp_path, parts)
    mine = table[table["gene_id"] == "G04"]
    assert mine[["start", "end", "score"]].to_numpy().tolist() == [
        [42_000, 42_200, 505],
        [44_000, 46_000, 0],
        [47_000, 47_200, 1000],
    ]
    assert mine["mask_mean"].tolist() == pytest.approx([above / 255, 0.2, 1.0])
    assert mine["rank"].tolist() == [2, 0, 1]
    assert mine["mask_sd"].tolist() == pytest.approx([0.2] * 3)


def test_distance_is_positive_downstream_on_either_strand(tmp_path):
    table, _ = call(tmp_path, {"G01": [(2000, 2200, 255)], "G04": [(2000, 2200, 255)]})
    distance = table[table["end"] - table["start"] == 200].set_index("gene_id")["tss_distance"]
    assert distance.to_dict() == {"G01": 2100, "G04": -2100}  # G04 is on the minus strand


def test_small_gaps_are_closed_and_short_stretches_dropped(tmp_path):
    rules = Rules(gap=100, min_width=50)
    parts = {"G04": [(-3000, -2900, 255), (-2800, -2700, 255), (-2599, -2500, 255), (2000, 2049, 255)]}
    table, _ = call(tmp_path, parts, rules=rules)
    mine = table[table["gene_id"] == "G04"][["start", "end"]].to_numpy().tolist()
    assert mine == [[42_000, 42_300], [42_401, 42_500], [44_000, 46_000]]


def test_blacklisted_bases_are_cut_out_but_the_forced_promoter_stays(tmp_path):
    table, _ = call(tmp_path, {"G04": [(-3000, -2500, 255)]}, blacklist="chr1\t42100\t42300\nchr1\t44500\t44600\n")
    mine = table[table["gene_id"] == "G04"][["start", "end"]].to_numpy().tolist()
    assert mine == [[42_000, 42_100], [42_300, 42_500], [44_000, 46_000]]


def test_forced_promoter_is_one_element_of_its_own(tmp_path):
    table, _ = call(tmp_path, {"G04": [(-1300, 1300, 255)]})
    mine = table[table["gene_id"] == "G04"]
    assert mine[["start", "end"]].to_numpy().tolist() == [[43_700, 44_000], [44_000, 46_000], [46_000, 46_300]]
    assert mine["class"].tolist() == ["none", "promoter", "none"]  # the flanks only touch the 2 kb around the TSS


def test_a_model_that_forces_nothing_has_no_promoter_element(tmp_path):
    table, _ = call(tmp_path, {"G04": [(2000, 2200, 255)]}, centre=False)
    assert table[["gene_id", "start", "end"]].to_numpy().tolist() == [["G04", 47_000, 47_200]]


def test_elements_end_with_the_chromosome(tmp_path):
    table, _ = call(tmp_path, {"G09": [(-4000, 4000, 255)], "G05": [(-4000, 4000, 255)]})
    ends = table.groupby("chrom").agg(start=("start", "min"), end=("end", "max"))
    assert ends.loc["chr1", "start"] == 0
    assert ends.loc["chr10", "end"] == SIZES["chr10"]


def test_class_is_the_first_that_fits(tmp_path):
    parts = {"G04": [(-3800, -3700, 255), (-3300, -3200, 255), (-2800, -2700, 255), (2000, 2100, 255), (3000, 3100, 255)]}
    at = {"peak": 41_200, "dnase": 41_700, "k27": 42_200, "low": 47_000}
    signals = {
        "DNase": {"chr1": [(at["dnase"], at["dnase"] + 100, 2.1)]},
        "H3K27ac": {"chr1": [(at["k27"], at["k27"] + 100, 2.1), (at["low"], at["low"] + 100, 1.9)]},
    }
    table, _ = call(tmp_path, parts, signals=signals, peaks={"chr1": [(41_299, 41_400)]})
    mine = table[(table["gene_id"] == "G04") & (table["class"] != "promoter")]
    assert mine[["class", "in_peak"]].to_numpy().tolist() == [
        ["DNase", "yes"],
        ["DNase", "no"],
        ["H3K27ac", "no"],
        ["none", "no"],
        ["none", "no"],
    ]


def test_without_peaks_it_is_unknown_whether_an_element_is_in_one(tmp_path):
    table, _ = call(tmp_path, {})
    assert set(table["in_peak"]) == {"unknown"}


def test_promoters_of_other_genes_are_promoters(tmp_path):
    table, _ = call(tmp_path, {"G01": [(2000, 2010 + 50, 255)]}, centre=False)  # 22,060 is within 1 kb of the TSS at 23,000
    assert table["class"].tolist() == ["promoter"]


@pytest.fixture
def written(tmp_path):
    parts = {g: [(-3000, -2700, 220), (1500, 1900, 200)] for g in genes()["gene_id"]}
    table, _ = call(tmp_path, parts, peaks={"chr1": [(0, 30_000)]})
    table["probability"] = 0.25
    elements.write_elements(table, tmp_path / "K562.m", SIZES)
    return tmp_path, table


def test_bed_is_sorted_header_free_and_fit_for_bedtools_and_bedtobigbed(written):
    folder, table = written
    lines = (folder / "K562.m.bed").read_text().splitlines()
    fields = [line.split("\t") for line in lines]
    assert {len(f) for f in fields} == {len(elements.COLUMNS)}
    places = [(f[0], int(f[1])) for f in fields]
    assert places == sorted(places)
    assert all(0 <= int(f[1]) < int(f[2]) <= SIZES[f[0]] and 0 <= int(f[4]) <= 1000 and f[5] == "." for f in fields)
    assert all(f[6:8] == f[1:3] and len(f[8].split(",")) == 3 and " " not in f[3] for f in fields)
    assert pybedtools.BedTool(str(folder / "K562.m.bed")).merge().count() > 0
    assert len(lines) == len(table)


def test_bigbed_holds_the_bed_and_says_how_many_fields_are_standard(written):
    folder, table = written
    with pyBigWig.open(str(folder / "K562.m.bb")) as file:
        assert file.isBigBed()
        assert file.chroms() == {c: SIZES[c] for c in sorted(SIZES)}
        assert b"seq2expElements" in (file.SQL() if isinstance(file.SQL(), bytes) else file.SQL().encode())
        found = [(c, s, e, rest) for c in SIZES for s, e, rest in file.entries(c, 0, SIZES[c])]
    lines = (folder / "K562.m.bed").read_text().splitlines()
    assert sorted("\t".join(map(str, f)) for f in found) == sorted(lines)
    header = (folder / "K562.m.bb").read_bytes()[:64]
    assert struct.unpack_from("<HH", header, 32) == (len(elements.COLUMNS), 9)
    records = pybigtools.open(str(folder / "K562.m.bb")).records("chr1", 0, SIZES["chr1"])
    assert len(list(records)) == int((table["chrom"] == "chr1").sum())


def test_a_boundary_is_at_half_of_the_summit_or_at_the_threshold_whichever_is_inner(tmp_path):
    low, half, top = 154, 160, 255  # relative to the floor: 0.505, 0.534, 1
    slope = [(1500, 1600, low), (1600, 1700, half), (1700, 1800, top), (1800, 1900, half)]
    wide, _ = call(tmp_path / "a", {"G04": slope}, rules=elements.Rules(gap=0))
    assert wide.query("gene_id == 'G04' and rank > 0")[["start", "end"]].to_numpy().tolist() == [[46_500, 46_900]]
    inner, _ = call(tmp_path / "b", {"G04": slope}, rules=elements.Rules(gap=0, threshold=0.3))
    assert inner.query("gene_id == 'G04' and rank > 0")[["start", "end"]].to_numpy().tolist() == [[46_500, 46_900]]
    steep, _ = call(tmp_path / "c", {"G04": [(1500, 1700, 140), *slope[2:]]}, rules=elements.Rules(gap=0, threshold=0.3))
    assert steep.query("gene_id == 'G04' and rank > 0")[["start", "end"]].to_numpy().tolist() == [[46_700, 46_900]]


def test_a_weaker_summit_far_enough_away_is_an_element_of_its_own(tmp_path):
    parts = {"G04": [(1500, 1700, 255), (2600, 2800, 120)]}  # 0.34 of the floor's room, 900 bp from the stronger
    table, _ = call(tmp_path, parts, rules=elements.Rules(threshold=0.3))
    assert table.query("gene_id == 'G04' and rank > 0")["rank"].tolist() == [1, 2]


def test_the_best_elements_of_each_gene_or_a_share_of_its_bases(tmp_path):
    parts = {"G04": [(1500, 1600, 100), (2100, 2200, 90), (2700, 2800, 80), (3300, 3400, 70)]}
    best, _ = call(tmp_path / "a", parts, rules=elements.Rules(per_gene=2))
    assert best.query("gene_id == 'G04' and rank > 0")["start"].tolist() == [46_500, 47_100]
    share, _ = call(tmp_path / "b", parts, rules=elements.Rules(keep=0.03))  # 180 of the 6,000 bases: two stretches of 100
    assert share.query("gene_id == 'G04' and rank > 0")["start"].tolist() == [46_500, 47_100]
    assert (best.query("gene_id == 'G01'")["rank"] == 0).all()  # nothing above the floor: the promoter alone
    with pytest.raises(ValueError, match="give one of them"):
        elements.Rules(per_gene=2, keep=0.1)
