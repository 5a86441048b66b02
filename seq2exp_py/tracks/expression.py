"""Measured expression of genes, as log10(x + 1) by gene."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import tables
from seq2exp_py.tracks.samplesheet import listed

Unit = Literal["raw", "log10p1"]
ID_COLUMNS = ("gene_id", "ENSID", "ensid", "geneid", "Ensembl_ID", "ensembl_id", "Gene stable ID", "Name")
NAME_COLUMNS = ("gene_name", "Gene name", "symbol", "gene", "name", "Description")
PAPER_COLUMN = "{cell}_CAGE_128*3_sum"  # of the Xpresso-derived table: CAGE over three bins of 128 bp at the TSS
MISSING = ("", "NA", "NaN", "nan", "null", "None")
ENSEMBL = r"^(ENS[A-Z]*\d+)\.\d+(_PAR_Y)?$"  # an id in a column of names; a name such as RP11-34P13.7 keeps its number


def read(path: Path, column: str | None = None, unit: Unit = "raw", cell: str | None = None) -> pd.Series:
    """Read one column of an expression table.

    The genes are those of the first column named like an Ensembl id (`gene_id`, `ENSID`, unnamed, …), else like a symbol; the
    index of the result carries its name. Versions are stripped from Ensembl ids (`ENSG00000136997.18`).

    Args:
        path: TSV or CSV with a header, plain or gzip.
        column: name of the column of values; `{cell}` in it stands for the cell. None takes `{cell}_CAGE_128*3_sum` of the
            Xpresso-derived table where it is there, else the only column of numbers.
        unit: `raw` (x, transformed here) or `log10p1` (already log10(x + 1)).
        cell: the cell whose values are wanted.

    Returns:
        log10(x + 1), float64, indexed by unique gene key; empty fields are left out. `attrs["column"]` names the column used.

    Raises:
        InputError: no such column, a gene twice, a negative or non-numeric value; the sentence names the line.
    """
    table = tables.read(path)
    keys = _key_column(table)
    chosen = _choose(path, table, column, cell, keys)
    said = table[chosen].str.strip()
    said = said[~said.isin(MISSING)]
    values = pd.to_numeric(said, errors="coerce").astype(float)
    tables.refuse(values.isna() | values.isin([np.inf, -np.inf]), said, path, "a number")
    tables.refuse(values < 0, said, path, "0 or more: expression is never negative")
    ids = table.loc[said.index, keys].str.strip()
    ids = tables.unversioned(ids) if keys not in NAME_COLUMNS else ids.str.replace(ENSEMBL, r"\1\2", regex=True)
    tables.check_unique(ids, path)
    found = values.to_numpy(float)
    series = pd.Series(np.log10(found + 1) if unit == "raw" else found, index=pd.Index(ids, name=keys), name=chosen)
    series.attrs["column"] = chosen
    return series


def _key_column(table: pd.DataFrame) -> str:
    return next((str(name) for name in (*ID_COLUMNS, *NAME_COLUMNS) if name in table.columns), str(table.columns[0]))


def match(values: pd.Series, gene_ids: pd.Series, gene_names: pd.Series) -> pd.Series:
    """Values of genes by their id, and by their name where the table has names.

    Args:
        values: as `read` gives them.
        gene_ids: ids of the genes wanted, without version.
        gene_names: their names, in the same order.

    Returns:
        float64 in the order and index of `gene_ids`, NaN where the table has no such gene.
    """
    by_id, by_name = (pd.Series(keys.map(values).astype(float).to_numpy(), index=gene_ids.index) for keys in (gene_ids, gene_names))
    return by_id.fillna(by_name)


def _choose(path: Path, table: pd.DataFrame, column: str | None, cell: str | None, keys: str) -> str:
    names = [str(name) for name in table.columns]
    wanted = [(column or PAPER_COLUMN).replace("{cell}", cell or "{cell}")]
    if wanted[0] in names:
        return wanted[0]
    if column is None:
        numbers = [name for name in names if name != keys and pd.to_numeric(table[name], errors="coerce").notna().any()]
        if len(numbers) == 1:
            return numbers[0]
        raise InputError(f"{path}: several columns could hold the expression; name one with --expression-column: {listed(numbers)}")
    raise InputError(f"{path}: has no column '{wanted[0]}'; its columns are {listed(names)}")
