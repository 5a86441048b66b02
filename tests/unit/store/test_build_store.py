"""What the stores hold beside windows, and that they are whole or absent."""

import json

import numpy as np
import pandas as pd
import pytest

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.genome.mrna import FEATURES
from seq2exp_py.store import Store, contacts, contents, promoter, sparse
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.store.crowding import crowding
from seq2exp_py.tracks.contacts import PSEUDOCOUNT, power_law
from seq2exp_py.tracks.options import CellOptions


def nothing_left(folder, name):
    """No store under its name, and no temporary folder beside it."""
    return not (folder / name).exists() and not [p for p in folder.iterdir() if "partial" in p.name]


def test_the_genome_store_says_what_it_holds(world, make):
    said = json.loads((world.genome / "manifest.json").read_text())
    assert said["format"] == "seq2exp-genome" and said["version"] == contents.VERSION and said["name"] == "hg38"
    assert said["chromosomes"] == {c: make.sizes[c] for c in ("chrA", "chrB")}
    assert said["inputs"]["fasta"] == {"name": "genome.fa", "sha256": files.sha256(world.fasta), "size": world.fasta.stat().st_size}
    assert set(said["files"]) == {"sequence/chrA.u8", "sequence/chrB.u8", "genes.parquet", "excluded.bed"}
    assert all(files.sha256(world.genome / name) == digest for name, digest in said["files"].items())
    assert (world.genome / "excluded.bed").read_text() == "chrA\t0\t10\nchrA\t590000\t595000\nchrA\t1200000\t1200003\n"


def test_genes_of_the_genome_store(world, make):
    genes = pd.read_parquet(world.genome / "genes.parquet")
    columns = "gene_id gene_name chrom start end strand tss split sequence_fraction".split() + list(FEATURES)
    assert genes.columns.tolist() == columns
    assert genes.gene_id.tolist() == ["ENSG03", "ENSG02", "ENSG01", "ENSG05", "ENSG04", "ENSG06", "ENSG07"]
    tss = dict(zip(genes.gene_id, genes.tss, strict=True))
    assert tss == {g: s if t == "+" else e - 1 for g, _, s, e, t in make.genes}
    fraction = dict(zip(genes.gene_id, genes.sequence_fraction, strict=True))
    assert fraction["ENSG03"] == 10_040 / 20_000 and fraction["ENSG06"] == 19_300 / 20_000
    assert (genes[list(FEATURES)] == 0).all(axis=None)


def test_genes_with_little_sequence_are_in_no_split(world, tmp_path, capsys):
    build_genome(world.inputs(min_sequence=0.6), tmp_path / "g")
    genes = pd.read_parquet(tmp_path / "g" / "genes.parquet")
    assert genes[genes.split == ""].gene_id.tolist() == ["ENSG03", "ENSG04", "ENSG07"]
    assert "3 in no split" in capsys.readouterr().err


def test_chromosomes_that_only_the_sizes_file_has_are_n(world, tmp_path, make):
    (tmp_path / "only_b.fa").write_bytes(b">chrB" + world.fasta.read_bytes().split(b">chrB")[1].split(b">")[0])
    (tmp_path / "all.sizes").write_text("".join(f"{c}\t{s}\n" for c, s in make.sizes.items()))
    given = world.inputs(fasta=tmp_path / "only_b.fa", sizes=tmp_path / "all.sizes", min_sequence=0.0)
    build_genome(given, tmp_path / "g")
    build_cell(world.cell_inputs(genome=tmp_path / "g"), tmp_path / "K.store")
    store = Store.open(tmp_path / "g", [tmp_path / "K.store"])
    assert store.genome.chromosomes == {"chrB": make.sizes["chrB"], "chrA": make.sizes["chrA"]}
    assert not (tmp_path / "g/sequence/chrA.u8").exists()
    batch, whole = (s.batch(s.samples("train"), 2000) for s in (store, Store.open(world.genome, [world.cell])))
    assert (batch.sequence == 4).all() and batch.signals.equal(whole.signals)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"splits": "valid=chrA:1-2"}, "no gene is left in split valid"),
        ({"min_sequence": 0.999}, "at least 99.9 % known bases.*no gene is left in split test; usable genes lie on chrA"),
        ({"splits": "chrA"}, "neither a file nor a specification"),
        ({"window": 20_001}, "--window .20001.: Input should be a multiple of 2"),
        ({"min_sequence": 95.0}, "--min-sequence .95.0.: Input should be less than or equal to 1"),
    ],
)
def test_a_genome_that_cannot_be_made_leaves_nothing(world, tmp_path, more, words):
    with pytest.raises(InputError, match=words):
        build_genome(world.inputs(**more), tmp_path / "g")
    assert nothing_left(tmp_path, "g")


