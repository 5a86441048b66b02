"""Rows of a table, one object each."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table as objects with one attribute per column."""
    yield from table.itertuples(index=False)
