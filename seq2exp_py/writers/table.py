"""Tables as files, and row by row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from seq2exp_py.files import whole


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table as objects with one attribute per column."""
    yield from table.itertuples(index=False)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as TSV with a header, six decimals, NA where unknown."""
    with whole(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6f", na_rep="NA")
