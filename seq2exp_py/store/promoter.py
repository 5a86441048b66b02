"""Promoter activity, the ninth feature of a gene: sqrt(H3K27ac x accessibility) in TSS +- 500 bp (ABC model, Fulco 2019).

The accessibility track is DNase, else ATAC. Where a cell has only one of the two tracks, its mean alone is the activity (the
geometric mean of what there is); where it has neither, 0. A gene list of the ABC model gives the published values instead.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome import tables
from seq2exp_py.store import windows
from seq2exp_py.tracks.check_files import ABC_COLUMNS

WIDTH = 1000  # bp, TSS +- 500
ACETYLATION = ("H3K27ac",)
ACCESSIBILITY = ("DNase", "ATAC")


Signals = Callable[[str, str], NDArray[np.float32] | None]  # (track, chromosome) -> one value per base; None: 0 all over


def from_signals(signal: Signals, tracks: Sequence[str], sites: Sequence[tuple[str, int]]) -> tuple[NDArray[np.float64], str]:
    """Activity of each gene, and the rule that gave it in words.

    Args:
        signal: the tracks' values.
        tracks: names of the cell's tracks.
        sites: chromosome and TSS of every gene.
    """
    used = [name for names in (ACETYLATION, ACCESSIBILITY) if (name := next((n for n in names if n in tracks), None))]
    if not used:
        return np.zeros(len(sites)), "0: no H3K27ac, DNase or ATAC track"
    levels = np.array([[_mean(signal(name, chrom), tss) for name in used] for chrom, tss in sites]).reshape(-1, len(used))
    rule = f"sqrt({used[0]} x {used[1]})" if len(used) == 2 else used[0]
    return np.maximum(levels, 0).prod(axis=1) ** (1 / len(used)), f"{rule}, means over TSS +- {WIDTH // 2} bp"


def _mean(values: NDArray[np.float32] | None, tss: int) -> float:
    """Mean around a TSS; 0 beyond the chromosome."""
    out = np.zeros(WIDTH, np.float32)
    windows.cut(values, tss - WIDTH // 2, out)
    return float(out.mean(dtype=np.float64))


def from_gene_list(path: Path, genes: pd.DataFrame) -> tuple[NDArray[np.float64], str]:
    """Activity of each gene by an ABC gene list (`GeneList.txt`); 0 for a gene that it lacks.

    Args:
        path: the list, with a header.
        genes: columns gene_id and gene_name.

    Raises:
        InputError: a column is missing, a value is no number, or none of the genes is in the list.
    """
    table = tables.read(path)
    columns = [tables.need(table, path, *names) for names in ABC_COLUMNS]
    levels = [pd.to_numeric(table[c], errors="coerce") for c in columns]
    for level, name in zip(levels, columns, strict=True):
        tables.refuse(~(level >= 0) | np.isinf(level), table[name], path, "a number not below 0")
    activity = np.sqrt(np.array(levels[0] * levels[1], float))
    found = np.full(len(genes), np.nan)
    for mine, theirs in (("gene_id", ("Ensembl_ID", "gene_id", "name", "symbol")), ("gene_name", ("symbol", "name"))):
        for column in theirs:
            if column in table.columns:
                by_key = dict(zip(tables.unversioned(table[column]), activity, strict=True))
                found = np.where(np.isnan(found), [by_key.get(g, np.nan) for g in genes[mine]], found)
    if np.isnan(found).all() and len(genes):
        raise InputError(
            f"{path}: none of the genome's genes is in it; expected their ids or names in the column Ensembl_ID, name or symbol"
        )
    return np.nan_to_num(found), f"sqrt({columns[0]} x {columns[1]}) of {path.name}"
