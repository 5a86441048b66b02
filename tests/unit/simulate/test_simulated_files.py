"""The files: read back by the libraries that others read them with, and equal byte for byte for one seed."""

import gzip
from pathlib import Path

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pyfaidx
import pysam
import pytest
import yaml
from click.testing import CliRunner

from seq2exp_py import simulate
from seq2exp_py.cli.simulate import command
from seq2exp_py.files import sha256
from seq2exp_py.simulate.signals import ASSAYS, DNASE, H3K27AC, Reads, call_peaks, reads


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_one_seed_gives_the_same_bytes_and_another_seed_others(folder, tmp_path):
    kept = tmp_path / "data"
    result = CliRunner().invoke(command, ["--out", str(kept), "--preset", "tiny", "--formats", "bam,bedgraph"])
    assert result.exit_code == 0, result.output
    first, second = digests(folder), digests(kept)
    assert [name for name in first | second if first.get(name) != second.get(name)] == ["params.yaml"]
    assert (kept / "params.yaml").read_text() == (folder / "params.yaml").read_text().replace(str(folder), str(kept))
    before = digests(kept)
    simulate.write(simulate.preset("tiny", formats=("bam", "bedgraph")), kept)
    assert digests(kept) == before
    simulate.write(simulate.preset("tiny", formats=("bam", "bedgraph"), seed=2), kept)
    same = [name for name, digest in digests(kept).items() if digest == before.get(name)]
    assert set(same) <= {"samplesheet.csv", "genome.fa.fai"}


def test_the_genome_is_read_back_with_its_grammar_repeats_and_n(folder, world):
    with pyfaidx.Fasta(str(folder / "genome.fa")) as fasta:
        for chrom, codes in world.sequence.items():
            text = str(fasta[chrom])
            assert text.upper() == "".join("ACGTN"[c] for c in codes)
            assert text[:5_000] == "N" * 5_000
            assert np.array_equal([c.islower() for c in text], world.repeats[chrom])
            assert {"a", "C", "g", "T"} <= set(text)


def test_the_annotation_has_genes_exons_coding_sequence_and_utr_on_both_strands(folder, world):
    columns = ["chrom", "source", "feature", "start", "end", "score", "strand", "frame", "attributes"]
    rows = pd.read_csv(folder / "genes.gtf", sep="\t", names=columns)
    assert set(rows["feature"]) == {"gene", "transcript", "exon", "CDS", "five_prime_utr", "three_prime_utr"}
    genes = rows[rows["feature"] == "gene"].reset_index(drop=True)
    assert len(genes) == len(world.transcripts) and set(genes["strand"]) == {"+", "-"}
    for t, row in zip(world.transcripts, genes.itertuples(), strict=True):
        tss = row.start - 1 if row.strand == "+" else row.end - 1
        assert (row.chrom, tss) == (t.gene.body.chrom, t.gene.tss)
        assert f'gene_id "{t.gene.gene_id}"' in row.attributes
    assert (rows["end"] - rows["start"] + 1)[rows["feature"] == "exon"].sum() == sum(
        t.utr5 + t.cds + t.utr3 for t in world.transcripts
    )


def test_a_bigwig_holds_the_coverage_of_its_reads_over_the_mean(folder, world):
    found = reads(world, world.cell("cellA"), DNASE)
    cover = {chrom: found.coverage(chrom, size) for chrom, size in world.config.sizes.items()}
    mean = sum(c.sum() for c in cover.values()) / sum(world.config.chromosomes)
    with pyBigWig.open(str(folder / "cellA/DNase.bw")) as track:
        assert track.chroms() == world.config.sizes
        for chrom, expected in cover.items():
            values = np.nan_to_num(track.values(chrom, 0, len(expected), numpy=True))
            np.testing.assert_allclose(values, expected / mean, atol=1e-4)


def test_a_bam_holds_the_reads_on_both_strands_at_their_fragments_ends(folder, world):
    found = reads(world, world.cell("cellB"), DNASE)
    with pysam.AlignmentFile(str(folder / "cellB/DNase.bam")) as handle:
        assert handle.has_index() and dict(zip(handle.references, handle.lengths, strict=True)) == world.config.sizes
        for chrom in world.config.sizes:
            rows = [(r.is_reverse, r.reference_start, r.reference_end) for r in handle.fetch(chrom)]
            assert [start for reverse, start, _ in rows if not reverse] == found.plus[chrom].tolist()
            assert sorted(end for reverse, _, end in rows if reverse) == np.maximum(found.minus[chrom] + 1, 36).tolist()


