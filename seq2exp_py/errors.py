"""The one error that a user is meant to read, and the guess at what was meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class InputError(Exception):
    """Something the user gave cannot be used.

    The message is one sentence that names the file and the line or field, says what was expected, and what to do. The command
    line prints it without a traceback and exits with status 2.
    """


def fault(error: "ValidationError", whole: str = "") -> tuple[str, str]:
    """Where the first thing is that pydantic refused, and why.

    Args:
        error: what pydantic raised.
        whole: what to call the place of a rule that concerns no single field.

    Returns:
        The field, those within another joined by dots, and the reason.
    """
    first = error.errors()[0]
    return ".".join(map(str, first["loc"])) or whole, first["msg"].removeprefix("Value error, ")


def meant(given: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses a name: `; did you mean DNase?`, or nothing where no known name is near."""
    plain = {_plain(name): name for name in reversed(list(known))}
    near = get_close_matches(_plain(given), plain, n=1, cutoff=0.75)
    return f"; did you mean {plain[near[0]]}?" if near else ""


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
