"""What the simulated world promises: the three sets, and expression that only causal elements move."""

from itertools import pairwise

import numpy as np
import pytest

from seq2exp_py import simulate
from seq2exp_py.genome import Strand
from seq2exp_py.simulate.layout import name
from seq2exp_py.simulate.motifs import BOUND, FACTORS, MODULES, affinity, log_odds, reverse_complement


def sets(world: simulate.World, cell: str) -> tuple[set[int], set[int], set[int]]:
    found = world.cell(cell)
    r_g, r_m = (set(np.flatnonzero(mask).tolist()) for mask in (world.grammatical(), world.measured(found)))
    return r_g, r_m, {cause.element for cause in world.causal(found)}


@pytest.mark.parametrize("cell", ["cellA", "cellB"])
def test_causal_elements_have_grammar_and_signal_and_neither_alone_is_causal(world, cell):
    r_g, r_m, r_ag = sets(world, cell)
    assert r_ag and r_ag <= r_g & r_m
    assert r_g - r_m, "no element with grammar is inactive"
    assert r_m - r_g, "no element has signal without grammar"
    assert (r_g & r_m) - r_ag, "no element with both regulates nothing"


def test_cells_differ_in_what_is_causal(world):
    first, second = (sets(world, cell)[2] for cell in ("cellA", "cellB"))
    assert first - second and second - first and first & second


def test_removing_a_causal_element_lowers_its_genes_and_no_other(world):
    cell = world.cell("cellA")
    before = world.expression(cell)
    targets: dict[int, set[int]] = {}
    for cause in world.causal(cell):
        targets.setdefault(cause.element, set()).add(cause.gene)
    for element, genes in targets.items():
        after = simulate.knock_out(world, "cellA", [name(element)])
        assert set(np.flatnonzero(after < before)) == genes
        assert not (after > before).any()


def test_removing_everything_that_is_not_causal_changes_nothing(world):
    cell = world.cell("cellA")
    causal = {cause.element for cause in world.causal(cell)}
    rest = [name(i) for i in range(len(world.layout.elements)) if i not in causal]
    np.testing.assert_array_equal(simulate.knock_out(world, "cellA", rest), world.expression(cell))


def test_the_effect_of_a_cause_is_what_its_knock_out_loses(world):
    cell = world.cell("cellB")
    before = world.expression(cell)
    for cause in world.causal(cell):
        after = simulate.knock_out(world, "cellB", [name(cause.element)])
        assert cause.effect == pytest.approx(1 - after[cause.gene] / before[cause.gene])
        assert 0 < cause.effect <= 1


def test_expression_follows_its_cause_up_to_the_noise():
    world = simulate.build(simulate.preset("demo"))
    for cell in world.cells:
        observed, cause = np.log10(world.expression(cell) + 1), np.log10(10 ** world.cause(cell) + 1)
        assert 0.85 < np.corrcoef(observed, cause)[0, 1] < 0.96
        active = cell.activity[world.promoters] > 0
        parts = world.components(cell)
        assert np.corrcoef(parts["enhancers"][active], observed[active])[0, 1] > 0.3
        assert np.corrcoef(parts["promoter"][active], observed[active])[0, 1] > 0.3


def test_signal_without_a_link_says_nothing_about_expression(world):
    """Enhancers that reach a gene without being linked to it leave its expression alone, whatever their activity."""
    cell = world.cell("cellA")
    linked = {(k.element, k.gene) for k in world.layout.links}
    gene = world.transcripts[0].gene
    near = [i for i, e in enumerate(world.layout.elements) if e.place.overlap(gene.window(32_000)) and e.kind != "promoter"]
    strangers = [name(i) for i in near if (i, 0) not in linked]
    assert strangers
    assert simulate.knock_out(world, "cellA", strangers)[0] == world.expression(cell)[0]


def test_every_element_with_grammar_carries_sites_of_its_module_at_the_module_s_distance(world):
    for element in world.layout.elements:
        if element.module:
            assert (
                best_instance(world.sequence[element.place.chrom][element.place.start : element.place.end], element.module) >= BOUND
            )


