import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.tracks.signal import open_signal

Make = dict[str, Callable[..., None]]
SIZES = {"chr1": 300_000, "chr2": 200_000}
READS = [("chr1", 1000, 0), ("chr1", 1010, 0), ("chr1", 2000, 16), ("chr2", 500, 0)]
MILLION = 1e6


def bam(folder: Path, make: Make, reads: list[tuple[str, int, int]], index: bool = True) -> Path:
    path = folder / "reads.bam"
    make["bam"](path, reads)
    if index:
        pysam.index(str(path))
    return path


def test_coverage_is_aligned_bases_per_million_reads(tmp_path: Path, make: Make) -> None:
    with open_signal(bam(tmp_path, make, READS)) as track:
        found = track.values("chr1", 990, 1060) / (MILLION / 4)
        assert track.sizes == SIZES
    expected = np.zeros(70)
    expected[10:46] += 1
    expected[20:56] += 1
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("flag", [4, 256, 512, 1024, 2048])
def test_reads_that_do_not_count_change_neither_coverage_nor_the_million(tmp_path: Path, make: Make, flag: int) -> None:
    with open_signal(bam(tmp_path, make, READS)) as track:
        expected = track.values("chr1", 0, 5000)
    (tmp_path / "more").mkdir()
    with open_signal(bam(tmp_path / "more", make, [*READS[:3], ("chr1", 2000, flag), READS[3]])) as track:
        np.testing.assert_array_equal(track.values("chr1", 0, 5000), expected)


def test_extension_runs_from_the_five_prime_end_in_the_reads_direction_and_stops_at_the_ends(tmp_path: Path, make: Make) -> None:
    reads = [("chr1", 20, 16), ("chr1", 1000, 0), ("chr1", 2000, 16), ("chr1", 299_950, 0)]
    with open_signal(bam(tmp_path, make, reads), extension=150) as track:
        covered = np.flatnonzero(track.values("chr1", -50, 300_050)) - 50
    expected = [*range(0, 56), *range(1000, 1150), *range(2036 - 150, 2036), *range(299_950, 300_000)]
    assert covered.tolist() == expected


@pytest.mark.parametrize("extension", [None, 5, 200])
def test_bam_cram_and_tagalign_of_the_same_reads_agree(pristine: Path, tmp_path: Path, make: Make, extension: int | None) -> None:
    rng = np.random.default_rng(0)
    reads = sorted((str(rng.choice(["chr1", "chr2"])), int(rng.integers(0, 199_000)), int(rng.choice([0, 16]))) for _ in range(400))
    path = bam(tmp_path, make, reads)
    pysam.view("-C", "-T", str(pristine / "genome.fa"), "-o", str(tmp_path / "reads.cram"), str(path), catch_stdout=False)
    lines = [f"{c}\t{s}\t{s + 36}\tN\t1000\t{'-' if flag else '+'}\n" for c, s, flag in reads]
    (tmp_path / "reads.tagAlign").write_text("".join(lines))
    with (
        open_signal(path, extension=extension) as one,
        open_signal(tmp_path / "reads.cram", extension=extension) as two,
        open_signal(tmp_path / "reads.tagAlign", extension=extension) as three,
    ):
        for chrom, size in SIZES.items():
            expected = one.values(chrom, 0, size)
            assert expected.sum() > 0
            np.testing.assert_array_equal(two.values(chrom, 0, size), expected)
            np.testing.assert_array_equal(three.values(chrom, 0, size), expected)


