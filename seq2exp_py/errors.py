"""The one error that a user is meant to read, and the guess at what was meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError


class InputError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence that names the file and the line or field, says what was expected, and what to do. The command
    line prints it without a traceback and exits with status 2.
    """


class Fault(NamedTuple):
    """One thing that pydantic refused.

    Attributes:
        place: the field, those within another joined by dots.
        reason: why, in pydantic's words or the validator's.
        given: what stood there. kind: pydantic's name of the fault.
    """

    place: str
    reason: str
    given: object
    kind: str

    def of(self, option: str) -> str:
        """The sentence that refuses the value of an option."""
        return f"{option} '{self.given}': {self.reason}"


def faults(error: "ValidationError", whole: str = "") -> list[Fault]:
    """All that pydantic refused.

    Args:
        error: what pydantic raised.
        whole: what to call the place of a rule that concerns no single field.
    """
    return [
        Fault(".".join(map(str, e["loc"])) or whole, e["msg"].removeprefix("Value error, "), e["input"], e["type"])
        for e in error.errors()
    ]


def fault(error: "ValidationError", whole: str = "") -> tuple[str, str]:
    """Place and reason of the first thing that pydantic refused; arguments as of `faults`."""
    first = faults(error, whole)[0]
    return first.place, first.reason


def meant(given: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses a name: `; did you mean DNase?`, or nothing where no known name is near."""
    plain = {_plain(name): name for name in reversed(list(known))}
    near = get_close_matches(_plain(given), plain, n=1, cutoff=0.75)
    return f"; did you mean {plain[near[0]]}?" if near else ""


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
