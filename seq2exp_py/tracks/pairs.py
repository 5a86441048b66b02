"""Element-gene pairs that CRISPRi tested (ENCODE distal-regulation benchmark), checked against genome, genes and cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import chroms, tables
from seq2exp_py.genome.interval import OVERHANG
from seq2exp_py.notes import Note

PLACES = {"start": "chromStart", "end": "chromEnd", "startTSS": "startTSS", "endTSS": "endTSS"}
NEEDED = ("chrom", *PLACES.values(), "measuredGeneSymbol", "measuredGeneEnsemblId", "Regulated", "CellType")


@dataclass(frozen=True)
class Pairs:
    """Tested pairs, one row each: chrom, start, end, tss, gene_name, gene_id, dataset, regulated (bool), distance (bp)."""

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path, cell: str) -> "Pairs":
        """Read the pairs of a cell from a table of the CRISPR benchmark; see `read`."""
        table = read(path)
        return cls(table[table.cell == cell].reset_index(drop=True))


def read(path: Path) -> pd.DataFrame:
    """Read all pairs of a table of the CRISPR benchmark (TSV or CSV, plain or gzip) that have a valid connection.

    Returns:
        The columns of `Pairs`, and cell; places are 0-based, half-open, ids without version, "" where there is none.

    Raises:
        InputError: a column is missing, or a value is not what its column holds; the sentence names the line.
    """
    raw = tables.read(path)
    names = {name: tables.need(raw, path, name) for name in NEEDED}
    raw = _valid(path, raw, names["Regulated"])
    table = pd.DataFrame({"chrom": raw[names["chrom"]]})
    for column, name in PLACES.items():
        table[column] = tables.integers(raw, names[name], path)
    tables.refuse(table.end <= table.start, table.end.rename("chromEnd"), path, "a number past chromStart")
    tables.refuse(table.start < 0, table.start.rename("chromStart"), path, "0 or more")
    table["tss"] = (table.pop("startTSS") + table.pop("endTSS")) // 2
    table["gene_name"] = _known(raw[names["measuredGeneSymbol"]])
    table["gene_id"] = tables.unversioned(_known(raw[names["measuredGeneEnsemblId"]]))
    dataset = tables.column(raw, "Dataset")
    table["dataset"] = _known(raw[dataset]) if dataset else ""
    table["regulated"] = tables.truths(raw, names["Regulated"], path)
    given = tables.column(raw, "distanceToTSS")
    middle = ((table.start + table.end) // 2 - table.tss).abs().astype(float)
    table["distance"] = tables.numbers(raw, given, path).abs().fillna(middle) if given else middle
    return table.assign(cell=raw[names["CellType"]])


def _valid(path: Path, raw: pd.DataFrame, regulated: str) -> pd.DataFrame:
    """The rows that say whether the pair is regulated and whose connection is valid; the others are counted in a note."""
    said = ~raw[regulated].str.lower().isin(tables.MISSING)
    connection = tables.column(raw, "ValidConnection")  # TRUE, or else the reason why it is not
    kept = said & raw[connection].str.lower().isin(tables.TRUE) if connection else said
    if not kept.any():
        raise InputError(f"{path}: no pair has ValidConnection TRUE and says in {regulated} whether it is regulated")
    if not kept.all():
        Note.PAIRS_INVALID.add(path=path, n=int((~kept).sum()), total=len(raw))
    return raw[kept]


def _known(words: "pd.Series[str]") -> "pd.Series[str]":
    return words.where(~words.str.lower().isin(tables.MISSING), "")


def fitted(path: Path, cells: Sequence[str], sizes: Mapping[str, int], genes: pd.DataFrame) -> dict[str, Pairs]:
    """The pairs of each of some cells, by the genome's chromosome names; what fits in part is noted, what fits nowhere refused.

    Pairs elsewhere stay, as the benchmark asks: a model that says nothing about a pair ranks it lowest.

    Args:
        path: the table.
        cells: the cells that are asked for.
        sizes: the genome's chromosomes and their bp.
        genes: columns gene_id and gene_name of the genome's genes.

    Raises:
        InputError: as `read`; or no cell, chromosome or gene of the table is one of those given, or an end is past its chromosome.
    """
    table = _on_genome(path, read(path), sizes)
    known = list(dict.fromkeys(table.cell))
    lacking = [cell for cell in cells if cell not in known]
    if len(lacking) == len(cells):
        guess = next((end for cell in cells if (end := meant(cell, known))), "")
        raise InputError(f"{path}: has pairs of {chroms.some(known)} in column CellType, none of {chroms.some(list(cells))}{guess}")
    if lacking:
        Note.PAIRS_OF_CELLS.add(path=path, cells=chroms.some(lacking))
    table = table[table.cell.isin(list(cells))]
    of_genes = table.gene_id.isin(genes.gene_id) | table.gene_name.isin(genes.gene_name)
    if not of_genes.any():
        listed = chroms.some(list(dict.fromkeys(table.gene_id)))
        raise InputError(f"{path}: none of its genes ({listed}) is a gene of the genome; expected the same Ensembl ids or symbols")
    Note.PAIRS.add(path=path, n=int(of_genes.sum()), total=len(table), positives=int(table.regulated[of_genes].sum()))
    return {str(cell): Pairs(part.reset_index(drop=True)) for cell, part in table.groupby("cell", sort=False)}


def _on_genome(path: Path, table: pd.DataFrame, sizes: Mapping[str, int]) -> pd.DataFrame:
    """The pairs by the genome's chromosome names, always paired with and without `chr`."""
    names = chroms.renames(table.chrom.unique(), sizes, path, match=True)
    other = [f"{theirs} as {ours}" for theirs, ours in names.items() if theirs != ours]
    if other:
        Note.RENAMED.add(path=path, chromosomes=chroms.some(other))
    lost = table[~table.chrom.isin(list(names))]
    if len(lost):
        listed = chroms.some(sorted(set(lost.chrom)))
        Note.PAIRS_ELSEWHERE.add(path=path, n=len(lost), total=len(table), chromosomes=listed)
    table = table.assign(chrom=table.chrom.map(names).fillna(table.chrom))
    size = table.chrom.map(sizes)
    tables.refuse(table.end > size + OVERHANG, table.end.rename("chromEnd"), path, "an end on its chromosome; another assembly?")
    return table