def test_genes_past_the_end_of_a_chromosome_are_of_another_assembly(world, tmp_path):
    (tmp_path / "g.bed").write_text("chrB\t10\t32346\tA\t0\t+\n")
    with pytest.raises(InputError, match=r"line 1: gene A \(chrB:10-32346\) lies past the 32345 bp of its chromosome"):
        build_genome(world.inputs(genes=tmp_path / "g.bed"), tmp_path / "g")


def test_names_without_chr_are_matched_when_asked(world, tmp_path):
    (tmp_path / "g.bed").write_text(world.genes.read_text().replace("chrA", "A").replace("chrB", "B"))
    with pytest.raises(InputError, match="--chromosomes match"):
        build_genome(world.inputs(genes=tmp_path / "g.bed"), tmp_path / "g")
    build_genome(world.inputs(genes=tmp_path / "g.bed", chromosomes="match"), tmp_path / "g")
    assert (tmp_path / "g/genes.parquet").read_bytes() == (world.genome / "genes.parquet").read_bytes()


def test_the_cell_store_says_what_it_holds(world):
    said = json.loads((world.cell / "manifest.json").read_text())
    assert said["format"] == "seq2exp-cell" and said["cell"] == "K"
    assert [t["name"] for t in said["tracks"]] == ["H3K27ac", "DNase"]
    assert said["contacts"] == {
        "source": "map.cool", "bin_size": 5000, "half": 10_000, "normalisation": "NONE", "scaling": "raw",
        "constant": 1.0, "unit": 1.0, "genes_hic": 5,
    }  # fmt: skip
    assert said["expression"]["genes"] == 6 and said["expression"]["column"] == "value"
    assert said["inputs"]["DNase.2"]["sha256"] == files.sha256(world.folder / "dnase2.bw")
    assert np.load(world.cell / "contacts.npy").shape == (7, 5)
    assert json.loads((world.cell / "contacts.json").read_text())["source"] == ["hic"] * 5 + ["powerlaw"] * 2


def test_promoter_activity_is_the_geometric_mean_around_the_tss(world):
    store = Store.open(world.genome, [world.cell])
    batch = store.batch([s for s in store.samples(measured=False)], 1000)
    means = batch.signals[:, :, :2].double().mean(1)
    assert np.allclose(batch.features[:, 8], (means[:, 0] * means[:, 1]).sqrt(), rtol=1e-5)


def test_the_cell_store_has_the_strength_and_the_crowding_of_each_promoter(world):
    store = Store.open(world.genome, [world.cell])
    cell, genes = store.cell_stores[0], store.genes
    sites = list(zip(genes.chrom, genes.tss, strict=True))
    assert cell.strength == pytest.approx(promoter.strengths(cell.signal, cell.manifest.tracks, sites))
    assert cell.strength.mean() == pytest.approx(1) and cell.strength.std() > 0.1
    assert cell.crowding == pytest.approx(crowding(genes.chrom.to_numpy(str), genes.tss.to_numpy(), cell.strength))


