"""What the kernels must move and compute, against counts by hand."""

import pytest

pytest.importorskip("triton", reason="triton is not installed")

from benchmarks.card import floor

SHAPE = floor.Shape(batch=1, length=512, channels=64, states=2, width=4)  # two chunks of 256 steps, one block of 64 channels
WIDE, MIXING = 512 * 64, 512 * 2
STATES = 2 * 64 * 2 * 4  # bytes of the states that enter two chunks


def test_bytes_and_exponentials_of_each_kernel_by_hand():
    found = floor.kernels(SHAPE)
    assert found["advance"] == ((2 * WIDE + MIXING) * 4 + 2 * STATES, WIDE * 2 + WIDE)
    assert found["chain"] == (2 * STATES + 2 * 64 * 4, 2 * 64 * 2)
    assert found["forward"] == ((4 * WIDE + 2 * MIXING) * 4 + 2 * STATES, WIDE * 2 + 2 * WIDE)
    assert found["retreat"] == ((3 * WIDE + MIXING) * 4 + 2 * STATES, WIDE * 2 + 2 * WIDE)
    past, partial = 512 // 8 * 64 * 2 * 4, 2 * MIXING * 4  # a state for each tile of 8 steps; blocks of 32 channels
    moved = (11 * WIDE + 4 * MIXING) * 4 + 2 * past + 2 * partial + 4 * STATES
    assert found["backward"] == (moved, 2 * WIDE * 2 + 7 * WIDE)


def test_the_floor_is_the_larger_of_two_times():
    card = floor.Card("by hand", memory=10.0, copy=9.0, exps=2.0)
    assert floor.seconds(floor.Cost(100.0, 4.0), card) == 10.0
    assert floor.seconds(floor.Cost(10.0, 40.0), card) == 20.0


def test_a_layer_has_both_directions_and_carries_states_once_each_way():
    card = floor.Card("by hand", memory=1.0, copy=1.0, exps=1e30)
    costs = floor.kernels(SHAPE)
    assert floor.both(SHAPE, card, floor.FORWARD) == 2 * sum(costs[k].moved for k in ("advance", "chain", "forward"))
    assert floor.H100.exps == pytest.approx(3.71e12, rel=1e-2)
