"""P by the sequence as a bigWig."""

import numpy as np
import pyBigWig
import pytest

from seq2exp_py.browser.signals import write_sequence
from seq2exp_py.files import sha256
from seq2exp_py.store import contents
from seq2exp_py.store.sequence import SequenceManifest, SequenceStore


@pytest.fixture
def sequence(tmp_path):
    folder = tmp_path / "p" / "A"
    folder.mkdir(parents=True)
    np.array([np.nan, 0.256, 0.5, np.nan, 0.75], "<f2").tofile(folder / "chr1.f2")
    manifest = SequenceManifest(
        genome=contents.GenomeRef(name="toy", chromosomes={"chr1": 95, "chr2": 40}),
        cells=("A",),
        step=20,
        window=362,
        seed=1,
        settings={},
        peaks={},
        areas=[],
        seq2exp="0",
        files={"p/A/chr1.f2": sha256(folder / "chr1.f2")},
    )
    contents.write_manifest(tmp_path, manifest)
    return SequenceStore(tmp_path)


def test_values_lie_where_the_sequence_is_known_and_end_with_the_chromosome(sequence, tmp_path):
    write_sequence(sequence, "A", tmp_path / "a.bw")
    with pyBigWig.open(str(tmp_path / "a.bw")) as track:
        found = [(start, end, round(value, 4)) for start, end, value in track.intervals("chr1")]
        assert found == [(20, 40, 0.26), (40, 60, 0.5), (80, 95, 0.75)]
        assert track.intervals("chr2") is None
