"""Options of the form NAME=PATH."""

from collections.abc import Sequence
from pathlib import Path

import click


def named(pairs: Sequence[str]) -> dict[str, Path]:
    """Paths by name out of `NAME=PATH` texts.

    Raises:
        click.BadParameter: one has no name or that of another, or names no file.
    """
    out = {}
    for pair in pairs:
        name, _, path = pair.partition("=")
        if not name or not Path(path).is_file():
            raise click.BadParameter(f"{pair}: expected NAME=PATH, with an existing BED or BEDPE file")
        if name in out:
            raise click.BadParameter(f"{pair}: another track is called {name}, too; each needs a name of its own")
        out[name] = Path(path)
    return out
