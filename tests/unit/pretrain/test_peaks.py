"""Peaks from the store, and from the track where the store has none."""

import numpy as np
import pytest
from planted_peaks import WIDTH, peaks_of, write_cell

from seq2exp_py.errors import InputError
from seq2exp_py.pretrain.peaks import Source
from seq2exp_py.store.read import CellStore


def test_summits_are_the_highest_bases_of_the_store_s_peaks(planted):
    found = Source(CellStore(planted[1])).peaks("chr1")
    assert found.starts.tolist() == peaks_of("A") and (found.ends - found.starts == WIDTH).all()
    assert (np.abs(found.summits - found.starts - WIDTH // 2) <= 1).all()


def test_without_peaks_the_runs_above_the_empty_genome_are_taken(tmp_path):
    source = Source(CellStore(write_cell(tmp_path / "A", "A", called=False)))
    assert not source.called and 4 < source.least < 12
    assert source.peaks("chr2").starts.tolist() == peaks_of("A")


def test_a_cell_without_peaks_and_tracks_is_refused(tmp_path):
    with pytest.raises(InputError, match="cell A has neither peaks nor a track"):
        Source(CellStore(write_cell(tmp_path / "A", "A", called=False, tracks=False)))