def test_decoys_carry_no_more_grammar_than_chance(world):
    """A whole two-factor instance of high affinity is rare by chance: found in nearly all planted elements, in hardly a decoy."""
    modules = [m for m in MODULES if m != "ctcf"]

    def share(kind: str) -> float:
        places = [e.place for e in world.layout.elements if e.kind == kind]
        return np.mean([max(best_instance(world.sequence[p.chrom][p.start : p.end], m) for m in modules) > 0.6 for p in places])

    assert share("enhancer") > 0.6
    assert share("decoy") < 0.1


def best_instance(codes: np.ndarray, module: str) -> float:
    """The best mean affinity of a module's sites, side by side at its allowed gaps, on either strand."""
    spec = MODULES[module]
    lengths = [len(FACTORS[f]) for f in spec.factors]
    best = 0.0
    for strand in (codes, reverse_complement(codes)):
        scores = [affinities(strand, f) for f in spec.factors]
        if len(scores) == 1:
            best = max(best, float(scores[0].max()))
            continue
        for gap in range(spec.gap[0], spec.gap[1] + 1):
            step = lengths[0] + gap
            pair = (scores[0][: len(scores[1]) - step] + scores[1][step : step + len(scores[0])][: len(scores[1]) - step]) / 2
            best = max(best, float(pair.max()))
    return best


def affinities(codes: np.ndarray, factor: str) -> np.ndarray:
    table = log_odds(factor)
    sites = np.lib.stride_tricks.sliding_window_view(codes, len(table))
    share = table[np.arange(len(table)), sites].sum(axis=1) / table.max(axis=1).sum()
    return np.clip(2 * share - 1, 0, 1)


def test_affinity_of_a_site():
    assert affinity("AP1", np.array([3, 2, 0, 1, 3, 1, 0])) == pytest.approx(1.0)  # TGACTCA
    assert affinity("AP1", np.array([0, 0, 0, 0, 0, 0, 0])) == 0.0


def test_genes_lie_on_both_strands_of_every_chromosome_inside_it(world):
    for chrom, size in world.config.sizes.items():
        genes = [t.gene for t in world.transcripts if t.gene.body.chrom == chrom]
        assert {g.strand for g in genes} == {Strand.PLUS, Strand.MINUS}
        assert all(world.config.margin <= g.body.start and g.body.end <= size - world.config.margin for g in genes)


def test_exons_tile_into_utr_and_coding_sequence(world):
    for t in world.transcripts:
        assert (t.exons[:, 0] < t.exons[:, 1]).all() and (t.exons[1:, 0] > t.exons[:-1, 1]).all()
        assert t.exons[0, 0] == t.gene.body.start and t.exons[-1, 1] == t.gene.body.end
        parts = t.parts()
        assert sum(e - s for _, s, e in parts) == (t.exons[:, 1] - t.exons[:, 0]).sum() == t.utr5 + t.cds + t.utr3
        assert t.cds % 3 == 0
        first = parts[0] if t.gene.strand is Strand.PLUS else parts[-1]
        assert first[0] == "UTR5"


def test_promoters_end_fifty_bases_behind_the_tss_on_either_strand(world):
    for t, index in zip(world.transcripts, world.promoters, strict=True):
        place = world.layout.elements[index].place
        inside = [t.gene.distance(place.start), t.gene.distance(place.end - 1)]
        assert (min(inside), max(inside)) == (-250, 49)


def test_distal_elements_keep_off_promoters_and_each_other(world):
    distal = [e.place for e in world.layout.elements if e.kind != "promoter"]
    for gene in (t.gene for t in world.transcripts):
        assert not any(place.overlap(gene.window(2_000)) for place in distal)
    for chrom in world.config.sizes:
        places = sorted(p for p in distal if p.chrom == chrom)
        assert all(left.end <= right.start for left, right in pairwise(places))


def test_presets_hold_their_enhancers_in_the_window_of_the_models_they_are_for():
    assert simulate.preset("demo").reach <= 16_000
    assert simulate.preset("small").reach <= 100_000
    for name_ in simulate.PRESETS:
        assert "valid=" in simulate.preset(name_).splits and "test=" in simulate.preset(name_).splits


def test_splits_name_every_chromosome_once():
    assert simulate.preset("demo").splits == "train=chr1,chr2;valid=chr3;test=chr4"


@pytest.mark.parametrize("cells", [(), ("a", "a"), ("a b",), ("-a",)])
def test_cells_with_bad_names_are_refused(cells):
    with pytest.raises(ValueError, match="cells need distinct names"):
        simulate.preset("tiny", cells=cells)
