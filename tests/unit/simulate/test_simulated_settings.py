"""What each setting of the world does, and that it does nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from seq2exp_py import simulate
from seq2exp_py.simulate import contacts
from seq2exp_py.simulate.elements import ANCHOR, decay, plan
from seq2exp_py.simulate.genes import transcripts
from seq2exp_py.store.crowding import crowding


def changed(world: simulate.World, **fields: object) -> simulate.World:
    """The same bases and activities with other settings; links are drawn again with the same random numbers."""
    config = world.config.model_copy(update=fields)
    return replace(world, config=config, layout=plan(config, world.transcripts))


def distances(world: simulate.World) -> np.ndarray:
    tss = [world.transcripts[k.gene].gene.tss for k in world.layout.links]
    return np.abs(np.array(tss) - [world.layout.elements[k.element].place.centre for k in world.layout.links])


def test_contact_follows_the_exponent_and_rises_no_more_within_the_flat_stretch():
    at = np.array([100.0, 1_000.0, 5_000.0, 50_000.0])
    plain = simulate.preset("tiny")
    np.testing.assert_allclose(decay(at, plain, plain.flat), [1, 1, 1, 10**-0.87])
    steep = simulate.preset("tiny", exponent=1.1)
    np.testing.assert_allclose(decay(at, steep, 1_000), [5**1.1, 5**1.1, 1, 10**-1.1])


def test_a_shorter_flat_stretch_raises_the_contact_of_near_links_alone_and_leaves_the_map(world):
    near = changed(world, flat=1_000)
    before, after = (np.array([k.contact for k in w.layout.links]) for w in (world, near))
    inside = distances(world) < ANCHOR
    assert inside.any() and not inside.all()
    np.testing.assert_allclose(after[inside] / before[inside], (ANCHOR / distances(world)[inside]) ** 0.87)
    np.testing.assert_array_equal(after[~inside], before[~inside])
    pixels = [contacts.pixels(w, w.cells[0]) for w in (world, near)]
    assert pixels[0].equals(pixels[1])


def test_the_exponent_steepens_the_map(world):
    def ratio(w: simulate.World) -> float:
        counts = contacts.pixels(w, w.cells[0])
        apart = counts["bin2_id"] - counts["bin1_id"]
        return float(counts["count"][apart == 1].sum() / counts["count"][(apart >= 8) & (apart < 16)].sum())

    assert ratio(changed(world, exponent=1.5)) > 2 * ratio(world)


def test_a_strong_promoter_leaves_its_enhancers_less_to_say(world):
    cell = world.cells[0]
    weighted = changed(world, promoter_weight=4.0)
    plain, less = (w.components(cell)["enhancers"] for w in (world, weighted))
    promoter, total = cell.activity[world.promoters], 0.3 * np.expm1(plain)
    np.testing.assert_allclose(less, np.log1p(total / (0.3 + 4 * promoter)))
    acting = (promoter > 0) & (total > 0)
    assert acting.any() and (less[acting] < plain[acting]).all()


def test_competition_takes_from_each_link_by_the_crowding_of_its_promoter(world):
    rival = changed(world, competition=1.0)
    chrom = np.array([t.gene.body.chrom for t in world.transcripts])
    tss = np.array([t.gene.tss for t in world.transcripts])
    for before, after in zip(world.layout.links, rival.layout.links, strict=True):
        here = chrom == chrom[before.gene]
        alone = crowding(chrom[here], tss[here], np.ones(here.sum()))[np.flatnonzero(here).tolist().index(before.gene)]
        assert after.contact == pytest.approx(before.contact * alone) and after.contact < before.contact


def test_a_least_effect_keeps_the_causes_that_reach_it(world):
    cell = world.cells[0]
    effects = [c.effect for c in world.causal(cell)]
    kept = [c.effect for c in changed(world, least_effect=0.3).causal(cell)]
    assert kept == [e for e in effects if e >= 0.3] and 0 < len(kept) < len(effects)


def test_even_look_alikes_lie_further_from_the_tss_than_enhancers_do():
    config = simulate.preset("demo", look_alikes="even")
    genes = transcripts(config)
    apart: dict[str, list[int]] = {}
    for e in plan(config, genes).elements:
        if e.kind != "promoter" and e.gene >= 0:
            apart.setdefault(e.kind, []).append(abs(e.place.centre - genes[e.gene].gene.tss))
    assert np.median(apart["decoy"]) > 1.3 * np.median(apart["enhancer"])
    assert np.median(apart["orphan"]) > 1.3 * np.median(apart["enhancer"])


def test_the_plain_world_is_the_default_and_worlds_differ_by_their_settings_alone():
    assert simulate.preset("tiny", "plain") == simulate.preset("tiny")
    other = simulate.preset("tiny", "crispri")
    same = simulate.preset("tiny", world="crispri", **simulate.WORLDS["crispri"])
    assert other == same and other.flat == 1_000 and simulate.preset("tiny", "crispri", flat=2_000).flat == 2_000
