import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pybigtools
import pyBigWig
import pysam
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import bgzip
from seq2exp_py.tracks.samplesheet import Row
from seq2exp_py.tracks.signal import Mean, open_replicates, open_signal
from seq2exp_py.tracks.steps import Steps

Make = dict[str, Callable[..., None]]
REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))


def row(path: Path, format: str = "bigwig", **more: object) -> Row:
    return Row.model_validate({"cell": "K562", "assay": "DNase", "path": path, "format": format, **more})


def test_bigwig_equals_pybigtools_inside_and_is_zero_outside(pristine: Path) -> None:
    path = pristine / "dnase.bw"
    with pybigtools.open(str(path)) as other, open_signal(path) as track:
        assert track.sizes == {"chr1": 300_000, "chr2": 200_000}
        rng = np.random.default_rng(0)
        for start in rng.integers(-3000, 301_000, 40):
            found = track.values("chr1", int(start), int(start) + 2500)
            left, right = max(int(start), 0), min(int(start) + 2500, 300_000)
            expected = np.zeros(2500, np.float32)
            if left < right:
                expected[left - start : right - start] = other.values("chr1", left, right, fillna=0.0)
            np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.float32
        assert not track.values("chr9", 0, 100).any() and track.values("chr1", 50, 50).shape == (0,)


def test_one_base_of_signal_is_at_its_index_in_every_format(tmp_path: Path, make: Make) -> None:
    with pyBigWig.open(str(tmp_path / "a.bw"), "w") as out:
        out.addHeader([("chr1", 1000)])
        out.addEntries(["chr1"], [437], ends=[438], values=[2.5])
    (tmp_path / "a.bedgraph").write_text("chr1\t437\t438\t2.5\n")
    (tmp_path / "a.tagAlign").write_text("chr1\t437\t438\tN\t1000\t-\n")
    for name in ("a.bw", "a.bedgraph", "a.tagAlign"):
        with open_signal(tmp_path / name) as track:
            assert np.flatnonzero(track.values("chr1", 400, 500)).tolist() == [37], name


def test_nan_in_a_bigwig_is_zero_and_infinity_its_largest_value(tmp_path: Path) -> None:
    with pyBigWig.open(str(tmp_path / "a.bw"), "w") as out:
        out.addHeader([("chr1", 100)])
        out.addEntries(["chr1"] * 3, [10, 20, 30], ends=[11, 21, 31], values=[float("nan"), float("inf"), 1.0])
    with open_signal(tmp_path / "a.bw") as track:
        found = track.values("chr1", 0, 100)
        assert np.flatnonzero(found).tolist() == [20, 30]
        assert found[20] == found[30] == 1.0


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95, 0.9999])
def test_truncated_bigwig_is_refused_wherever_it_is_cut(pristine: Path, tmp_path: Path, share: float) -> None:
    whole = (pristine / "dnase.bw").read_bytes()
    (tmp_path / "cut.bw").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=r"cut\.bw: the bigWig file is truncated"):
        open_signal(tmp_path / "cut.bw")


def test_a_file_that_is_no_bigwig_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.bw").write_text("chr1\t0\t1\t1\n")
    with pytest.raises(InputError, match="is not a bigWig file"):
        open_signal(tmp_path / "a.bw")
    with pytest.raises(InputError, match="no such file"):
        open_signal(tmp_path / "none.bw")
    with pytest.raises(InputError, match="expected one of bigwig, bedgraph, bam, cram, tagalign"):
        open_signal(tmp_path / "a.xyz")


def test_bedgraph_equals_bigwig_of_the_same_intervals(pristine: Path, tmp_path: Path) -> None:
    with pyBigWig.open(str(pristine / "dnase.bw")) as source:
        lines = [f"{c} {s} {e}\t{v}" for c in ("chr2", "chr1") for s, e, v in source.intervals(c)]
    with gzip.open(tmp_path / "a.bedGraph.gz", "wt") as out:
        out.write("browser position chr1\ntrack type=bedGraph\n# note\n" + "\n".join(reversed(lines)) + "\n")
    with open_signal(pristine / "dnase.bw") as expected, open_signal(tmp_path / "a.bedGraph.gz") as track:
        assert set(track.chroms) == {"chr1", "chr2"} and track.sizes == {} and track.ends == {"chr1": 298_700, "chr2": 198_700}
        for start, end in ((0, 300_000), (-10, 700), (650, 651), (299_000, 301_000), (123_456, 150_000)):
            np.testing.assert_allclose(track.values("chr1", start, end), expected.values("chr1", start, end), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("chr1\t0\t10\t1\nchr1\t5\t20\t2\n", "intervals overlap at chr1:5"),
        ("chr1\t0\t10\t1\nchr1\tx\t20\t2\n", r"line 2, column 2 \(start\): 'x' is not a whole number"),
        ("chr1\t0\t10\t1\nchr1\t20\t30\n", "line 2: has 3 columns; expected 'value' in column 4"),
        ("\x00\xfe\n", "line 1 holds a NUL byte; expected a text file"),
        ("track a\nchr1\t0\t10\n", "line 2: has 3 columns; expected 'value' in column 4"),
        ("chr1\t10\t10\t1\n", "interval 1 runs from 10 to 10; expected 0 <= start < end"),
        ("chr1\t0\t10\tone\n", r"line 1, column 4 \(value\): 'one' is not a number"),
        ("chr1\t0\tinf\t1\n", r"line 1, column 3 \(end\): 'inf' is not a whole number"),
        ("", "holds no lines"),
        ("# nothing\n", "holds no lines"),
    ],
)
def test_bedgraph_that_cannot_be_read_is_refused_by_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.bg").write_text(text)
    with pytest.raises(InputError, match=sentence):
        open_signal(tmp_path / "a.bg")