def test_a_bedgraph_holds_the_same_as_a_bigwig_would(folder, world):
    found = reads(world, world.cell("cellB"), H3K27AC)
    with gzip.open(folder / "cellB/H3K27ac.bedgraph.gz", "rt") as handle:
        rows = pd.read_csv(handle, sep="\t", names=["chrom", "start", "end", "value"])
    total = sum(found.coverage(chrom, size).sum() for chrom, size in world.config.sizes.items())
    for chrom, size in world.config.sizes.items():
        mine = rows[rows["chrom"] == chrom]
        values = np.zeros(size)
        for row in mine.itertuples():
            values[row.start : row.end] = row.value
        np.testing.assert_allclose(
            values, found.coverage(chrom, size) * sum(world.config.chromosomes) / total, rtol=1e-4, atol=1e-4
        )


def test_tagalign_and_bigwig_come_where_they_are_asked_for(tmp_path):
    config = simulate.preset("tiny", formats=("tagalign", "bigwig"))
    world = simulate.write(config, tmp_path / "data")
    with gzip.open(tmp_path / "data/cellB/DNase.tagAlign.gz", "rt") as handle:
        rows = pd.read_csv(handle, sep="\t", names=["chrom", "start", "end", "name", "score", "strand"])
    found = reads(world, world.cell("cellB"), DNASE)
    for chrom in config.sizes:
        mine = rows[rows["chrom"] == chrom]
        assert mine["start"].is_monotonic_increasing
        assert mine[mine["strand"] == "+"]["start"].tolist() == found.plus[chrom].tolist()
        assert len(mine) == len(found.plus[chrom]) + len(found.minus[chrom])
    with pyBigWig.open(str(tmp_path / "data/cellB/H3K27ac.bw")) as track:
        assert track.chroms() == config.sizes


