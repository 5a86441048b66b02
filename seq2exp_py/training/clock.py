"""When a run has to stop, in a way that can be gone on from."""

import signal
import time
from dataclasses import dataclass, field
from types import FrameType


class OutOfTimeError(Exception):
    """The run saved its state and stopped before its time limit, or because it was told to end; the same call goes on."""


@dataclass
class Clock:
    """Tells when to stop: before `limit` seconds are over, or once the process is asked to end (SIGTERM)."""

    limit: float | None = None
    start: float = field(default_factory=time.monotonic)
    longest: float = 0.0
    asked: bool = False

    def listen(self) -> None:
        """Take SIGTERM as a wish to save and stop."""
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.start

    def over(self, took: float) -> bool:
        """Whether another piece of work, which last took `took` seconds, may not fit."""
        self.longest = max(self.longest, took)
        return self.asked or (self.limit is not None and self.spent() + 2 * self.longest + 5 > self.limit)
