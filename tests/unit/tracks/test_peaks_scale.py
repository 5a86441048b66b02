import gzip
from pathlib import Path

import numpy as np
import pyBigWig
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import peaks
from seq2exp_py.tracks.scale import Accumulator, summarise

PEAKS = [("chr2", 50, 80), ("chr1", 100, 200), ("chr1", 150, 160), ("chr1", 200, 210)]
LINES = "".join(f"{chrom}\t{start}\t{end}\tp\t0\t.\t1\t1\t1\t5\n" for chrom, start, end in PEAKS)
MERGED = [("chr1", 100, 210), ("chr2", 50, 80)]


@pytest.mark.parametrize("name", ["p.narrowPeak", "p.bed", "p.broadPeak.gz", "p.narrowPeak.gz"])
def test_peaks_are_merged_and_sorted_in_every_format(tmp_path: Path, name: str) -> None:
    text = f"track name=x\n{LINES}".encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    assert list(peaks.read(tmp_path / name).itertuples(index=False, name=None)) == MERGED


def test_peak_bigwig_gives_the_same_peaks(tmp_path: Path) -> None:
    with pyBigWig.open(str(tmp_path / "macs3.bigWig"), "w") as out:
        out.addHeader([("chr1", 6_000_000), ("chr2", 1000)])
        out.addEntries(["chr1", "chr1", "chr2"], [100, 4_999_990, 50], ends=[210, 5_000_010, 80], values=[1.0, 1.0, 1.0])
    expected = [MERGED[0], ("chr1", 4_999_990, 5_000_010), MERGED[1]]
    assert list(peaks.read(tmp_path / "macs3.bigWig").itertuples(index=False, name=None)) == expected


def test_peak_lines_that_are_no_intervals_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.bed").write_text("chr1\t10\t5\n")
    with pytest.raises(InputError, match="runs from 10 to 5"):
        peaks.read(tmp_path / "p.bed")
    (tmp_path / "p.bed").write_text("chr1\t10\n")
    with pytest.raises(InputError, match="line 1: has 2 columns; expected 'end' in column 3"):
        peaks.read(tmp_path / "p.bed")


def test_constants_are_those_of_numpy_to_one_in_128() -> None:
    values = np.random.default_rng(0).gamma(0.7, 20, 200_000).astype(np.float32)
    values[:50_000] = 0
    found = summarise(np.array_split(values, 7))
    assert found.mean == pytest.approx(values.mean(dtype=float), rel=1e-6)
    assert found.nonzero == pytest.approx(np.count_nonzero(values) / len(values))
    assert found.p99 == pytest.approx(np.quantile(values[values > 0], 0.99), rel=1 / 128)
    assert found.scale == pytest.approx(np.quantile(values, 0.995), rel=1 / 128)


def test_scale_follows_the_unit_and_not_the_weak_bases() -> None:
    dense = np.random.default_rng(1).gamma(0.5, 3, 100_000).astype(np.float32)
    scale = summarise([dense]).scale
    assert summarise([dense * 40]).scale == pytest.approx(40 * scale, rel=1 / 64)
    peaks_only = np.where(dense > np.quantile(dense, 0.98), dense, 0).astype(np.float32)
    assert summarise([peaks_only]).scale == pytest.approx(scale, rel=1 / 64)


def test_scale_of_rare_signal_is_the_median_of_what_there_is_and_outliers_do_not_matter() -> None:
    track = np.zeros(100_000, np.float32)
    track[:101] = np.arange(1, 102)
    assert summarise([track]).scale == pytest.approx(51, rel=1 / 64)
    track[100] = 66_284
    assert summarise([track]).scale == pytest.approx(51, rel=1 / 64)


def test_track_without_signal_has_scale_one() -> None:
    assert summarise([np.zeros(10, np.float32)]).scale == 1.0
    assert Accumulator().constants().scale == 1.0


def test_background_is_that_of_the_empty_genome() -> None:
    draw = np.random.default_rng(2)
    noise = draw.gamma(4, 0.5, 400_000)
    assert (found := summarise([noise.astype(np.float32)])).level == pytest.approx(noise.mean(), rel=0.03)
    assert found.spread == pytest.approx(noise.std(), rel=0.12)  # a skewed tail is clipped with the peaks
    with_peaks = noise + np.where(draw.random(400_000) < 0.1, draw.gamma(4, 10, 400_000), 0)
    found = summarise(np.array_split(with_peaks.astype(np.float32), 5))
    assert found.level == pytest.approx(noise.mean(), rel=0.06)
    assert found.spread == pytest.approx(noise.std(), rel=0.12)


def test_a_track_of_peaks_and_one_without_signal_have_no_background() -> None:
    draw = np.random.default_rng(3)
    peaks_only = np.where(draw.random(100_000) < 0.1, draw.gamma(2, 20, 100_000), 0).astype(np.float32)
    for track in (peaks_only, np.zeros(100, np.float32), np.full(100, -1, np.float32)):
        found = summarise([track])
        assert (found.level, found.spread) == (0, 0)
