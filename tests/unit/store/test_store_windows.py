"""Windows out of the store against the libraries that read the original files."""

import cooler
import numpy as np
import pyBigWig
import pyfaidx
import pytest
import torch

from seq2exp_py.errors import InputError
from seq2exp_py.store import BASES, Sample, Store, windows
from seq2exp_py.tracks.contacts import PSEUDOCOUNT, power_law

WIDTHS = [20_000, 999, 1]


@pytest.fixture(scope="module")
def store(world):
    return Store.open(world.genome, [world.cell])


@pytest.fixture(scope="module")
def sizes(store):
    return store.genome.chromosomes


def each(store, width):
    """(row of genes, first base of the window, row of the batch) for all genes."""
    batch = store.batch([Sample(g, 0) for g in range(len(store.genes))], width)
    for row, gene in enumerate(store.genes.itertuples()):
        yield gene, gene.tss - width // 2, row, batch


def padded(values, start, width, fill):
    """The slow way: base by base."""
    return [values[p] if 0 <= p < len(values) else fill for p in range(start, start + width)]


@pytest.mark.parametrize("width", WIDTHS)
def test_sequence_equals_pyfaidx(store, world, width, tmp_path):
    fasta = pyfaidx.Fasta(str(world.fasta), sequence_always_upper=True, indexname=str(tmp_path / "i.fai"))
    text = {chrom: str(fasta[chrom]) for chrom in store.genome.chromosomes}
    for gene, start, row, batch in each(store, width):
        assert "".join(BASES[c] for c in batch.sequence[row]) == "".join(padded(text[gene.chrom], start, width, "N"))


@pytest.mark.parametrize("width", WIDTHS)
def test_signals_equal_pybigwig_with_replicates_averaged(store, world, sizes, width):
    known: dict[tuple[str, str], list[float]] = {}
    files = {"H3K27ac": ["h3.bw"], "DNase": ["dnase1.bw", "dnase2.bw"]}
    assert store.tracks == ("H3K27ac", "DNase", "HiC")
    for index, (track, names) in enumerate(files.items()):
        for gene, start, row, batch in each(store, width):
            total = np.zeros(width)
            for name in names:
                if (name, gene.chrom) not in known:
                    with pyBigWig.open(str(world.folder / name)) as bw:
                        there = gene.chrom in bw.chroms()
                        known[name, gene.chrom] = bw.values(gene.chrom, 0, sizes[gene.chrom]) if there else []
                total += np.nan_to_num(padded(known[name, gene.chrom], start, width, 0.0))
            assert np.allclose(batch.signals[row, :, index], total / len(names), rtol=1e-6, atol=0), (track, gene.gene_id)