def test_cram_is_read_without_its_reference(pristine: Path, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Path(shutil.copy(pristine / "genome.fa", tmp_path / "gone.fa"))
    path = bam(tmp_path, make, READS)
    pysam.view("-C", "-T", str(reference), "-o", str(tmp_path / "reads.cram"), str(path), catch_stdout=False)
    for file in (reference, reference.with_name("gone.fa.fai")):
        file.unlink(missing_ok=True)
    monkeypatch.setenv("REF_PATH", str(tmp_path / "nowhere"))
    with open_signal(tmp_path / "reads.cram") as track:
        assert track.values("chr1", 1015, 1016) == pytest.approx(2 * MILLION / 4)


def test_missing_index_is_made_outside_the_users_folder(tmp_path: Path, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = bam(tmp_path, make, READS, index=False)
    with open_signal(path) as track:
        assert track.values("chr1", 1015, 1016) == pytest.approx(2 * MILLION / 4)
    assert [file.name for file in tmp_path.iterdir()] == ["reads.bam"]
    assert "has no index beside it; one is made in a temporary folder" in capsys.readouterr().err


def test_index_may_lie_elsewhere(tmp_path: Path, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = bam(tmp_path, make, READS)
    (tmp_path / "elsewhere").mkdir()
    index = path.with_name("reads.bam.bai").rename(tmp_path / "elsewhere" / "i.bai")
    with open_signal(path, index=index) as track:
        assert track.values("chr1", 1015, 1016) == pytest.approx(2 * MILLION / 4)
    assert "no index" not in capsys.readouterr().err


def many(seed: int, one: int, two: int) -> list[tuple[str, int, int]]:
    """Some reads of chr1 and of chr2, sorted."""
    rng = np.random.default_rng(seed)
    return [(c, int(x), 0) for c, n in (("chr1", one), ("chr2", two)) for x in sorted(rng.integers(0, 190_000, n))]


def spoiled(folder: Path, make: Make, earlier: list[tuple[str, int, int]], now: list[tuple[str, int, int]], end: str) -> Path:
    """A file whose index, the younger of the two, is of an earlier version of it."""
    path = bam(folder, make, earlier, index=False)
    (folder / "earlier").mkdir(exist_ok=True)
    if end == ".crai":
        pysam.view("-C", "--output-fmt-option", "no_ref=1", "-o", str(folder / "reads.cram"), str(path), catch_stdout=False)
        path = folder / "reads.cram"
    pysam.index(*(["-c"] if end == ".csi" else []), "-o", str(path) + end, str(path))
    make["bam"](folder / "reads.bam", now)
    if end == ".crai":
        pysam.view("-C", "--output-fmt-option", "no_ref=1", "-o", str(path), str(folder / "reads.bam"), catch_stdout=False)
    os.utime(str(path) + end, (time.time() + 60,) * 2)
    return path


@pytest.mark.parametrize("end", [".bai", ".csi", ".crai"])
@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        (many(0, 4000, 0), many(0, 4000, 3000)),
        (many(0, 4000, 3000), many(0, 4000, 0)),
        (many(1, 4000, 3000), many(2, 4000, 3000)),
        (many(1, 2000, 1000), many(1, 4000, 3000)),
        (many(1, 4000, 3000), many(1, 3000, 4000)),
        (many(1, 4000, 3000), many(1, 20, 10)),
    ],
)
def test_an_index_of_another_file_is_made_anew_however_young_it_is(tmp_path: Path, make: Make, earlier, now, end: str) -> None:
    path = spoiled(tmp_path, make, earlier, now, end)
    with kept() as notes, open_signal(path) as track:
        found = {chrom: track.values(chrom, 0, size).astype(float) for chrom, size in SIZES.items()}
    for chrom, size in SIZES.items():
        depth = np.zeros(size)
        for _, start, _ in (read for read in now if read[0] == chrom):
            depth[start : start + 36] += 1
        np.testing.assert_allclose(found[chrom], depth * MILLION / len(now), rtol=1e-6)
    assert len(notes) == 1
    assert f"{path}{end}: is of another file" in notes[0]


@pytest.mark.parametrize("end", [".bai", ".csi"])
def test_an_index_that_fits_is_used(tmp_path: Path, make: Make, end: str) -> None:
    path = bam(tmp_path, make, many(3, 4000, 3000), index=False)
    pysam.index(*(["-c"] if end == ".csi" else []), "-o", str(path) + end, str(path))
    with kept() as notes, open_signal(path) as track:
        assert track.index() == Path(str(path) + end)
        assert track.values("chr2", 0, 200_000).sum(dtype=float) == pytest.approx(3000 * 36 * MILLION / 7000)
    assert notes == []


@pytest.mark.parametrize("end", [".bai", ".csi"])
@pytest.mark.parametrize("cut", [0, 3, 20, -9])
def test_a_broken_index_is_made_anew(tmp_path: Path, make: Make, end: str, cut: int) -> None:
    path = bam(tmp_path, make, READS)
    pysam.index("-c", "-o", str(path) + ".csi", str(path))
    index = Path(str(path) + end)
    index.write_bytes(index.read_bytes()[:cut])
    with kept() as notes, open_signal(path, index=index) as track:
        assert track.values("chr1", 1015, 1016) == pytest.approx(2 * MILLION / 4)
    assert len(notes) == 1


def test_an_index_older_than_its_file_is_made_anew_and_check_says_so(world: Path, make: Make, check) -> None:
    make["bam"](world / "reads.bam", READS)
    pysam.index(str(world / "reads.bam"))
    os.utime(world / "reads.bam.bai", (1, 1))
    (world / "samplesheet.csv").write_text("cell,assay,path\nK562,DNase,reads.bam\nK562,expression,expression.tsv\n")
    said = check(world)
    assert said.code == 0
    assert "reads.bam.bai: is older than its file; it is made anew in a temporary folder" in said.out


@pytest.mark.parametrize("order", ["unsorted", "unknown", "coordinate"])
def test_unsorted_reads_are_refused_whatever_the_header_says(tmp_path: Path, make: Make, order: str) -> None:
    make["bam"](tmp_path / "reads.bam", [("chr1", 5000, 0), ("chr1", 100, 0)], order=order)
    with (
        pytest.raises(InputError, match=r"not sorted by coordinate; sort them \(samtools sort"),
        open_signal(tmp_path / "reads.bam") as track,
    ):
        track.values("chr1", 0, 10)


def test_truncated_bam_is_refused(tmp_path: Path, make: Make) -> None:
    path = bam(tmp_path, make, READS * 1, index=False)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"reads\.bam: is truncated or not a BAM/CRAM file"):
        open_signal(path)


def test_file_without_reads_is_zero(tmp_path: Path, make: Make) -> None:
    with open_signal(bam(tmp_path, make, [])) as track:
        assert not track.values("chr1", 0, 1000).any()


def test_tagalign_line_without_a_strand_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tagAlign").write_text("chr1\t0\t36\tN\t1000\n")
    with pytest.raises(InputError, match="line 1: has 5 columns; expected 'strand' in column 6"):
        open_signal(tmp_path / "a.tagAlign")