def test_truncated_gzip_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(("".join(f"chr1\t{i}\t{i + 1}\t{i * 7 % 13}\n" for i in range(5000))).encode())
    (tmp_path / "a.bedgraph.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="compressed file is truncated or damaged"):
        open_signal(tmp_path / "a.bedgraph.gz")


def test_replicates_are_averaged_and_a_chromosome_that_one_lacks_counts_as_zero(tmp_path: Path, make: Make) -> None:
    make["bigwig"](tmp_path / "a.bw", {"chr1": 5000, "chr2": 5000}, 1)
    make["bigwig"](tmp_path / "b.bw", {"chr1": 5000}, 2)
    with open_signal(tmp_path / "a.bw") as a, open_signal(tmp_path / "b.bw") as b:
        first, second, alone = a.values("chr1", 0, 5000), b.values("chr1", 0, 5000), a.values("chr2", 0, 5000)
    with open_replicates([row(tmp_path / "a.bw"), row(tmp_path / "b.bw")], ["chr1", "chr2", "chr3"]) as mean:
        assert isinstance(mean, Mean) and mean.chroms == ("chr1", "chr2")
        np.testing.assert_allclose(mean.values("chr1", 0, 5000), (first + second) / 2, rtol=1e-6)
        np.testing.assert_allclose(mean.values("chr2", 0, 5000), alone / 2, rtol=1e-6)
        assert not mean.values("chr3", 0, 10).any()


def test_names_are_matched_only_where_the_row_says_so(tmp_path: Path, make: Make) -> None:
    make["bigwig"](tmp_path / "a.bw", {"1": 5000, "MT": 5000})
    with open_replicates([row(tmp_path / "a.bw")], ["chr1", "chrM"]) as exact:
        assert exact.chroms == () and not exact.values("chr1", 0, 5000).any()
    with open_replicates([row(tmp_path / "a.bw", chromosomes="match")], ["chr1", "chrM"]) as matched:
        assert matched.sizes == {"chr1": 5000, "chrM": 5000}
        assert matched.values("chr1", 0, 5000).any() and matched.values("chrM", 0, 5000).any()


def test_steps_paint_any_window_as_a_plain_array_does() -> None:
    rng = np.random.default_rng(3)
    edges = np.sort(rng.choice(500, 60, replace=False)).reshape(-1, 2)
    values = rng.normal(size=len(edges)).astype(np.float32)
    plain = np.zeros(700, np.float32)
    for (start, end), value in zip(edges, values, strict=True):
        plain[100 + start : 100 + end] = value
    steps = Steps(edges[:, 0], edges[:, 1], values)
    for start in range(-100, 600, 7):
        for width in (0, 1, 13, 90):
            if start + width <= 600:
                np.testing.assert_array_equal(steps.values(start, start + width), plain[100 + start : 100 + start + width])


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not on this machine")
def test_real_base_level_bigwig_equals_pybigtools() -> None:
    path = REAL / "formats/K562_H3K27ac.chr9_4-6Mb.hg19.bw"
    with pybigtools.open(str(path)) as other, open_signal(path) as track:
        found = track.values("chr9", 3_990_000, 4_200_000)
        np.testing.assert_array_equal(found, other.values("chr9", 3_990_000, 4_200_000, fillna=0.0).astype(np.float32))
        assert np.count_nonzero(found) > 10_000


@pytest.mark.parametrize("name", ["a.bedGraph.gz", "a.tagAlign.gz"])
def test_a_bgzip_text_cut_between_two_blocks_is_refused(tmp_path: Path, name: str) -> None:
    plain = tmp_path / "plain"
    plain.write_text("".join(f"chr1\t{10 * i}\t{10 * i + 5}\t{i}\t0\t+\n" for i in range(20_000)))
    pysam.tabix_compress(str(plain), str(tmp_path / name))
    found, _ = bgzip.blocks(tmp_path / name)
    with open_signal(tmp_path / name) as track:
        assert track.values("chr1", 199_990, 199_991).any()
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[: found[-1].packed])
    with pytest.raises(InputError, match="is cut short: the empty block that ends a bgzip file is missing"):
        open_signal(tmp_path / name)
