import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cooler
import h5py
import hictkpy
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import contacts
from seq2exp_py.tracks.contacts import open_contacts, power_law, profile

Make = dict[str, Callable[..., None]]
REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not on this machine")
SIZES = {"chr1": 302_300, "chr2": 200_000}
FLOOR = 5.335e-4
HALF = 20_000


class Fake:
    """A map given as a matrix, with bins of 5,000 bp."""

    normalisation, partial, chroms = "NONE", False, ("chr1",)

    def __init__(self, matrix: NDArray[np.float64], size: int, bin_size: int = 5000) -> None:
        self.matrix, self.sizes, self.bin_size = matrix, {"chr1": size}, bin_size

    def row(self, chrom: str, bin: int, first: int, last: int) -> NDArray[np.float32]:
        inside = [i for i in range(first, last) if 0 <= i < len(self.matrix)]
        out = np.zeros(last - first, np.float32)
        out[[i - first for i in inside]] = self.matrix[bin, inside]
        return out

    def close(self) -> None: ...

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def cool(tmp_path_factory: pytest.TempPathFactory, make: Make) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.cool"
    make["cool"](path, SIZES)
    with h5py.File(path, "r+") as file:
        file["bins/weight"][7] = np.nan
        file["bins/VC"] = np.linspace(0.5, 2, file["bins/weight"].shape[0])
    return path


@pytest.mark.parametrize("norm", ["NONE", "weight", "VC"])
def test_rows_equal_coolers_own_fetch(cool: Path, norm: str) -> None:
    clr = cooler.Cooler(str(cool))
    unit = clr._load_attrs("bins/weight")["scale"] if norm == "weight" else 1.0
    full = clr.matrix(balance=False if norm == "NONE" else norm).fetch("chr1") * unit
    with open_contacts(cool, norm) as found:
        assert (found.bin_size, found.normalisation, found.chroms) == (5000, norm, ("chr1", "chr2"))
        for bin in (0, 3, 7, 30, 59, 60):
            row = found.row("chr1", bin, bin - 20, bin + 21)
            expected = np.zeros(41)
            left, right = max(bin - 20, 0), min(bin + 21, len(full))
            expected[left - bin + 20 : right - bin + 20] = full[bin, left:right]
            np.testing.assert_allclose(row, expected, rtol=1e-6, equal_nan=True)
        assert norm != "weight" or np.isnan(found.row("chr1", 7, 5, 9)).all()
        assert norm != "weight" or np.isnan(found.row("chr1", 6, 5, 9)).tolist() == [False, False, True, False]


def test_rows_need_not_contain_the_bin_itself(cool: Path) -> None:
    full = cooler.Cooler(str(cool)).matrix(balance=False).fetch("chr1")
    with open_contacts(cool, "NONE") as found:
        np.testing.assert_array_equal(found.row("chr1", 10, 14, 18), full[10, 14:18])
        np.testing.assert_array_equal(found.row("chr1", 10, 2, 6), full[10, 2:6])


def test_auto_takes_vc_then_ice_then_none(cool: Path, tmp_path: Path, make: Make) -> None:
    make["cool"](tmp_path / "ice.cool", SIZES)
    make["cool"](tmp_path / "raw.cool", SIZES, balance=False)
    found = []
    for path in (cool, tmp_path / "ice.cool", tmp_path / "raw.cool"):
        with open_contacts(path) as opened:
            found.append(opened.normalisation)
    assert found == ["VC", "weight", "NONE"]


def test_ice_values_are_in_counts_with_and_without_the_kept_scale(cool: Path, tmp_path: Path, make: Make) -> None:
    make["cool"](tmp_path / "ice.cool", SIZES)
    with open_contacts(tmp_path / "ice.cool") as kept:
        first = kept.row("chr1", 30, 10, 50)
    with h5py.File(tmp_path / "ice.cool", "r+") as file:
        del file["bins/weight"].attrs["scale"]
    with open_contacts(tmp_path / "ice.cool") as computed:
        second = computed.row("chr1", 30, 10, 50)
    raw = cooler.Cooler(str(tmp_path / "ice.cool")).matrix(balance=False).fetch("chr1")[30, 10:50]
    assert 0.5 < first.sum() / raw.sum() < 2 and 0.5 < second.sum() / raw.sum() < 2


