"""The bigWig tracks hold what the stored masks say, read back with pyBigWig."""

import numpy as np
import pyBigWig
import pytest
from results_fixtures import SIZES, WINDOW, genes, prediction

from seq2exp_py.annotate.tracks import swept, write_gene, write_tracks
from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.writers.bigwig import bigwig


def layered(seeds: Seeds, chrom: str) -> dict[str, np.ndarray]:
    """Maximum, mean and the maximum's sd per base of a chromosome, the slow and plain way."""
    highest, total = np.full(SIZES[chrom], -1.0, np.float32), np.zeros(SIZES[chrom])
    spread, count = np.zeros(SIZES[chrom], np.float32), np.zeros(SIZES[chrom], int)
    for gene in seeds.windows().query("chrom == @chrom")["gene_id"]:
        window, mask, sd = seeds.mask(gene)
        for i, base in enumerate(range(window.start, window.end)):
            if 0 <= base < SIZES[chrom]:
                total[base] += mask[i]
                count[base] += 1
                if mask[i] > highest[base]:
                    highest[base], spread[base] = mask[i], sd[i]
    none = count == 0
    with np.errstate(invalid="ignore"):
        tracks = {"max": highest, "mean": (total / count).astype(np.float32), "sd": spread}
    return {kind: np.where(none, np.nan, values) for kind, values in tracks.items()}


@pytest.mark.parametrize(("seeds", "resolution"), [((1,), 1), ((1, 2), 16)])
def test_tracks_equal_the_stored_masks_on_random_windows_and_at_chromosome_ends(tmp_path, seeds, resolution):
    group = Seeds.open([prediction(tmp_path / str(s), seed=s, resolution=resolution) for s in seeds])
    files = write_tracks(group, SIZES, tmp_path / "masks")
    rng = np.random.default_rng(0)
    for kind, path in files.items():
        with pyBigWig.open(str(path)) as track:
            assert track.chroms() == SIZES
            assert track.header()["nLevels"] >= 1
            for chrom, size in SIZES.items():
                expected = layered(group, chrom)[kind]
                places = [(0, 300), (size - 300, size), *((s, s + 500) for s in rng.integers(0, size - 500, 20))]
                for start, end in places:
                    got = track.values(chrom, int(start), int(end), numpy=True)
                    np.testing.assert_allclose(got, expected[start:end], rtol=1e-6, atol=1e-7)


def test_a_base_outside_every_window_has_no_value(tmp_path):
    group = Seeds.open([prediction(tmp_path / "p")])
    path = write_tracks(group, SIZES, tmp_path / "masks")["max"]
    with pyBigWig.open(str(path)) as track:
        assert np.isnan(track.values("chr1", 35_000, 36_000)).all()
        assert track.values("chr1", 45_000, 45_001) == pytest.approx([group.mask("G04")[1][WINDOW // 2]])


def test_one_base_of_mask_lands_on_its_base_on_either_strand(tmp_path):
    table = genes()
    mask = np.zeros((len(table), WINDOW))
    mask[:, WINDOW // 2 + 7] = 255
    group = Seeds.open([prediction(tmp_path / "p", mean=mask, sd=mask * 0)])
    with pyBigWig.open(str(write_tracks(group, SIZES, tmp_path)["max"])) as track:
        for chrom, part in table.groupby("chrom"):
            ones = np.flatnonzero(track.values(chrom, 0, SIZES[chrom], numpy=True) == 1)
            assert ones.tolist() == sorted(part["tss"] + 7)


def test_flat_tracks_are_written_as_runs_and_busy_ones_as_one_value_per_base(tmp_path):
    rng = np.random.default_rng(0)
    sizes, flat = {}, np.repeat(rng.random(100, np.float32), 500)
    for name, values in {"flat": flat, "busy": rng.random(50_000, np.float32)}.items():
        with bigwig(tmp_path / f"{name}.bw", {"chr1": 60_000}) as track:
            track.add("chr1", 10, values)
        sizes[name] = (tmp_path / f"{name}.bw").stat().st_size
        with pyBigWig.open(str(tmp_path / f"{name}.bw")) as back:
            np.testing.assert_array_equal(back.values("chr1", 10, 50_010, numpy=True), values)
    assert sizes["flat"] < 10_000
    assert sizes["busy"] < 6 * 50_000  # values and zoom levels; as runs it would be over 12 bytes per base


def test_sweep_holds_no_more_than_a_window():
    width, size = 100, 10_000
    masks = ((Interval("c", s, s + width), np.ones(width, np.float32), np.zeros(width, np.float32)) for s in range(-50, size, 10))
    pieces = list(swept(masks, size))
    assert max(len(p.max) for p in pieces) <= width
    assert [p.start for p in pieces[1:]] == [p.start + len(p.max) for p in pieces[:-1]]
    assert pieces[0].start == 0
    assert pieces[-1].start + len(pieces[-1].max) == size


def test_gene_mask_is_written_alone_with_and_without_chromosome_sizes(tmp_path):
    group = Seeds.open([prediction(tmp_path / "p")])
    window, mask, _ = group.mask("G05")
    assert write_gene(group, "G05", tmp_path / "a.bw", SIZES) == Interval("chr10", 25_900, 30_000)
    with pyBigWig.open(str(tmp_path / "a.bw")) as track:
        assert track.chroms() == SIZES
        np.testing.assert_array_equal(track.values("chr10", 25_900, 30_000, numpy=True), mask[: 30_000 - window.start])
    assert write_gene(group, "G09", tmp_path / "b.bw") == Interval("chr1", 0, 4_500)
    with pyBigWig.open(str(tmp_path / "b.bw")) as track:
        assert track.chroms() == {"chr1": 4_500}


def test_a_chromosome_that_the_genome_lacks_is_named(tmp_path):
    group = Seeds.open([prediction(tmp_path / "p")])
    with pytest.raises(InputError, match="chr10 is not in the genome store"):
        write_tracks(group, {"chr1": 60_000, "chr2": 41_234}, tmp_path / "masks")
    assert not list(tmp_path.glob("masks/*"))


def test_seeds_are_joined_by_total_variance(tmp_path):
    n = len(genes())
    flat = [np.full((n, WINDOW), v) for v in (51, 153)]
    group = Seeds.open([prediction(tmp_path / str(i), seed=i, mean=m, sd=np.full((n, WINDOW), 51)) for i, m in enumerate(flat)])
    _, mean, sd = group.mask("G01")
    assert mean[0] == pytest.approx(0.4)
    assert sd[0] == pytest.approx(np.sqrt(0.2**2 + 0.2**2))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"cell": "GM12878"}, "differ in cell"), ({"model": "macs3"}, "differ in model"), ({"seed": 1}, "same seed")],
)
def test_predictions_that_are_not_seeds_of_one_model_are_refused(tmp_path, change, message):
    paths = [prediction(tmp_path / "a", seed=1), prediction(tmp_path / "b", **{"seed": 2, **change})]
    with pytest.raises(InputError, match=message):
        Seeds.open(paths)
