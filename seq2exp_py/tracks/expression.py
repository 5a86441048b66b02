"""Measured expression of genes, as log10(x + 1) by gene."""

import csv
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.tracks.samplesheet import listed
from seq2exp_py.tracks.text import open_text

Unit = Literal["raw", "log10p1"]
ID_COLUMNS = ("gene_id", "ENSID", "ensid", "geneid", "Gene stable ID", "ensembl_id", "Name", "")
NAME_COLUMNS = ("gene_name", "Gene name", "symbol", "gene", "name", "Description")
PAPER_COLUMN = "{cell}_CAGE_128*3_sum"  # of the Xpresso-derived table: CAGE over three bins of 128 bp at the TSS
_VERSION = re.compile(r"^(ENS[A-Z]*\d+)\.\d+(_PAR_Y)?$")


def read(path: Path, column: str | None = None, unit: Unit = "raw", cell: str | None = None) -> pd.Series:
    """Read one column of an expression table.

    The genes are those of the first column named like an Ensembl id (`gene_id`, `ENSID`, unnamed, …), else like a symbol; the
    index of the result carries its name. Versions are stripped from Ensembl ids (`ENSG00000136997.18`).

    Args:
        path: TSV or CSV with a header, plain or gzip; lines that begin with `#` are skipped.
        column: name of the column of values; `{cell}` in it stands for the cell. None takes `{cell}_CAGE_128*3_sum` of the
            Xpresso-derived table where it is there, else the only column of numbers.
        unit: `raw` (x, transformed here) or `log10p1` (already log10(x + 1)).
        cell: the cell whose values are wanted.

    Returns:
        log10(x + 1), float64, indexed by unique gene key; empty fields are left out. `attrs["column"]` names the column used.

    Raises:
        InputError: no such column, a gene twice, a negative or non-numeric value; the sentence names the line.
    """
    table = _table(path)
    keys = next((name for name in (*ID_COLUMNS, *NAME_COLUMNS) if name in table.columns), table.columns[0])
    chosen = _choose(path, table, column, cell, keys)
    table = table[table[chosen].str.strip().ne("") & ~table[chosen].isin(("NA", "NaN", "nan"))]
    values = pd.to_numeric(table[chosen], errors="coerce")
    _refuse(path, table, values.isna() | np.isinf(values), chosen, "is not a number")
    _refuse(path, table, values < 0, chosen, "is negative; expression is 0 or more")
    genes = table[keys].map(strip_version)
    twice = genes.duplicated()
    if twice.any():
        line = int(table.index[twice][0])
        raise InputError(f"{path}, line {line}, column '{keys}': gene {genes[line]} occurs twice; expected one row per gene")
    found = values.to_numpy(float)
    series = pd.Series(np.log10(found + 1) if unit == "raw" else found, index=pd.Index(genes, name=keys), name=chosen)
    series.attrs["column"] = chosen
    return series


def strip_version(gene: str) -> str:
    """An Ensembl id without its version; the copy on chrY keeps its `_PAR_Y`. Other names are as they are."""
    return _VERSION.sub(lambda found: found[1] + (found[2] or ""), gene.strip())


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


def _table(path: Path) -> pd.DataFrame:
    """All fields as text, indexed by line number."""
    try:
        with open_text(path) as handle:
            lines = [(number, line.rstrip("\r\n")) for number, line in enumerate(handle, 1) if line.strip() and line[0] != "#"]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is truncated or not a text table ({error})") from None
    if len(lines) < 2:
        raise InputError(f"{path}: is empty; expected a header and one line per gene")
    separator = "\t" if "\t" in lines[0][1] else ","
    rows = list(csv.reader((line for _, line in lines), delimiter=separator))
    header = [name.strip() for name in rows[0]]
    for (number, _), fields in zip(lines[1:], rows[1:], strict=True):
        if len(fields) != len(header):
            raise InputError(f"{path}, line {number}: has {len(fields)} columns; expected {len(header)}, as in the header")
    return pd.DataFrame(rows[1:], columns=header, index=[number for number, _ in lines[1:]])


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


def _refuse(path: Path, table: pd.DataFrame, bad: pd.Series, column: str, why: str) -> None:
    if bad.any():
        line = int(table.index[bad][0])
        raise InputError(f"{path}, line {line}, column '{column}': '{table.at[line, column]!s}' {why}")