def test_mcool_by_bin_size_and_by_address(cool: Path, tmp_path: Path) -> None:
    path = tmp_path / "maps.mcool"
    cooler.zoomify_cooler(str(cool), str(path), [5000, 10_000], chunksize=10_000)
    expected = cooler.Cooler(f"{path}::/resolutions/5000").matrix(balance=False).fetch("chr2")
    with open_contacts(path, "NONE") as one, open_contacts(Path(f"{path}::/resolutions/10000"), "NONE") as two:
        np.testing.assert_array_equal(one.row("chr2", 5, 0, 12), expected[5, :12])
        assert (one.bin_size, two.bin_size) == (5000, 10_000)
    with pytest.raises(InputError, match="has no map with bins of 1000 bp; it has /resolutions/5000, /resolutions/10000"):
        open_contacts(path, "NONE", 1000)


def test_what_a_map_lacks_is_said_with_what_it_has(cool: Path, tmp_path: Path, make: Make) -> None:
    with pytest.raises(InputError, match=r"has no normalisation 'KR'; it has .*weight.*NONE"):
        open_contacts(cool, "KR")
    make["cool"](tmp_path / "odd.cool", SIZES, 8000, balance=False)
    with pytest.raises(InputError, match="has bins of 8000 bp; expected 5000 bp or a multiple of it"):
        open_contacts(tmp_path / "odd.cool")
    with pytest.raises(InputError, match="no such file"):
        open_contacts(tmp_path / "none.cool")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_truncated_cool_is_refused(cool: Path, tmp_path: Path, share: float) -> None:
    (tmp_path / "cut.cool").write_bytes(cool.read_bytes()[: int(cool.stat().st_size * share)])
    with pytest.raises(InputError, match=r"cut\.cool: is truncated or not a cooler file"):
        open_contacts(tmp_path / "cut.cool")


@pytest.mark.parametrize("place", range(3000, 30_000, 2700))
def test_damaged_cool_is_refused_or_read_but_never_breaks(cool: Path, tmp_path: Path, place: int) -> None:
    whole = bytearray(cool.read_bytes())
    whole[place : place + 200] = bytes(200)
    (tmp_path / "bad.cool").write_bytes(whole)
    try:
        with open_contacts(tmp_path / "bad.cool") as found:
            assert found.row(found.chroms[0], 5, 0, 10).shape == (10,)
    except InputError as error:
        assert "bad.cool" in str(error)


def test_power_law_and_floor_are_the_published_numbers() -> None:
    assert pytest.approx(0.0012292, rel=1e-4) == contacts.PSEUDOCOUNT
    assert np.log10(1 + contacts.PSEUDOCOUNT) == pytest.approx(FLOOR, rel=1e-4)
    np.testing.assert_allclose(power_law(np.array([0.0, 4999.0])), np.exp(5.3181 - 0.87 * np.log(5001)), rtol=1e-4)


def test_profile_is_log_of_contact_plus_pseudocount_with_the_floor_where_no_pair_is() -> None:
    matrix = np.zeros((60, 60))
    matrix[20, 20], matrix[20, 22] = 9.0, 3.0
    first, values, source = profile(Fake(matrix, 300_000), "chr1", 102_500, HALF)
    assert (first, len(values), source) == (16, 9, "hic")
    expected = np.full(9, FLOOR)
    expected[4], expected[6] = np.log10(10 + 0.0012292), np.log10(4 + 0.0012292)
    np.testing.assert_allclose(values, expected, rtol=1e-4)
    assert values.dtype == np.float32


def test_a_paper_window_has_41_bins_from_the_bin_of_its_first_base() -> None:
    for tss in (1_000_000, 1_000_001, 1_002_499, 1_004_999):
        first, values, _ = profile(None, "chr1", tss, 100_000)
        assert first == (tss - 100_000) // 5000 and len(values) == 41
        assert first * 5000 <= tss - 100_000 and (first + 41) * 5000 >= tss + 100_000


def test_masked_bins_are_zero_and_do_not_spoil_the_quality() -> None:
    matrix = np.ones((60, 60))
    matrix[20, 23] = np.nan
    _, values, source = profile(Fake(matrix, 300_000), "chr1", 102_500, HALF)
    assert source == "hic" and values[7] == 0 and np.count_nonzero(values) == 8


@pytest.mark.parametrize(("diagonal", "source"), [(0.02 / 999, "hic"), (0.009 / 999, "powerlaw"), (np.nan, "powerlaw")])
def test_quality_rule_sums_the_bases_nearer_than_500(diagonal: float, source: str) -> None:
    matrix = np.ones((60, 60))
    matrix[20, 20] = diagonal
    assert profile(Fake(matrix, 300_000), "chr1", 102_500, HALF)[2] == source