@pytest.mark.parametrize("width", WIDTHS)
def test_contacts_equal_cooler_per_base_without_shift_at_the_ends(store, world, sizes, width):
    matrix = cooler.Cooler(str(world.folder / "map.cool")).matrix(balance=False)
    counts = np.asarray(matrix.fetch("chrA"), float)
    for gene, start, row, batch in each(store, width):
        size, own = sizes[gene.chrom], gene.tss // 5000
        where = np.arange(start, start + width)
        bins = np.clip(where // 5000, 0, (size - 1) // 5000)
        raw = counts[own][bins] if gene.chrom == "chrA" else power_law(np.abs(bins - own) * 5000.0)
        expected = np.where((where >= 0) & (where < size), np.log10(raw + PSEUDOCOUNT + 1), 0)
        assert np.allclose(batch.signals[row, :, -1], expected, rtol=1e-6, atol=1e-9), gene.gene_id


@pytest.mark.parametrize("width", WIDTHS)
def test_blacklist_and_peaks_equal_the_beds(store, world, width, sizes):
    for bed, name in (("black.bed", "excluded"), ("peaks.bed", "peaks")):
        lines = [line.split("\t") for line in (world.folder / bed).read_text().splitlines()]
        for gene, start, row, batch in each(store, width):
            flags = np.zeros(sizes[gene.chrom], bool)
            for chrom, a, b in lines:
                if chrom == gene.chrom:
                    flags[int(a) : int(b)] = True
            assert getattr(batch, name)[row].tolist() == padded(flags, start, width, False)


def test_windows_hold_ends_gaps_and_missing_chromosomes(store, sizes):
    """The tests above mean something only if the windows reach all of these."""
    seen = {gene.gene_id: (start, start + 20_000) for gene, start, _, _ in each(store, 20_000)}
    assert min(s for s, _ in seen.values()) < 0
    assert any(e > sizes[g.chrom] for g, (_, e) in zip(store.genes.itertuples(), seen.values(), strict=True))
    assert not store.cell_stores[0].maps.names & {"signals/HiC/chrB.f32"}
    batch = store.batch([Sample(g, 0) for g in range(len(store.genes))], 20_000)
    assert batch.excluded.any() and batch.peaks.any() and (batch.sequence == 4).any()


def test_what_a_batch_says_beside_the_windows(store):
    batch = store.batch([Sample(2, 0), Sample(0, 0)], 1000)
    genes = store.genes.iloc[[2, 0]]
    assert batch.gene_id == tuple(genes.gene_id) and batch.cell == ("K", "K") and len(batch) == 2 and batch.width == 1000
    assert batch.start.tolist() == (genes.tss - 500).tolist()
    assert batch.features.shape == (2, 9) and batch.features.dtype == torch.float32
    assert batch.scale.shape == (2, 3) and (batch.scale > 0).all() and batch.scale[0, -1] == 1
    value = {f"ENSG0{i + 1}": 10.0 * i for i in range(6)}
    assert torch.allclose(batch.target, torch.tensor([np.log10(value[g] + 1) for g in genes.gene_id], dtype=torch.float32))
    assert batch.signals.dtype == torch.float32 and batch.signals.mT.is_contiguous()


def test_a_sample_does_not_depend_on_its_batch_mates(store):
    samples = [Sample(g, 0) for g in range(len(store.genes))]
    whole = store.batch(samples, 3000)
    for row, sample in enumerate(samples):
        alone = store.batch([sample], 3000)
        for name in ("sequence", "signals", "excluded", "peaks", "features", "start"):
            assert torch.equal(getattr(whole, name)[row], getattr(alone, name)[0])


def test_samples_by_split_and_measured(store):
    ids = store.genes.gene_id
    named = {split: [ids[s.gene] for s in store.samples(split)] for split in ("train", "valid", "test")}
    assert named == {"train": ["ENSG03", "ENSG01", "ENSG05", "ENSG04"], "valid": ["ENSG02"], "test": ["ENSG06"]}
    assert [ids[s.gene] for s in store.samples("test", measured=False)] == ["ENSG06", "ENSG07"]
    assert len(store.samples()) == 6 and len(store.samples(measured=False)) == 7


def test_a_window_wider_than_the_contacts_is_refused(store):
    with pytest.raises(InputError, match=r"10000 bp on either side of a TSS, not a window of 20001 bp; .* --window 20001"):
        store.batch([Sample(0, 0)], 20_001)
    with pytest.raises(InputError, match="not a window of 0 bp"):
        store.batch([Sample(0, 0)], 0)


def test_random_cuts_of_arrays_and_files_equal_padding(tmp_path):
    draw = np.random.default_rng(0)
    values = draw.random(100).astype(np.float32)
    values.tofile(tmp_path / "values.f32")
    with (tmp_path / "values.f32").open("rb", buffering=0) as file:
        for start in range(-130, 231, 7):
            for width in (1, 5, 100, 130):
                out, read = np.full(width, -1, np.float32), np.full(width, -1, np.float32)
                windows.cut(values, start, out, 9)
                windows.read(file, values.dtype, start, read, 9)
                assert out.tolist() == read.tolist() == padded(values, start, width, 9)


def test_reading_windows_leaves_no_file_in_memory(world):
    store = Store.open(world.genome, [world.cell])
    store.batch([Sample(g, 0) for g in range(len(store.genes))], 3000)
    assert not store.genome.maps.open and not store.cell_stores[0].maps.open


def test_random_contact_windows_equal_a_base_by_base_look_up():
    draw = np.random.default_rng(0)
    for _ in range(300):
        size, chromosome, width = int(draw.integers(1, 30)), int(draw.integers(1, 200)), int(draw.integers(1, 120))
        start = int(draw.integers(-150, 250))
        first = start // size - int(draw.integers(0, 3))
        bins = draw.random((start + width) // size - first + 1).astype(np.float32)
        out = np.full(width, -1, np.float32)
        windows.contact(bins, first, size, start, chromosome, out)
        assert out.tolist() == [bins[p // size - first] if 0 <= p < chromosome else 0 for p in range(start, start + width)]
