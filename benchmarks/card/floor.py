"""What the scan's kernels must move and compute, and the time below which no card can do it: counted, not measured.

Per kernel of one direction: bytes of the card's memory, each tensor read once where it is an input and written once where it is an
output (what a tile writes and reads again soon after is in a cache and not counted, `past` is), and exponentials: one for each
update of a state, one for each softplus and each sigmoid. Around the scan a direction is composed of torch's operations, each of
which reads its inputs and writes its output once.
"""

from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.card import page
from seq2exp_py.kernels.triton import launch

FLOAT = 4  # bytes of what is float32 whatever the operands are
CONV_INPUTS = 2  # of the padded copy, and of the convolution


class Cost(NamedTuple):
    """Bytes moved and exponentials computed."""

    moved: float
    exps: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a scan; `width`: bytes of an element of its operands."""

    batch: int
    length: int
    channels: int
    states: int
    width: int

    @property
    def wide(self) -> int:
        """Elements of u, delta, z, y."""
        return self.batch * self.length * self.channels

    @property
    def mixing(self) -> int:
        """Elements of B, C."""
        return self.batch * self.length * self.states

    @property
    def updates(self) -> int:
        """Updates of a state."""
        return self.wide * self.states

    @property
    def entering(self) -> int:
        """Elements of the states between chunks."""
        return -(-self.length // launch.CHUNK) * self.batch * self.channels * self.states


@dataclass(frozen=True, slots=True)
class Card:
    """Rates of a card: bytes per second by its data sheet and by a copy, exponentials per second."""

    name: str
    memory: float
    copy: float
    exps: float


# Bandwidth of the data sheet; of a copy as others measured it (published); 132 multiprocessors, 16 exponentials a clock, 1.755 GHz
H100 = Card("H100 SXM", 3.35e12, 3.0e12, 132 * 16 * 1.755e9)


def kernels(s: Shape) -> dict[str, Cost]:
    """Cost of each kernel by its name."""
    past = s.updates / launch.TILE * FLOAT  # the state that enters each tile
    partial = s.channels // launch.BACK * s.mixing * FLOAT  # sums over a program's channels, of dB or of dC
    states = s.entering * FLOAT
    # of `backward`: u, delta, z, dy, B, C on the way there and on the way back, three gradients, and the sums of dB and dC
    operands = (11 * s.wide + 4 * s.mixing) * s.width
    return {
        "advance": Cost((2 * s.wide + s.mixing) * s.width + 2 * states, s.updates + s.wide),
        "chain": Cost(2 * states + states / s.states, s.entering),
        "forward": Cost((4 * s.wide + 2 * s.mixing) * s.width + 2 * states, s.updates + 2 * s.wide),
        "retreat": Cost((3 * s.wide + s.mixing) * s.width + 2 * states, s.updates + 2 * s.wide),
        "backward": Cost(operands + 2 * past + 2 * partial + 4 * states, 2 * s.updates + 7 * s.wide),
    }


def around(s: Shape, d_model: int, rank: int) -> dict[str, Cost]:
    """A bidirectional layer's forward pass outside the scan's kernels, in bytes; its products are bound by these, not by FLOP."""
    tokens, inner = s.batch * s.length, s.channels
    shared = {"in_proj": d_model + 2 * inner, "add both": 3 * inner, "out_proj": inner + d_model}
    own = {
        "pad, convolution, SiLU": 2 * CONV_INPUTS * inner + 2 * inner,
        "copy to channels last": 2 * inner,
        "x_proj": inner + rank + 2 * s.states,
        "B and C": 4 * s.states,
        "dt_proj": rank + inner,
    }
    counts = shared | {name: 2 * count for name, count in own.items()}
    return {name: Cost(count * tokens * s.width, 0) for name, count in counts.items()}


def seconds(cost: Cost, card: Card) -> float:
    """The larger of the times that bytes and exponentials take at the card's rates."""
    return max(cost.moved / card.memory, cost.exps / card.exps)


FORWARD, BACKWARD = {"advance": 1, "chain": 1, "forward": 1}, {"retreat": 1, "chain": 1, "backward": 1}


def both(s: Shape, card: Card, which: dict[str, int]) -> float:
    """Floor of the kernels of a pass of a bidirectional layer, in seconds."""
    costs = kernels(s)
    return 2 * sum(times * seconds(costs[name], card) for name, times in which.items())


PAPER = Shape(1, 200_000, 256, 16, FLOAT)
D_MODEL, RANK = 128, 8


def table(card: Card = H100) -> str:
    """The table of docs/performance.md: one gene, a bidirectional layer of the paper, float32."""
    head = ["| one direction, 200,000 × 256 × 16, float32 | bytes | exponentials | by bandwidth | by exponentials |"]
    head += ["|---|---|---|---|---|"]
    rows = [
        f"| `{name}` | {cost.moved / 1e9:.2f} GB | {cost.exps / PAPER.updates:.2f} an update of a state "
        f"| {ms(cost.moved / card.memory)} | {ms(cost.exps / card.exps)} |"
        for name, cost in kernels(PAPER).items()
    ]
    rest = sum(cost.moved for cost in around(PAPER, D_MODEL, RANK).values()) / card.memory
    ahead, back = both(PAPER, card, FORWARD), both(PAPER, card, BACKWARD)
    said = (
        f"Calculated, not measured: {card.name}, {card.memory / 1e12:.2f} TB/s by its data sheet, {card.copy / 1e12:.1f} TB/s of a "
        f"copy (published), {card.exps / 1e12:.2f} × 10¹² exponentials a second (132 × 16 a clock at 1.755 GHz). For both "
        f"directions of a layer the scan's kernels take at least {ms(ahead)} forward and {ms(back)} backward, what torch composes "
        f"around them {ms(rest)} forward. A copy reaches {card.copy / card.memory:.0%} of the data sheet, so no kernel is expected "
        "to reach more where bandwidth binds. How near they come is not known before a card has run them."
    )
    return "\n".join([*head, *rows, "", said])


def ms(seconds: float) -> str:
    """Milliseconds."""
    return f"{1e3 * seconds:.2f} ms"


if __name__ == "__main__":
    page.write("floor", table())
