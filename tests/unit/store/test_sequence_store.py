"""What `seq2exp pretrain` wrote, as the store reads it."""

import numpy as np
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.files import sha256
from seq2exp_py.store import contents
from seq2exp_py.store.sequence import SequenceManifest, SequenceStore


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "p" / "A").mkdir(parents=True)
    np.array([0.25, 0.5, np.nan], "<f2").tofile(tmp_path / "p" / "A" / "chr1.f2")
    manifest = SequenceManifest(
        genome=contents.GenomeRef(name="toy", chromosomes={"chr1": 50, "chr2": 40}),
        cells=("A",),
        step=20,
        window=362,
        seed=1,
        settings={},
        peaks={"A": "peaks"},
        areas=[("chr1", 0, 50, 0)],
        seq2exp="0",
        files={"p/A/chr1.f2": sha256(tmp_path / "p" / "A" / "chr1.f2")},
    )
    contents.write_manifest(tmp_path, manifest)
    return tmp_path


def test_p_per_base_runs_over_the_steps_and_past_the_chromosome(folder):
    found = SequenceStore(folder).per_base("A", "chr1", -2, 60)
    assert np.isnan(found[:2]).all() and np.isnan(found[42:]).all()
    assert (found[2:22] == 0.25).all() and (found[22:42] == 0.5).all()
    assert SequenceStore(folder).per_base("A", "chr1", 19, 21).tolist() == [0.25, 0.5]


def test_a_chromosome_without_sequence_has_no_file_and_no_p(folder):
    assert SequenceStore(folder).probability("A", "chr2") is None
    assert np.isnan(SequenceStore(folder).per_base("A", "chr2", 0, 5)).all()


def test_a_cell_that_was_not_there_is_refused(folder):
    with pytest.raises(InputError, match="knows A, not B"):
        SequenceStore(folder).probability("B", "chr1")


def test_a_cut_file_is_refused(folder):
    (folder / "p" / "A" / "chr1.f2").write_bytes(b"12")
    with pytest.raises(InputError, match="cut short"):
        SequenceStore(folder)