def test_promoter_activity_with_one_track_or_none():
    flat = {"H3K27ac": np.full(5000, 4, np.float32), "DNase": np.full(5000, 9, np.float32), "ATAC": np.full(5000, 1, np.float32)}
    sites = [("c", 2000), ("c", 0)]

    def activity(*tracks):
        return promoter.from_signals(lambda t, c: flat[t], tracks, sites)[0].tolist()

    assert activity("H3K27ac", "DNase", "ATAC") == [6, 3]
    assert activity("ATAC", "H3K27ac") == [2, 1]
    assert activity("DNase") == [9, 4.5]
    assert activity("CTCF") == [0, 0]
    assert promoter.from_signals(lambda t, c: None, ["DNase"], sites)[0].tolist() == [0, 0]


def test_promoter_activity_of_an_abc_gene_list(world, tmp_path, make):
    lines = [
        "chr\tstart\tend\tname\tH3K27ac.RPM.TSS1Kb\tDHS.RPM.TSS1Kb",
        "chrA\t1\t2\tENSG01\t4\t9",
        "chrA\t1\t2\tENSG06.2\t1\t0.25",
    ]
    (tmp_path / "GeneList.txt").write_text("\n".join(lines) + "\n")
    sheet = make.sheet(tmp_path / "s.csv", [("ABC", "GeneList.txt", ""), ("DNase", world.folder / "dnase1.bw", "")])
    build_cell(world.cell_inputs(samplesheet=sheet), tmp_path / "K.store")
    genes = pd.read_parquet(tmp_path / "K.store/genes.parquet").set_index("gene_id").promoter_activity
    assert genes["ENSG01"] == 6 and genes["ENSG06"] == 0.5 and genes["ENSG02"] == 0
    assert genes.index.tolist() == pd.read_parquet(world.genome / "genes.parquet").gene_id.tolist()


