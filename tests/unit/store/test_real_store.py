"""Windows of real genes on chr22 against the libraries that read the real files."""

import json
import os
from pathlib import Path

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest

from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.store import BASES, Store
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.tracks.contacts import PSEUDOCOUNT
from seq2exp_py.tracks.options import CellOptions

REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[3].parent / "shared" / "data"))
WIDTH = 200_000

pytestmark = [pytest.mark.real, pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there: no real data on this machine")]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    d = tmp_path_factory.mktemp("real")
    genes = pd.read_csv(REAL / "annotation/xpresso_18377_genes.hg38.tsv.gz", sep="\t").query("chrom == 'chr22'")
    genes.to_csv(d / "genes.tsv", sep="\t", index=False)
    genome = GenomeOptions(
        fasta=REAL / "genome/hg38.chr22_chrX.fa.gz",
        genes=d / "genes.tsv",
        blacklist=REAL / "annotation/hg38-blacklist.v2.bed.gz",
        features=REAL / "features/mRNA_features_from_refGene.tsv.gz",
        splits="train=chr22;test=chr22:19000000-51000000",
    )
    build_genome(genome, d / "genome")
    rows = [("DNase", "signals/K562_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw"), ("HiC", "hic/K562_chr22.hg38.5kb.cool")]
    rows += [("expression", "expression/expression_chr22_chrX.tsv")]
    (d / "s.csv").write_text("cell,assay,path\n" + "".join(f"K562,{a},{REAL / p}\n" for a, p in rows))
    given = {"contact_norm": "NONE", "contact_scaling": "raw", "expression_column": "{cell}_RAMPAGE_RPM_384bp"}
    build_cell(CellOptions(genome=d / "genome", samplesheet=d / "s.csv", cell="K562", **given), d / "K562")
    return Store.open(d / "genome", [d / "K562"])


def test_the_splits_are_those_of_the_well_sourced_genes(store):
    windows = pd.read_csv(REAL / "windows_chr22_chrX.tsv", sep="\t").query("chrom == 'chr22'").set_index("gene_id")
    fraction = store.genes.set_index("gene_id").sequence_fraction
    assert np.allclose(fraction, windows.sourced_fraction[fraction.index], atol=1e-4)
    usable = set(windows.index[windows.usable_95pct])
    near = {g.gene_id for g in store.genes.itertuples() if abs(g.tss - 19_000_000) < WIDTH}
    assert len(usable) == 67 and usable - near <= {store.genes.gene_id[s.gene] for s in store.samples()} <= usable


def test_random_windows_equal_the_libraries(store):
    chosen = np.random.default_rng(0).choice(len(store.samples()), 12, replace=False)
    samples = [store.samples()[i] for i in chosen] + store.samples("test")[:3]
    batch = store.batch(samples, WIDTH)
    sources = json.loads((store.cell_stores[0].folder / "contacts.json").read_text())["source"]
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
            if sources[sample.gene] == "hic":
                counts = matrix.fetch(f"chr22:{gene.tss}-{gene.tss + 1}", f"chr22:{start}-{end}")[0].astype(float)
                bins = np.arange(start, end) // 5000 - start // 5000
                assert np.allclose(batch.signals[row, :, 1], np.log10(counts[bins] + PSEUDOCOUNT + 1), rtol=1e-6)
    assert sum(sources[s.gene] == "hic" for s in samples) > 5
