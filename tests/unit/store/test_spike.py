"""One base of signal at TSS + k lands at index width // 2 + k of the window, on either strand, for every kind of track."""

import gzip

import numpy as np
import pyBigWig
import pysam
import pytest

from seq2exp_py.store import Sample, Store
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.tracks.contacts import PSEUDOCOUNT
from seq2exp_py.tracks.options import CellOptions

AT = {"ENSG01": 7, "ENSG02": -3, "ENSG03": 0, "ENSG04": -6, "ENSG05": 1_234, "ENSG06": -999, "ENSG07": -1}  # k of each gene
WIDTH = 4_000


def spikes(world):
    """Chromosome and base of each gene's spike, by gene."""
    genes = Store.open(world.genome, []).genes
    return {g.gene_id: (g.chrom, g.tss + AT[g.gene_id]) for g in genes.itertuples()}


def sorted_spikes(world):
    return sorted(spikes(world).values())


def bigwig(path, world, sizes):
    with pyBigWig.open(str(path), "w") as out:
        out.addHeader(list(sizes.items()))
        for chrom, base in sorted_spikes(world):
            out.addEntries([chrom], [base], ends=[base + 1], values=[3.0])


def bedgraph(path, world, sizes):
    path.write_text("".join(f"{c}\t{b}\t{b + 1}\t3\n" for c, b in sorted_spikes(world)))


def bam(path, world, sizes):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": c, "LN": s} for c, s in sizes.items()]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for i, (chrom, base) in enumerate(sorted_spikes(world)):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.query_sequence, read.cigarstring, read.mapping_quality = f"r{i}", "A", "1M", 60
            read.reference_id, read.reference_start = out.get_tid(chrom), base
            read.flag = 16 * (i % 2)
            out.write(read)
    pysam.index(str(path))


def tagalign(path, world, sizes):
    with gzip.open(path, "wt") as out:
        out.write("".join(f"{c}\t{b}\t{b + 1}\tN\t1000\t{'+-'[i % 2]}\n" for i, (c, b) in enumerate(sorted_spikes(world))))


def windows(world, folder, make, rows):
    """Batch of all genes from a cell store made of some rows."""
    sheet = make.sheet(folder / "sheet.csv", rows)
    build_cell(
        CellOptions(genome=world.genome, samplesheet=sheet, cell="K", contact_norm="NONE", contact_scaling="raw"),
        folder / "K.store",
    )
    store = Store.open(world.genome, [folder / "K.store"])
    return store, store.batch([Sample(g, 0) for g in range(len(store.genes))], WIDTH)


@pytest.mark.parametrize(
    ("write", "name"),
    [(bigwig, "s.bw"), (bedgraph, "s.bedGraph"), (bam, "s.bam"), (tagalign, "s.tagAlign.gz")],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_base_of_signal(world, make, tmp_path, write, name):
    write(tmp_path / name, world, make.sizes)
    store, batch = windows(world, tmp_path, make, [("DNase", name, "")])
    for row, gene in enumerate(store.genes.gene_id):
        signal = batch.signals[row, :, 0].numpy()
        assert np.flatnonzero(signal).tolist() == [WIDTH // 2 + AT[gene]], gene
        assert signal.max() == signal.sum() > 0


def test_a_base_of_peak(world, make, tmp_path):
    (tmp_path / "p.bed").write_text("".join(f"{c}\t{b}\t{b + 1}\n" for c, b in sorted_spikes(world)))
    store, batch = windows(world, tmp_path, make, [("peaks", "p.bed", "")])
    for row, gene in enumerate(store.genes.gene_id):
        assert np.flatnonzero(batch.peaks[row]).tolist() == [WIDTH // 2 + AT[gene]], gene


def test_a_base_of_blacklist_and_of_sequence(world, make, tmp_path):
    """The genome store's own tracks: the blacklist, and a G in a genome of A."""
    from seq2exp_py.store.build_genome import build_genome

    (tmp_path / "b.bed").write_text("".join(f"{c}\t{b}\t{b + 1}\n" for c, b in sorted_spikes(world)))
    with (tmp_path / "g.fa").open("w") as out:
        for chrom, size in make.sizes.items():
            text = bytearray(b"a" * size)
            for _, base in (s for s in sorted_spikes(world) if s[0] == chrom):
                text[base] = ord("g")
            out.write(f">{chrom}\n{text.decode()}\n")
    build_genome(world.inputs(fasta=tmp_path / "g.fa", blacklist=tmp_path / "b.bed"), tmp_path / "genome.store")
    (tmp_path / "s.bedGraph").write_text("chrA\t0\t1\t1\n")
    sheet = make.sheet(tmp_path / "sheet.csv", [("DNase", "s.bedGraph", "")])
    build_cell(CellOptions(genome=tmp_path / "genome.store", samplesheet=sheet, cell="K"), tmp_path / "K.store")
    store = Store.open(tmp_path / "genome.store", [tmp_path / "K.store"])
    batch = store.batch([Sample(g, 0) for g in range(len(store.genes))], WIDTH)
    for row, gene in enumerate(store.genes.gene_id):
        at = [WIDTH // 2 + AT[gene]]
        assert np.flatnonzero(batch.excluded[row]).tolist() == np.flatnonzero(batch.sequence[row] == 2).tolist() == at


def test_a_bin_of_contact(world, make, tmp_path):
    """One pair of bins: the own bin of the TSS and the next one; the next lights up for its 5 kb and no other base."""
    genes = Store.open(world.genome, []).genes
    chosen = genes[genes.gene_id.isin(["ENSG01", "ENSG02", "ENSG05"])]
    pairs = {(g.chrom, g.tss // 5000, g.tss // 5000 + 1): 50 for g in chosen.itertuples()}
    pairs |= {(g.chrom, g.tss // 5000, g.tss // 5000): 9 for g in chosen.itertuples()}
    make.cool(tmp_path / "m.cool", {"chrA": make.sizes["chrA"]}, pairs=pairs)
    sheet = make.sheet(tmp_path / "sheet.csv", [("HiC", "m.cool", "")])
    build_cell(world.cell_inputs(samplesheet=sheet), tmp_path / "K.store")
    store = Store.open(world.genome, [tmp_path / "K.store"])
    for index, gene in chosen.iterrows():
        batch = store.batch([Sample(int(index), 0)], 20_000)
        where = np.arange(gene.tss - 10_000, gene.tss + 10_000) // 5000 - gene.tss // 5000
        expected = np.select(
            [where == 0, where == 1], [np.log10(9 + PSEUDOCOUNT + 1), np.log10(50 + PSEUDOCOUNT + 1)], np.log10(PSEUDOCOUNT + 1)
        )
        assert np.allclose(batch.signals[0, :, -1], expected, rtol=1e-6)
        assert (where == 1).sum() == 5000
