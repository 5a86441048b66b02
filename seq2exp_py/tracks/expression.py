"""Measured expression of genes, as log10(x + 1) by gene."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import tables
from seq2exp_py.genome.chroms import some
from seq2exp_py.notes import Note
from seq2exp_py.tracks.options import Unit
from seq2exp_py.tracks.samplesheet import listed

ID_COLUMNS = ("gene_id", "ENSID", "geneid", "Ensembl_ID", "ensembl_gene_id", "Gene stable ID", "Gene ID")
NAME_COLUMNS = ("gene_name", "Gene name", "symbol", "gene_symbol", "gene", "name", "Description")  # in any case
PAPER_COLUMN = "{cell}_CAGE_128*3_sum"  # of the Xpresso-derived table: CAGE over three bins of 128 bp at the TSS
DESCRIBING = set("chr chrom chromosome start end strand length effective_length effectivelength tss width".split())  # no values
SUMMARY = re.compile(r"__\w+|N_(?:unmapped|multimapping|noFeature|ambiguous)")  # rows of htseq-count and STAR that count no gene


def read(path: Path, column: str | None = None, unit: Unit = "raw", cell: str | None = None) -> pd.Series:
    """Read one column of an expression table.

    The genes are those of the first column named like an Ensembl id (`gene_id`, `ENSID`, `Geneid`, …), else like a symbol, else
    of the first column; the index of the result carries its name. Versions are stripped from Ensembl ids (`ENSG00000136997.18`).
    Summary rows of htseq-count and STAR are left out with a note.

    Args:
        path: a table as `tables.read` reads it: TSV or CSV, GCT, the output of featureCounts, htseq-count, R, …
        column: name of the column of values; `{cell}` in it stands for the cell. None takes `{cell}_CAGE_128*3_sum` of the
            Xpresso-derived table where it is there, else the only column of numbers, lengths and places of genes aside.
        unit: `raw` (x, transformed here) or `log10p1` (already log10(x + 1)).
        cell: the cell whose values are wanted.

    Returns:
        log10(x + 1), float64, indexed by unique gene key; empty fields are left out. `attrs["column"]` names the column used.

    Raises:
        InputError: no such column, a gene twice, a negative or non-numeric value; the sentence names the line.
    """
    table = tables.read(path)
    keys = _key_column(table)
    table = _genes_only(path, table, keys)
    chosen = _choose(path, table, column, cell, keys)
    values = tables.numbers(table, chosen, path, least=0).dropna()
    ids = tables.unversioned(table.loc[values.index, keys])
    tables.refuse(ids == "", ids, path, "a gene")
    tables.check_unique(ids, path)
    found = values.to_numpy(float)
    series = pd.Series(np.log10(found + 1) if unit == "raw" else found, index=pd.Index(ids, name=keys), name=chosen)
    series.attrs["column"] = chosen
    return series


def _key_column(table: pd.DataFrame) -> str:
    return tables.column(table, *ID_COLUMNS) or tables.column(table, *NAME_COLUMNS) or str(table.columns[0])


def _genes_only(path: Path, table: pd.DataFrame, keys: str) -> pd.DataFrame:
    """The table without rows that count no gene (`__no_feature`, `N_unmapped`)."""
    summary = table[keys].str.fullmatch(SUMMARY)
    if summary.any():
        Note.SUMMARY_ROWS.add(path=path, n=int(summary.sum()), rows=some(table.loc[summary, keys].tolist()))
    return table[~summary]


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
        numbers = [name for name in names if name != keys and name.lower() not in DESCRIBING and _numeric(table[name])]
        if len(numbers) == 1:
            Note.COLUMN_TAKEN.add(path=path, column=numbers[0])
            return numbers[0]
        if not numbers:
            raise InputError(f"{path}: no column holds numbers; expected the expression beside '{keys}', found {listed(names)}")
        raise InputError(f"{path}: several columns could hold the expression; name one with --expression-column: {listed(numbers)}")
    raise InputError(f"{path}: has no column '{wanted[0]}'; its columns are {listed(names)}{meant(wanted[0], names)}")


def _numeric(text: "pd.Series[str]") -> bool:
    """Whether a column holds numbers, with a decimal point or (to be refused by line) a comma."""
    return bool(pd.to_numeric(text.str.replace(",", "."), errors="coerce").notna().any())
