"""Progress of long work: a bar on a terminal, plain lines in a log."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
SECONDS_BETWEEN_LINES = 10.0


def counted(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield `items` and show how far they are on standard error.

    Args:
        items: what to iterate over.
        what: the work in a word or two, e.g. "windows".
        total: number of items, where `len(items)` does not tell it.
    """
    total = total if total is not None else (len(items) if isinstance(items, Sized) else None)
    if sys.stderr.isatty():
        yield from tqdm(items, desc=what, total=total, unit="", file=sys.stderr)
        return
    start = last = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES:
            last = now
            left = f", {(total - done) * (now - start) / done:.0f} s left" if total and done else ""
            say(f"{what}: {done} of {total or '?'}{left}")
        yield item


def say(line: str) -> None:
    """Print one plain line of progress on standard error."""
    print(line, file=sys.stderr, flush=True)