def test_quality_rule_looks_across_the_edge_of_a_bin() -> None:
    matrix = np.zeros((60, 60))
    matrix[20, 19] = 1.0
    assert profile(Fake(matrix, 300_000), "chr1", 100_100, HALF)[2] == "hic"
    assert profile(Fake(matrix, 300_000), "chr1", 100_700, HALF)[2] == "powerlaw"


def test_power_law_stands_in_for_a_missing_chromosome_and_a_missing_map() -> None:
    fake = Fake(np.ones((60, 60)), 300_000)
    expected = np.log10(power_law(np.abs(np.arange(16, 25) - 20) * 5000.0) + 0.0012292 + 1)
    for first, values, source in (profile(None, "chr1", 102_500, HALF), profile(fake, "chr2", 102_500, HALF)):
        assert (first, source) == (16, "powerlaw")
        np.testing.assert_allclose(values, expected, rtol=1e-5)


@pytest.mark.parametrize("tss", [2_000, 17_500, 288_000, 299_999])
def test_contacts_stay_at_their_bins_at_both_ends_of_a_chromosome(tss: int) -> None:
    """The reference padded a padded track again, which moved it by half the padding."""
    matrix = np.ones((60, 60)) + np.arange(60) * 10
    first, values, _ = profile(Fake(matrix, 300_000), "chr1", tss, 100_000)
    for index, value in enumerate(values):
        bin = first + index
        expected = np.log10(1 + bin * 10 + 1.0012292) if 0 <= bin < 60 else 0
        assert value == pytest.approx(expected, rel=1e-5)