def test_scaled_contacts_have_the_mean_of_the_power_law(world, tmp_path):
    build_cell(world.cell_inputs(contact_scaling="powerlaw"), tmp_path / "K.store")
    raw, scaled = np.load(world.cell / "contacts.npy"), np.load(tmp_path / "K.store/contacts.npy")
    said = json.loads((tmp_path / "K.store/manifest.json").read_text())["contacts"]
    genes = pd.read_parquet(world.genome / "genes.parquet")
    tss = genes.tss.to_numpy()[:, None]
    distance = np.abs((tss - 10_000) // 5000 + np.arange(5) - tss // 5000) * 5000.0
    known = (raw > 0) & (distance >= 5000) & (distance <= 10_000) & (genes.chrom == "chrA").to_numpy()[:, None]
    k = 10.0 ** scaled.astype(float) - 1 - PSEUDOCOUNT
    assert np.isclose(k[known].mean(), power_law(distance[known]).mean(), rtol=1e-4)
    assert np.allclose(k[known], (10.0 ** raw[known].astype(float) - 1 - PSEUDOCOUNT) * said["constant"], rtol=1e-3, atol=1e-6)
    assert np.array_equal(scaled[5:], raw[5:]) and (scaled[raw == 0] == 0).all()
    assert np.isclose(said["unit"], np.log10(1 + power_law(np.array([0.0]))[0] + PSEUDOCOUNT))
    batch = Store.open(world.genome, [tmp_path / "K.store"]).batch([(0, 0)], 100)
    assert np.isclose(batch.scale[0, -1], said["unit"])


def test_rescaling_a_map_of_the_power_law_times_100_gives_the_power_law():
    tss = np.array([1_002_500, 555_000])
    bins = (tss[:, None] - 100_000) // 5000 + np.arange(41)
    law = power_law(np.abs(bins - tss[:, None] // 5000) * 5000.0)
    found, constant = contacts.rescale(np.log10(100 * law + PSEUDOCOUNT + 1).astype(np.float32), tss, 100_000)
    assert np.isclose(constant, 0.01) and np.allclose(found, np.log10(law + PSEUDOCOUNT + 1), rtol=1e-4)
    assert contacts.rescale(np.zeros((2, 41), np.float32), tss, 100_000)[1] == 1


def test_a_cell_that_cannot_be_made_leaves_nothing(world, tmp_path, make):
    (tmp_path / "e.tsv").write_text("gene_id\tvalue\nENSG01\t-1\n")
    sheet = make.sheet(tmp_path / "s.csv", [("DNase", world.folder / "dnase1.bw", ""), ("expression", "e.tsv", "")])
    with pytest.raises(InputError, match="negative"):
        build_cell(world.cell_inputs(samplesheet=sheet), tmp_path / "K.store")
    assert nothing_left(tmp_path, "K.store")


def test_signals_of_another_assembly_or_naming_are_refused(world, tmp_path, make):
    make.bigwig(tmp_path / "other.bw", {"chrA": 1_200_004})
    make.bigwig(tmp_path / "names.bw", {"A": make.sizes["chrA"]})
    for name, words in (("other.bw", "chrA"), ("names.bw", "match")):
        sheet = make.sheet(tmp_path / "s.csv", [("DNase", name, "")])
        with pytest.raises(InputError, match=words) as error:
            build_cell(world.cell_inputs(samplesheet=sheet), tmp_path / "K.store")
        assert name in str(error.value)
    assert nothing_left(tmp_path, "K.store")


def test_a_cell_with_nothing_but_a_genome_has_a_store(world, tmp_path, make):
    sheet = make.sheet(tmp_path / "s.csv", [("peaks", world.folder / "peaks.bed", "")])
    build_cell(CellOptions(genome=world.genome, samplesheet=sheet, cell="K"), tmp_path / "K.store")
    store = Store.open(world.genome, [tmp_path / "K.store"])
    assert store.tracks == ("HiC",) and store.samples() == [] and len(store.samples(measured=False)) == 7


def test_zero_pages_become_holes(tmp_path):
    values = np.zeros(3_000_000, np.float32)
    values[[0, 1_500_000, 2_999_999]] = [1, 2, -0.0]
    blocks = (values[a:b] for a, b in sparse.spans(len(values)))
    digest = sparse.write(tmp_path / "x.f32", blocks, values.nbytes)
    assert np.array_equal(np.fromfile(tmp_path / "x.f32", "<f4"), values)
    assert digest == files.sha256(tmp_path / "x.f32")
    assert (tmp_path / "x.f32").stat().st_blocks * 512 <= 3 * sparse.PAGE


def test_a_file_of_zeros_is_left_out(tmp_path):
    assert sparse.write(tmp_path / "x.u8", [np.zeros(9, np.uint8)], 9) is None
    assert not (tmp_path / "x.u8").exists()
    assert sparse.write(tmp_path / "x.u8", [np.zeros(9, np.uint8)], 9, keep=True) == files.sha256(tmp_path / "x.u8")
    with pytest.raises(ValueError, match="9 bytes were given, expected 10"):
        sparse.write(tmp_path / "x.u8", [np.ones(9, np.uint8)], 10)


def test_the_same_inputs_give_the_same_bytes(world, tmp_path):
    build_genome(world.inputs(), tmp_path / "g")
    build_cell(world.cell_inputs(), tmp_path / "c")
    for made, again in ((world.genome, tmp_path / "g"), (world.cell, tmp_path / "c")):
        names = sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file())
        assert names == sorted(str(p.relative_to(again)) for p in again.rglob("*") if p.is_file())
        assert all((made / n).read_bytes() == (again / n).read_bytes() for n in names)
    assert contents.read_manifest(world.cell, contents.CellManifest).genome.chromosomes


def test_manifests_keep_what_was_noted_of_the_inputs(world, capsys):
    genome = contents.read_manifest(world.genome, contents.GenomeManifest).notes
    cell = contents.read_manifest(world.cell, contents.CellManifest).notes
    assert len(genome) == len(set(genome)) and len(cell) == len(set(cell)) and cell
    assert all(": " in note for note in [*genome, *cell])
    assert any("contacts" in note or "normalisation" in note or "expression" in note for note in cell)
