"""Everything that can be wrong with the input, found and said together before anything is computed."""

from collections.abc import Mapping, Sequence

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import chroms
from seq2exp_py.genome.fasta import Fasta
from seq2exp_py.genome.reference import Reference, assign_splits, gathered
from seq2exp_py.notes import Note, kept
from seq2exp_py.progress import counted
from seq2exp_py.tracks import check_files, extra, gene_list, pairs, samplesheet, truth
from seq2exp_py.tracks.options import CheckOptions
from seq2exp_py.tracks.samplesheet import Row, Samplesheet

LEAST_MEASURED = 0.1  # share of the genes that an expression table must measure; fewer means other ids, not other genes
NAMED = 5  # genes named in a sentence


def check(request: CheckOptions) -> tuple[Samplesheet, list[str]]:
    """Check every input file, and the inputs against each other.

    Returns:
        The samplesheet, and notes on what is allowed but good to know.

    Raises:
        InputError: a sentence per line for everything that is wrong.
    """
    with kept() as notes:
        return _check(request), notes


def _check(request: CheckOptions) -> Samplesheet:
    problems: list[str] = []
    sheet: Samplesheet | None = None
    fasta: dict[str, int] = {}
    with gathered(problems):
        sheet = samplesheet.read(request.samplesheet, request.cells, request.allow_unknown_assays)
    with gathered(problems), Fasta(request.fasta) as opened:
        fasta = dict(opened.sizes)
    reference = Reference.read(request, fasta, problems)
    assigned = [""] * len(reference.genes)
    if reference.genes and reference.sizes:
        with gathered(problems):
            assigned = assign_splits(request, reference.genes, reference.sizes)
    if sheet is not None:
        _cells(sheet)
        _files(request, sheet, reference, assigned, problems)
    if reference.genes and reference.sizes:
        _beside(request, sheet, reference, problems)
    if problems or sheet is None:
        raise InputError("\n".join(dict.fromkeys(problems)))
    return sheet


def _cells(sheet: Samplesheet) -> None:
    for cell in sheet.cells:
        if not sheet.rows(cell, "expression"):
            Note.NO_EXPRESSION.add(path=sheet.path, cell=cell)
        if not sheet.signals(cell):
            Note.NO_SIGNAL.add(path=sheet.path, cell=cell)
        if not sheet.rows(cell, "HiC"):
            Note.NO_HIC.add(path=sheet.path, cell=cell)


def _files(request: CheckOptions, sheet: Samplesheet, reference: Reference, assigned: Sequence[str], problems: list[str]) -> None:
    """Check the files of the samplesheet, as far as FASTA and genes could be read."""
    genes, sizes = reference.genes, reference.sizes
    table = pd.DataFrame({"gene_id": [g.gene_id for g in genes], "gene_name": [g.name for g in genes], "split": list(assigned)})
    measured = pd.Series(False, index=table.index)
    read: set[str] = set()  # cells whose expression could be read
    for row in counted(sheet.rows(), "files"):
        with gathered(problems):
            if row.assay == "expression":
                here = check_files.measured(row, table, request.expression_column, request.expression_unit, LEAST_MEASURED)
                read.add(row.cell)
                measured |= here
                Note.EXPRESSION.add(path=row.path, n=int(here.sum()), total=len(here), cell=row.cell)
            elif row.assay == "ABC":
                gene_list.activity(row.path, table)
            elif sizes:
                _located(row, sizes, request.contact_norm)
    if read and read == {row.cell for row in sheet.rows(assay="expression")}:
        _unmeasured(request, table[~measured & (table["split"] != "")], problems)


def _beside(request: CheckOptions, sheet: Samplesheet | None, reference: Reference, problems: list[str]) -> None:
    """Check what later steps read, CRISPRi pairs, known elements and tracks of the user's own, against genome, genes and cells."""
    if request.crispri and sheet is not None:
        genes = pd.DataFrame({"gene_id": [g.gene_id for g in reference.genes], "gene_name": [g.name for g in reference.genes]})
        with gathered(problems):
            pairs.fitted(request.crispri, sheet.cells, reference.sizes, genes)
    if request.truth and sheet is not None:
        known = {gene.gene_id for gene in reference.genes}
        for cell in sheet.cells:
            with gathered(problems):
                truth.load(request.truth, cell, reference.sizes, known)
    for _, path in request.extra:
        with gathered(problems):
            extra.read(path, reference.sizes)


def _located(row: Row, sizes: Mapping[str, int], norm: str) -> None:
    if row.assay == "HiC":
        check_files.contacts(row, sizes, norm)
    elif row.assay == "peaks":
        check_files.peak(row, sizes)
    else:
        check_files.signal(row, sizes)


def _unmeasured(request: CheckOptions, without: pd.DataFrame, problems: list[str]) -> None:
    """Say which genes of the splits have no expression in any cell."""
    if without.empty:
        return
    listed = chroms.some([str(gene) for gene in without["gene_id"]], NAMED)
    facts = {"path": request.samplesheet, "n": len(without), "genes": listed}
    if request.allow_unmeasured:
        Note.UNMEASURED.add(**facts)
    else:
        out = f"take them out of {request.genes} or the split table, or give --allow-unmeasured"
        problems.append(f"{Note.UNMEASURED.text(**facts)}; {out}")
