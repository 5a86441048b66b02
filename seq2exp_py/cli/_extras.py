"""Options of the form NAME=PATH."""

from collections.abc import Sequence
from pathlib import Path

from seq2exp_py.errors import InputError


def named(pairs: Sequence[str]) -> dict[str, Path]:
    """Paths by name out of the `NAME=PATH` texts of `--extra-track`.

    Raises:
        InputError: one is not of this form, has the name of another, or names no file.
    """
    out: dict[str, Path] = {}
    for pair in pairs:
        name, _, path = pair.partition("=")
        if not name or not path:
            raise InputError(f"--extra-track '{pair}': expected NAME=PATH of a BED or BEDPE file")
        if not Path(path).is_file():
            raise InputError(f"--extra-track '{pair}': there is no such file")
        if name in out:
            raise InputError(f"--extra-track '{pair}': another track is called {name}, too; give each a name of its own")
        out[name] = Path(path)
    return out
