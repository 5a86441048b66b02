"""The models compute on tensors what the store's windows have."""

import pytest

from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.models.parts.odds import SignalOdds


def test_the_odds_of_a_batch_are_those_of_the_store(store):
    cell = CellEvidence(store, width=80_000, resolution=50)
    config = MaskConfig(window=80_000, resolution=50)
    for sample in store.samples():
        found = SignalOdds(config)(store.batch([sample], 80_000))[0]
        expected = cell.window(cell.site(sample.gene)).odds(cell.formula.model_copy(update={"tau": 1.0}))
        allowed = ~cell.banned(store.genes.chrom[sample.gene], cell.window(cell.site(sample.gene)).start, len(expected))
        assert found.numpy()[allowed] == pytest.approx(expected[allowed], rel=1e-3, abs=1e-6)
