"""Promoter activity out of a gene list of the ABC model (`GeneList.txt`)."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome import tables
from seq2exp_py.genome.chroms import some
from seq2exp_py.notes import Note

COLUMNS = (
    ("H3K27ac.RPM.TSS1Kb",),
    ("DHS.RPM.TSS1Kb", "DNase.RPM.TSS1Kb", "ATAC.RPM.TSS1Kb"),
)  # from which promoter activity comes
KEYS = {"gene_id": ("Ensembl_ID", "gene_id", "ENSID", "name", "symbol"), "gene_name": ("symbol", "gene_name", "name")}


def activity(path: Path, genes: pd.DataFrame) -> tuple[NDArray[np.float64], str]:
    """Activity of each gene by an ABC gene list, sqrt(H3K27ac x accessibility), and the rule in words.

    Args:
        path: the list, with a header.
        genes: columns gene_id and gene_name.

    Returns:
        (genes,) in their order; 0 for a gene that the list lacks, which a note counts.

    Raises:
        InputError: a column is missing, a value is no number from 0, a gene has two values, or none of the genes is in the list.
    """
    table = tables.read(path)
    columns = [tables.need(table, path, *names) for names in COLUMNS]
    levels = [tables.numbers(table, name, path, least=0) for name in columns]
    for level, name in zip(levels, columns, strict=True):
        tables.refuse(level.isna(), table[name], path, "a number")
    values = pd.Series(np.sqrt(levels[0] * levels[1]), index=table.index)
    found = np.full(len(genes), np.nan)
    for mine, theirs in KEYS.items():
        for column in (c for name in theirs if (c := tables.column(table, name))):
            here = genes[mine].map(_by_key(path, tables.unversioned(table[column]), values, set(genes[mine]))).to_numpy(float)
            found = np.where(np.isnan(found), here, found)
    known = int(np.isfinite(found).sum())
    if not known and len(genes):
        keys = tables.need(table, path, "symbol", "name", "Ensembl_ID", "gene_id")
        raise InputError(f"{path}: none of its genes (column '{keys}': {some(list(table[keys]))}) is in the gene list")
    Note.ACTIVITY.add(path=path, n=known, total=len(genes))
    return np.nan_to_num(found), f"sqrt({columns[0]} x {columns[1]}) of {path.name}"


def _by_key(path: Path, keys: "pd.Series[str]", values: "pd.Series[float]", wanted: set[str]) -> dict[str, float]:
    """The value of every wanted key; lines that say the same twice are one."""
    chosen = pd.DataFrame({"key": keys, "value": values})[keys.isin(wanted).to_numpy()].drop_duplicates()
    tables.check_unique(chosen.key, path)
    return dict(zip(chosen.key, chosen.value, strict=True))
