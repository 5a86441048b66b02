"""Windows of real genes on chr22 and chrX against the libraries that read the real files."""

import os
from pathlib import Path

import cooler
import numpy as np
import pyBigWig
import pysam
import pytest

from seq2exp_py.store import BASES, Store
from seq2exp_py.store.build_cell import CellInputs, build_cell
from seq2exp_py.store.build_genome import GenomeInputs, build_genome
from seq2exp_py.tracks.contacts import PSEUDOCOUNT

REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
WIDTH = 200_000

pytestmark = [pytest.mark.real, pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there: no real data on this machine")]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    d = tmp_path_factory.mktemp("real")
    genome = GenomeInputs(
        fasta=REAL / "genome/hg38.chr22_chrX.fa.gz",
        genes=REAL / "annotation/xpresso_18377_genes.hg38.tsv.gz",
        blacklist=REAL / "annotation/hg38-blacklist.v2.bed.gz",
        features=REAL / "features/mRNA_features_from_refGene.tsv.gz",
        splits="train=chrX;valid=chrX:40000000-71000000;test=chr22",
    )
    build_genome(genome, d / "genome")
    rows = [("DNase", "signals/K562_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw"), ("HiC", "hic/K562_chr22.hg38.5kb.cool")]
    rows += [("expression", "expression/expression_chr22_chrX.tsv")]
    (d / "s.csv").write_text("cell,assay,path\n" + "".join(f"K562,{a},{REAL / p}\n" for a, p in rows))
    given = {"contact_norm": "NONE", "contact_scaling": "raw", "expression_column": "{cell}_RAMPAGE_RPM_384bp"}
    build_cell(CellInputs(genome=d / "genome", samplesheet=d / "s.csv", cell="K562", **given), d / "K562")
    return Store.open(d / "genome", [d / "K562"])


def test_the_splits_are_those_of_the_well_sourced_genes(store):
    assert len(store.samples("test")) == 67
    assert len(store.samples("train")) + len(store.samples("valid")) == 315
    assert not set(store.genes.chrom[store.genes.split == "test"]) & {"chrX"}


def test_random_windows_equal_the_libraries(store):
    chosen = np.random.default_rng(0).choice(len(store.samples()), 12, replace=False)
    samples = [store.samples()[i] for i in chosen] + store.samples("test")[:3]
    batch = store.batch(samples, WIDTH)
    matrix = cooler.Cooler(str(REAL / "hic/K562_chr22.hg38.5kb.cool")).matrix(balance=False)
    with (
        pysam.FastaFile(str(REAL / "genome/hg38.chr22_chrX.fa.gz")) as fasta,
        pyBigWig.open(str(REAL / "signals/K562_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw")) as bw,
    ):
        for row, sample in enumerate(samples):
            gene = store.genes.iloc[sample.gene]
            start, end = gene.tss - WIDTH // 2, gene.tss + WIDTH // 2
            letters = np.frombuffer(BASES.encode(), np.uint8)[batch.sequence[row].numpy()].tobytes().decode()
            assert letters == fasta.fetch(gene.chrom, start, end).upper()
            assert np.array_equal(batch.signals[row, :, 0], np.nan_to_num(bw.values(gene.chrom, start, end, numpy=True)))
            if gene.chrom == "chr22":
                counts = matrix.fetch(f"chr22:{gene.tss}-{gene.tss + 1}", f"chr22:{start}-{end}")[0].astype(float)
                bins = np.arange(start, end) // 5000 - start // 5000
                assert np.allclose(batch.signals[row, :, 1], np.log10(counts[bins] + PSEUDOCOUNT + 1), rtol=1e-6)
    assert store.cell_stores[0].manifest.contacts.genes_hic > 300
