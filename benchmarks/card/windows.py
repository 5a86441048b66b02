"""Part 5: windows of 200 kb, 500 kb and 1 Mb: time per base and memory."""

from benchmarks.card import steps
from benchmarks.card.part import Part
from benchmarks.card.sizes import sizes


def measure(part: Part) -> None:
    size = sizes(part.dry)
    for window in size.windows:
        for work in ("prediction", "training"):
            with part.attempt(f"{window} bp, {work}"):
                found = steps.timed(part, size, "seq2exp_soft", 1, "bf16", work, recomputed=work == "training", window=window)
                part.add(window=window, work=work, **found, ns_per_base=1e9 * float(str(found["seconds"])) / window)
