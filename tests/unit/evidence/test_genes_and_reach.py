"""Evidence from a store: windows, places beyond them, and the share of bases that a tau keeps."""

import numpy as np
import pytest

from seq2exp_py.evidence import formula as F
from seq2exp_py.evidence import reach, share
from seq2exp_py.evidence.formula import Formula
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.store.crowding import crowding_at, weights

WIDTH = 80_000


@pytest.fixture
def cell(store):
    return CellEvidence(store, width=WIDTH, resolution=50)


def test_a_window_is_the_formula_on_the_batch_of_that_gene(store, cell):
    for sample in store.samples():
        batch, window = store.batch([sample], WIDTH), cell.window(cell.site(sample.gene))
        assert window.start == batch.start[0]
        tokens = batch.signals[0, :, :2].numpy().reshape(-1, 50, 2).mean(1)
        activity = F.activity(tokens, batch.scale[0, :2].numpy(), batch.background[0, :2].numpy(), cell.formula)
        banned = batch.excluded[0].numpy().reshape(-1, 50).any(1)
        assert window.activity == pytest.approx(np.where(banned, 0, activity), abs=1e-6)
        stored = batch.signals[0, 25::50, 2].numpy().astype(float)
        middles = window.start + np.arange(len(stored)) * 50 + 25
        apart = np.abs(middles // 5000 - window.site.tss // 5000) * 5000.0
        distance = np.abs(middles - window.site.tss).astype(float)
        contact = F.contact(distance, F.over_power_law(stored, apart), cell.formula)
        on = activity > 0
        assert window.contact[on] == pytest.approx(contact[on], rel=1e-6)
        counted = np.where(banned & (distance >= 1000), 0, activity)  # a blacklisted promoter counts in the total
        assert window.total == pytest.approx(F.total(counted * contact, distance, cell.formula), rel=1e-5)
        assert window.site.crowding == pytest.approx(float(batch.crowding[0]))


def test_a_blacklisted_stretch_has_no_activity(cell):
    assert (cell.activity("chr1", 125_000, 20) == 0).all()
    assert cell.activity("chr1", 124_950, 22)[[0, -1]] == pytest.approx(cell.along("chr1")[[2499, 2520]])


def test_every_place_meets_every_gene_in_reach_and_no_other(cell):
    starts = np.array([300_000, 1_000, 118_200, 250_000])
    ends = starts + np.array([700, 200, 400, 90])
    found = reach.pairs(cell, "chr1", starts, ends, reach=130_000)
    tss = cell.store.genes.tss.to_numpy()
    expected = {(p, g) for p in range(4) for g in range(5) if abs((starts[p] + ends[p]) // 2 - tss[g]) <= 130_000}
    assert set(zip(found.place, found.gene, strict=True)) == expected
    assert (found.distance == np.abs((starts + ends)[found.place] // 2 - tss[found.gene])).all()
    assert len(reach.pairs(cell, "chr2", starts[:0], ends[:0])) == 0


def test_a_place_has_the_mean_activity_of_its_bases_and_the_windows_mask(cell):
    start, end = 121_875, 122_035
    along = np.repeat(cell.along("chr1"), 50)
    row = reach.pairs(cell, "chr1", np.array([start]), np.array([end]), reach=5_000).set_index("gene").loc[1]
    assert row.activity == pytest.approx(along[start:end].mean())
    window = cell.window(cell.site(1))
    token = reach.pairs(cell, "chr1", np.array([window.start + 1000]), np.array([window.start + 1050]), reach=50_000)
    token = token.set_index("gene").loc[1]
    assert token.contact == pytest.approx(window.contact[20])
    assert token["mask"] == pytest.approx(F.mean(F.odds(token.evidence, window.total, window.site.crowding, cell.formula)))


def test_contacts_beyond_the_stored_bins_follow_the_power_law(cell):
    site = cell.site(3)
    far = np.array([site.tss - 200_000, site.tss + 60_000])
    assert cell.contact(site, far) == pytest.approx((5000 / np.array([200_000, 60_000])) ** 0.87, rel=1e-6)


def test_another_place_is_a_tss_too(cell, store):
    site = cell.elsewhere("chr1", 200_000)
    assert site.crowding == crowding_at(200_000, store.genes.tss.to_numpy()[:5], weights(store.cell_stores[0].strength[:5]))
    assert cell.window(site).contact.min() > 0


def test_tau_keeps_the_share_of_bases_outside_the_centre(store):
    cell = CellEvidence(store, formula=Formula(spreads=None), width=WIDTH, resolution=50)
    for wanted in (0.01, 0.05):
        f = cell.formula.model_copy(update={"tau": share.tau(cell, wanted)})
        masks = np.array([w.mask(f) for w in cell.windows()])
        outside = np.r_[0:780, 820:1600]
        assert (masks[:, outside] >= 0.5).mean() == pytest.approx(wanted, rel=0.05)


def test_a_share_that_the_evidence_cannot_fill_keeps_all_that_has_any():
    odds = np.array([0.0] * 98 + [0.2, 0.4])
    assert (odds / share.tau_of(odds, 0.5) + F.LEAST >= 1).sum() == 2
    assert share.tau_of(np.zeros(5), 0.1) > 0