def test_coarse_map_is_shared_evenly_by_the_small_pairs_inside_its_pairs() -> None:
    matrix = np.zeros((8, 8))
    matrix[2, 2], matrix[2, 3] = 100.0, 50.0
    first, values, source = profile(Fake(matrix, 400_000, 50_000), "chr1", 127_000, 50_000)
    assert (first, source) == (15, "hic")
    raw = 10.0 ** values.astype(float) - 1 - contacts.PSEUDOCOUNT
    bins = first + np.arange(len(values))
    np.testing.assert_allclose(raw, np.select([bins // 10 == 2, bins // 10 == 3], [1.0, 0.5], 0.0), atol=1e-5)


def test_scale_multiplies_the_contacts_after_the_quality_rule() -> None:
    fake = Fake(np.full((60, 60), 40.0), 300_000)
    _, values, source = profile(fake, "chr1", 102_500, HALF, scale=1e-6)
    assert source == "hic"
    np.testing.assert_allclose(values, np.log10(4e-5 + 1.0012292), rtol=1e-4)


PAIRS = (
    "chr1\t100000\t105000\tchr1\t110000\t115000\tx\t7\n"
    "chr1\t111000\t114000\tchr1\t101000\t104000\ty\t2\n"
    "chr1\t0\t5000\tchr2\t0\t5000\tz\t9\n"
)


def test_loops_are_added_to_the_power_law(tmp_path: Path) -> None:
    (tmp_path / "a.bedpe").write_text(PAIRS)
    with open_contacts(tmp_path / "a.bedpe") as loops:
        assert loops.partial and loops.chroms == ("chr1",) and loops.normalisation == "NONE"
        np.testing.assert_array_equal(loops.row("chr1", 20, 19, 24), [0, 0, 0, 9, 0])
        np.testing.assert_array_equal(loops.row("chr1", 22, 19, 24), [0, 9, 0, 0, 0])
        _, values, source = profile(loops, "chr1", 102_500, HALF)
        alone = profile(None, "chr1", 102_500, HALF)[1]
        assert source == "hic" and (values - alone > 1e-6).tolist() == [False] * 6 + [True] + [False] * 2
        assert 10.0 ** values[6] - 10.0 ** alone[6] == pytest.approx(9, rel=1e-4)
        assert profile(loops, "chr1", 250_000, HALF)[2] == "powerlaw"


@pytest.mark.parametrize(
    ("header", "tail", "expected"),
    [
        ("chrom1\tstart1\tend1\tchrom2\tstart2\tend2\tname\tobserved\texpected", ["n", "6", "1"], 6),
        ("#chr1\tx1\tx2\tchr2\ty1\ty2\tcolor\tscore\tcount", ["c", "8", "4"], 4),
        ("chrom1\tstart1\tend1\tchrom2\tstart2\tend2", [], 1),
        ("", ["n", "3"], 3),
        ("", [], 1),
    ],
)
def test_bedpe_counts_come_from_the_named_column(tmp_path: Path, header: str, tail: list[str], expected: float) -> None:
    line = "\t".join(["chr1", "100000", "105000", "chr1", "110000", "115000", *tail])
    with gzip.open(tmp_path / "a.bedpe.gz", "wt") as out:
        out.write((f"{header}\n" if header else "") + line + "\n")
    with open_contacts(tmp_path / "a.bedpe.gz") as loops:
        assert loops.row("chr1", 20, 22, 23).tolist() == [expected]


def test_bedpe_with_pairs_within_a_bin_is_a_whole_map(tmp_path: Path) -> None:
    (tmp_path / "a.bedpe").write_text(PAIRS + "chr1\t100000\t105000\tchr1\t100000\t105000\tx\t50\n")
    with open_contacts(tmp_path / "a.bedpe") as found:
        assert not found.partial and profile(found, "chr1", 102_500, HALF)[2] == "hic"


def test_bedpe_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.bedpe").write_text(PAIRS.replace("110000", "far"))
    with pytest.raises(InputError, match=r"line 1, column 5 \(start2\): 'far' is not a whole number"):
        open_contacts(tmp_path / "a.bedpe")


@pytest.mark.real
@real
@pytest.mark.parametrize("norm", ["NONE", "VC", "VC_SQRT"])
def test_real_hic_rows_are_those_of_the_whole_chromosome(norm: str) -> None:
    path = REAL / "formats/test_chr22.hic"
    whole: Any = hictkpy.MultiResFile(str(path))[5000]
    table = whole.fetch("22", normalization=norm, count_type="float64", join=True).to_df()
    pairs = {(a // 5000, b // 5000): count for a, b, count in zip(table["start1"], table["start2"], table["count"], strict=True)}
    seen = 0
    with open_contacts(path, norm) as found:
        assert found.normalisation == norm
        for bin in (*range(3500, 10_000, 300), 51_304_566 // 5000):
            row = found.row("22", bin, bin - 20, bin + 21)
            expected = [pairs.get((min(bin, b), max(bin, b)), 0.0) for b in range(bin - 20, bin + 21)]
            np.testing.assert_allclose(np.nan_to_num(row), expected, rtol=1e-6)
            seen += np.count_nonzero(expected)
    assert seen > 10


@pytest.mark.real
@real
def test_real_hic_says_what_it_has(tmp_path: Path) -> None:
    path = REAL / "formats/test_chr22.hic"
    with pytest.raises(InputError, match="has no map with bins of 7000 bp; it has 5000, 10000"):
        open_contacts(path, bin_size=7000)
    with pytest.raises(InputError, match="has no normalisation 'SCALE'; it has"):
        open_contacts(path, "SCALE")
    (tmp_path / "cut.hic").write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(InputError, match=r"cut\.hic: is truncated or not a \.hic file"):
        open_contacts(tmp_path / "cut.hic")
    with open_contacts(path) as found:
        assert found.normalisation == "VC"


@pytest.mark.real
@real
def test_real_5kb_map_equals_cooler_and_gives_a_profile_by_bin() -> None:
    path = REAL / "hic/K562_chr22.hg38.5kb.cool"
    clr = cooler.Cooler(str(path))
    unit = clr._load_attrs("bins/weight")["scale"]
    with open_contacts(path) as found:
        for tss in (19_000_123, 30_500_000, 50_700_000):
            bin = tss // 5000
            first, values, source = profile(found, "chr22", tss, 100_000)
            last = min(first + 41, -(-clr.chromsizes["chr22"] // 5000))
            region = ("chr22", first * 5000, min(last * 5000, clr.chromsizes["chr22"]))
            k = clr.matrix(balance=True).fetch(("chr22", bin * 5000, bin * 5000 + 5000), region)[0] * unit
            expected = np.where(np.isnan(k), 0, np.log10(k + contacts.PSEUDOCOUNT + 1))
            assert source == "hic"
            np.testing.assert_allclose(values[: len(k)], expected, rtol=1e-5, atol=1e-7)
            assert not values[len(k) :].any()


@pytest.mark.real
@real
def test_real_coarse_map_and_loops_give_profiles() -> None:
    with open_contacts(REAL / "hic/GM12878_chr22.hg38lifted.50kb.cool") as coarse:
        first, values, source = profile(coarse, "chr22", 30_500_000, 100_000)
        assert (coarse.bin_size, source) == (50_000, "hic")
        groups = pd.Series(values).groupby((first + np.arange(41)) // 10).nunique()
        assert (groups == 1).all()
    with open_contacts(REAL / "hic/K562_HiCCUPS_loops.hg38lifted.bedpe.gz") as loops:
        assert loops.partial and "chrX" in loops.chroms
        bin = 9_944_942 // 5000
        assert loops.row("chr1", bin, 2006, 2008).sum() == 102


def balanced_by_itself(path: Path, sizes: dict[str, int], depths: dict[str, int], **more: Any) -> cooler.Cooler:
    """A map of which every chromosome was balanced alone (`cooler balance --cis-only`), read to its own depth."""
    bins, rng, rows, first = cooler.binnify(pd.Series(sizes), 5000), np.random.default_rng(0), [], 0
    for chrom, size in sizes.items():
        n = -(-size // 5000)
        rows += [(first + i, first + j, rng.poisson(depths[chrom] / (1 + j - i))) for i in range(n) for j in range(i, n)]
        first += n
    pixels = pd.DataFrame([row for row in rows if row[2]], columns=["bin1_id", "bin2_id", "count"])
    cooler.create_cooler(str(path), bins, pixels, ordered=True)
    given = {"cis_only": True, "ignore_diags": 0, "min_nnz": 0, "mad_max": 0, "max_iters": 2000} | more
    cooler.balance_cooler(cooler.Cooler(str(path)), store=True, **given)
    return cooler.Cooler(str(path))


@pytest.mark.parametrize(
    ("sizes", "depths"),
    [
        ({"chr1": 300_000, "chr2": 200_000}, {"chr1": 400, "chr2": 8}),
        ({"chrUn": 20_000, "chr1": 300_000}, {"chrUn": 3, "chr1": 500}),
        ({"chr1": 302_300, "chrX": 200_000, "chrM": 16_569}, {"chr1": 100, "chrX": 50, "chrM": 90_000}),
    ],
)
def test_a_map_balanced_by_chromosome_has_each_ones_own_scale(tmp_path: Path, sizes, depths) -> None:
    clr = balanced_by_itself(tmp_path / "cis.cool", sizes, depths)
    scale = dict(zip(sizes, clr._load_attrs("bins/weight")["scale"], strict=True))
    with open_contacts(tmp_path / "cis.cool") as found, open_contacts(tmp_path / "cis.cool", "NONE") as raw:
        for chrom in sizes:
            n = -(-sizes[chrom] // 5000)
            row, expected = found.row(chrom, n // 2, 0, n), clr.matrix(balance=True).fetch(chrom)[n // 2] * scale[chrom]
            np.testing.assert_allclose(row, expected, rtol=1e-6)
            assert 0.4 < row.sum() / raw.row(chrom, n // 2, 0, n).sum() < 2.5


def test_a_chromosome_without_weights_is_named_by_the_check_and_follows_the_power_law(world: Path, check) -> None:
    with h5py.File(world / "map.cool", "r+") as file:
        weight = file["bins/weight"][:]
        weight[60:] = np.nan
        file["bins/weight"][:] = weight
    said = check(world)
    assert said.code == 0
    assert "map.cool: weight has no weights on chr2; contacts follow the power law there" in said.out
    with open_contacts(world / "map.cool") as found:
        assert found.unbalanced() == ["chr2"]
        assert profile(found, "chr2", 100_000, 50_000)[2] == "powerlaw"
        assert profile(found, "chr1", 100_000, 50_000)[2] == "hic"


def test_a_chromosome_that_cis_only_balancing_left_out_is_named(tmp_path: Path) -> None:
    balanced_by_itself(tmp_path / "cis.cool", {"chr1": 300_000, "chrUn": 20_000}, {"chr1": 300, "chrUn": 1}, min_nnz=10)
    with open_contacts(tmp_path / "cis.cool") as found:
        assert found.unbalanced() == ["chrUn"]


@real
def test_chromosomes_without_a_vector_in_a_hic_file_are_named() -> None:
    with open_contacts(REAL / "formats" / "test_chr22.hic", "VC") as found:
        assert "22" in found.chroms and "22" not in found.unbalanced()
        assert "21" in found.unbalanced()
