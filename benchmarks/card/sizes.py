"""Sizes of what is measured: the paper's on a card, and small ones that rehearse every line on a CPU."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of all parts.

    Attributes:
        lengths: steps of the kernels' tests; long: of those at full size. channels, states: of the scan.
        preset, fields: of the models. batches: genes at a time. models: which.
        short: window of the models that are held against the CPU.
        steps: of the training from a store, for at most `limit` seconds.
        windows: bp. gene: steps of a layer and of the timed kernels. copied: bytes; product: side of the matrices.
        repeats: of what is timed.
    """

    lengths: tuple[int, ...]
    long: tuple[int, ...]
    channels: int
    states: int
    preset: str
    fields: dict[str, Any]
    batches: tuple[int, ...]
    models: tuple[str, ...]
    short: int
    steps: int
    limit: float
    windows: tuple[int, ...]
    gene: int
    copied: int
    product: int
    repeats: int


MODELS = ("seq2exp_soft", "seq2exp_hard", "caduceus_signals", "enformer")
CARD = Sizes(
    lengths=(1, 2, 3, 255, 256, 257, 5000),
    long=(8192, 200_000),
    channels=64,
    states=16,
    preset="paper",
    fields={},
    batches=(1, 8),
    models=MODELS,
    short=20_000,
    steps=50,
    limit=50.0,
    windows=(200_000, 500_000, 1_000_000),
    gene=200_000,
    copied=4 << 30,
    product=8192,
    repeats=5,
)
DRY = Sizes(
    lengths=(1, 9),
    long=(19,),
    channels=16,
    states=2,
    preset="tiny",
    fields={"window": 4096, "d_state": 2, "centre": 256},
    batches=(1, 2),
    models=MODELS,
    short=4096,
    steps=3,
    limit=30.0,
    windows=(4096, 8192),
    gene=17,
    copied=1 << 20,
    product=64,
    repeats=1,
)


def sizes(dry: bool) -> Sizes:
    """The sizes of a rehearsal or of the real thing."""
    return DRY if dry else CARD