def test_contacts_decay_with_distance_balance_and_loop_where_an_enhancer_reaches_its_gene(folder, world):
    found = cooler.Cooler(str(folder / "cellA/contacts.cool"))
    assert found.binsize == 5_000 and dict(found.chromsizes) == world.config.sizes and "creation-date" in found.info
    chrom = "chr1"
    counts, balanced = (found.matrix(balance=b).fetch(chrom) for b in (False, True))
    assert (counts == counts.T).all()
    by_distance = [np.diagonal(counts, d).mean() for d in (1, 4, 16, 32)]
    assert by_distance == sorted(by_distance, reverse=True)
    np.testing.assert_allclose(np.nansum(balanced, axis=1)[~np.isnan(balanced).all(axis=1)], 1.0, atol=0.01)
    cell = world.cell("cellA")
    looped, other = [], []
    pairs = {
        (world.layout.elements[k.element].place.centre // 5_000, world.transcripts[k.gene].gene.tss // 5_000)
        for k in world.layout.links
        if cell.activity[k.element] > 0 and world.layout.elements[k.element].place.chrom == chrom
    }
    for d in (2,):
        for i in range(len(counts) - d):
            is_loop = (i, i + d) in pairs or (i + d, i) in pairs
            (looped if is_loop else other).append(balanced[i, i + d])
    assert np.nanmean(looped) > 1.3 * np.nanmean(other)


def test_bins_of_n_are_masked_in_the_contacts(folder, world):
    weights = cooler.Cooler(str(folder / "cellA/contacts.cool")).bins()[:]["weight"]
    assert np.isnan(weights.iloc[0]) and weights.notna().mean() > 0.9


def test_signal_rises_on_measured_elements_and_stays_flat_on_dormant_ones(folder, world):
    cell = world.cell("cellA")
    for assay in ASSAYS:
        with pyBigWig.open(str(folder / f"cellA/{assay.name}.bw")) as track:
            means = np.array(
                [
                    np.nan_to_num(track.values(e.place.chrom, e.place.start, e.place.end, numpy=True)).mean()
                    for e in world.layout.elements
                ]
            )
        enhancers = world.layout.of_kind("enhancer")
        assert means[enhancers & (cell.activity > 0)].mean() > 3 * means[world.layout.of_kind("dormant")].mean()
        assert (
            means[world.layout.of_kind("decoy") & (cell.chromatin > 0)].mean() > 3 * means[world.layout.of_kind("dormant")].mean()
        )


def test_a_read_on_the_plus_strand_covers_its_fragment_downstream_and_on_the_minus_strand_upstream():
    found = Reads({"chr1": np.array([3])}, {"chr1": np.array([19])}, 5)
    assert np.flatnonzero(found.coverage("chr1", 20)).tolist() == [3, 4, 5, 6, 7, 15, 16, 17, 18, 19]


def test_the_peak_caller_finds_a_pile_of_reads_and_nothing_else():
    rng = np.random.default_rng(0)
    background = np.sort(rng.integers(0, 100_000, 500))
    pile = np.sort(rng.integers(50_000, 50_060, 60))
    found = Reads({"chr1": np.sort(np.concatenate([background, pile]))}, {"chr1": np.zeros(0, dtype=np.int64)}, 150)
    peaks = call_peaks(found, {"chr1": 100_000})
    assert len(peaks) == 1
    peak = peaks.iloc[0]
    assert 49_900 < peak["start"] < 50_060 < peak["end"] < 50_300
    assert 50_000 < peak["start"] + peak["summit"] < 50_210 and peak["q"] > 10


def test_peaks_are_narrowpeak_rows_that_find_most_open_elements_and_some_noise(folder, world):
    peaks = pd.read_csv(folder / "cellA/peaks.narrowPeak", sep="\t", header=None)
    assert peaks.shape[1] == 10 and (peaks[2] - peaks[1] > peaks[9]).all()
    open_ = [e.place for e, a in zip(world.layout.elements, world.cell("cellA").chromatin, strict=True) if a > 0]
    hit = [((peaks[0] == p.chrom) & (peaks[1] < p.end) & (peaks[2] > p.start)).any() for p in open_]
    assert 0.5 < np.mean(hit) < 1.0


def test_the_pipeline_is_told_where_everything_is(folder, world):
    parameters = yaml.safe_load((folder / "params.yaml").read_text())
    assert set(parameters) == {"input", "fasta", "gtf", "blacklist", "truth", "splits", "genome"}
    assert all(Path(parameters[key]).exists() for key in ("input", "fasta", "gtf", "blacklist", "truth"))
    sheet = pd.read_csv(parameters["input"])
    assert list(sheet.columns) == ["cell", "assay", "path"]
    assert set(sheet["assay"]) == {"DNase", "H3K27ac", "HiC", "expression", "peaks"} and set(sheet["cell"]) == {"cellA", "cellB"}
    assert all((folder / path).is_file() for path in sheet["path"])


def test_expression_is_written_in_linear_units_by_gene(folder, world):
    rows = pd.read_csv(folder / "cellA/expression.tsv", sep="\t")
    assert list(rows.columns) == ["gene_id", "gene_name", "expression"]
    assert (rows["expression"] > 0).all()
    np.testing.assert_allclose(rows["expression"], world.expression(world.cell("cellA")), rtol=1e-5)


def test_bad_options_and_foreign_folders_are_refused_in_one_sentence(tmp_path):
    from seq2exp_py.errors import InputError

    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match="is no simulated data set"):
        simulate.write(simulate.preset("tiny"), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep me"
    with pytest.raises(InputError, match="formats are two of"):
        command.main(["--out", str(tmp_path / "x"), "--preset", "tiny", "--formats", "bam,cram"], standalone_mode=False)


def test_a_world_and_its_settings_are_asked_for_by_name_and_said_beside_the_truth(folder, tmp_path):
    args = ["--preset", "tiny", "--cells", "cellA", "--world", "crispri", "--set", "least_effect=0.2"]
    result = CliRunner().invoke(command, ["--out", str(tmp_path / "data"), *args])
    assert result.exit_code == 0, result.output
    first = (tmp_path / "data/truth/README.txt").read_text().splitlines()[0]
    assert "world crispri" in first and "least_effect 0.2" in first and "look_alikes even" in first
    assert "(seq2exp simulate, preset tiny, seed 1)." in (folder / "truth/README.txt").read_text()
    rows = pd.read_csv(tmp_path / "data/truth/cellA.R_ag.bed", sep="\t", header=None)
    assert len(rows) and (rows[9] >= 0.2).all()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("flatt=1000", "no such field.*did you mean flat"), ("flat=0", "flat=0 cannot be used"), ("seed=3", "no such field")],
)
def test_a_setting_that_cannot_be_is_refused_in_one_sentence(tmp_path, given, sentence):
    from seq2exp_py.errors import InputError

    with pytest.raises(InputError, match=sentence):
        command.main(["--out", str(tmp_path / "x"), "--preset", "tiny", "--set", given], standalone_mode=False)
