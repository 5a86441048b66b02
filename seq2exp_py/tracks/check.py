"""Everything that can be wrong with the input, found and said together before anything is computed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Gene, annotation, blacklist, chroms, splits
from seq2exp_py.genome.fasta import Fasta
from seq2exp_py.notes import Note, kept
from seq2exp_py.progress import track
from seq2exp_py.tracks import check_files, expression, samplesheet
from seq2exp_py.tracks.samplesheet import Row, Samplesheet

LEAST_MEASURED = 0.1  # share of the genes that an expression table must measure; fewer means other ids, not other genes
NAMED = 5  # genes named in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be checked; the fields are those of `seq2exp check`, `prepare-genome` and `prepare-cell`.

    Attributes:
        samplesheet: the CSV file.
        fasta: the genome, plain or bgzip.
        genes: GTF, GFF3, BED or table.
        blacklist: BED, or None.
        cells: the cells to use; None for all.
        splits: a specification, or the path of a split table.
        split_column: column of the split table.
        window: bp around a TSS.
        gene_type: type of the genes to keep, where `genes` has types; None keeps all.
        sizes: `chrom.sizes` with chromosomes that the FASTA may lack.
        match: pair chromosome names of genes and blacklist with the FASTA's with and without `chr`.
        contact_norm: normalisation of contact maps.
        expression_column: column of the expression tables; `{cell}` stands for the cell.
        expression_unit: `raw` or `log10p1`.
        allow_unmeasured: let genes of a split have no expression in any cell; they are then left out of that split's figures.
    """

    samplesheet: Path
    fasta: Path
    genes: Path
    blacklist: Path | None = None
    cells: Sequence[str] | None = None
    splits: str = splits.PAPER
    split_column: str | None = None
    window: int = 200_000
    gene_type: str | None = "protein_coding"
    sizes: Path | None = None
    match: bool = False
    contact_norm: str = "auto"
    expression_column: str | None = None
    expression_unit: expression.Unit = "raw"
    allow_unmeasured: bool = False


@dataclass(slots=True)
class Findings:
    """What a check found: sentences about what must be put right."""

    problems: list[str] = field(default_factory=list)

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Turn an InputError of the block into problems and go on."""
        try:
            yield
        except InputError as error:
            self.problems += str(error).splitlines()


def check(request: Request) -> tuple[Samplesheet, list[str]]:
    """Check every input file, and the inputs against each other.

    Returns:
        The samplesheet, and notes on what is allowed but good to know.

    Raises:
        InputError: a sentence per line for everything that is wrong.
    """
    with kept() as notes:
        return _check(request), notes


def _check(request: Request) -> Samplesheet:
    found = Findings()
    sheet: Samplesheet | None = None
    sizes: dict[str, int] = {}
    genes: list[Gene] = []
    with found.gather():
        sheet = samplesheet.read(request.samplesheet, request.cells)
    with found.gather():
        sizes = _sizes(request)
    with found.gather():
        genes = _genes(request, sizes)
    with found.gather():
        _blacklist(request, sizes)
    assigned = [""] * len(genes)
    if genes and sizes:
        with found.gather():
            assigned = _splits(request, genes)
    if sheet is not None:
        _cells(sheet, found)
        _files(request, sheet, sizes, genes, assigned, found)
    if found.problems or sheet is None:
        raise InputError("\n".join(dict.fromkeys(found.problems)))
    return sheet


def _sizes(request: Request) -> dict[str, int]:
    with Fasta(request.fasta) as fasta:
        sizes = dict(fasta.sizes)
    extra = chroms.read_sizes(request.sizes) if request.sizes else {}
    for name, size in extra.items():
        if sizes.get(name, size) != size:
            raise InputError(f"{request.sizes}: {name} has {size} bp, but {sizes[name]} bp in {request.fasta}; give one assembly's")
    return sizes | extra


def _genes(request: Request, sizes: Mapping[str, int]) -> list[Gene]:
    """The genes on the genome's chromosomes, as they are named there if the FASTA could be read."""
    genes = annotation.read_genes(request.genes, request.gene_type)
    if not sizes:
        return genes
    names = chroms.renames([gene.body.chrom for gene in genes], sizes, request.genes, request.match)
    on = [gene for gene in genes if gene.body.chrom in names]
    for gene in on:
        size = sizes[names[gene.body.chrom]]
        if max(gene.body.end, gene.tss) > size:
            raise InputError(f"{request.genes}: gene {gene.gene_id} ({gene.body}) lies past the {size} bp of the FASTA's")
    if len(on) < len(genes):
        lost = sorted({gene.body.chrom for gene in genes} - set(names))
        Note.GENES_ELSEWHERE.add(path=request.genes, n=len(genes) - len(on), total=len(genes), chromosomes=chroms.some(lost))
    return on


def _blacklist(request: Request, sizes: Mapping[str, int]) -> None:
    if request.blacklist is None:
        return
    table = blacklist.read(request.blacklist)
    names = chroms.renames(table["chrom"], sizes, request.blacklist, request.match, need=False) if sizes else {}
    size = table["chrom"].map(names).map(sizes)
    beyond = table[table["end"] > size]
    if len(beyond):
        first = beyond.iloc[0]
        raise InputError(f"{request.blacklist}: {first.chrom}:{first.start}-{first.end} ends past its chromosome in the FASTA")


def _splits(request: Request, genes: Sequence[Gene]) -> list[str]:
    """The split of every gene; raises InputError where a split that is asked for has none."""
    if "=" in request.splits:
        assigned = splits.assign(request.splits, genes, request.window)
        wanted = {rule.split for rule in splits.parse(request.splits)} | {"train"}
    elif Path(request.splits).is_file():
        assigned = splits.read_table(Path(request.splits), genes, request.split_column)
        wanted = set(splits.SPLITS)
    else:
        raise InputError(f"--splits: '{request.splits}' is neither a file nor a specification; {splits.EXAMPLE}")
    splits.check_filled(assigned, genes, [name for name in splits.SPLITS if name in wanted], f"--splits {request.splits}")
    return assigned


def _cells(sheet: Samplesheet, found: Findings) -> None:
    for cell in sheet.cells:
        if not sheet.rows(cell, "expression"):
            found.problems.append(f"{sheet.path}: cell {cell} has no row of assay 'expression'; add its table")
        if not sheet.signals(cell):
            Note.NO_SIGNAL.add(path=sheet.path, cell=cell)
        if not sheet.rows(cell, "HiC"):
            Note.NO_HIC.add(path=sheet.path, cell=cell)


def _files(
    request: Request, sheet: Samplesheet, sizes: Mapping[str, int], genes: Sequence[Gene], assigned: Sequence[str], found: Findings
) -> None:
    """Check the files of the samplesheet, as far as FASTA and genes could be read."""
    table = pd.DataFrame({"gene_id": [g.gene_id for g in genes], "gene_name": [g.name for g in genes], "split": list(assigned)})
    measured = pd.Series(False, index=table.index)
    read: set[str] = set()  # cells whose expression could be read
    for row in track(sheet.rows(), "files"):
        with found.gather():
            if row.assay == "expression":
                here = check_files.measured(row, table, request.expression_column, request.expression_unit, LEAST_MEASURED)
                read.add(row.cell)
                measured |= here
                Note.EXPRESSION.add(path=row.path, n=int(here.sum()), total=len(here), cell=row.cell)
            elif row.assay == "ABC":
                check_files.gene_list(row, table)
            elif sizes:
                _located(row, sizes, request.contact_norm)
    if read == set(sheet.cells):
        _unmeasured(request, table[~measured & (table["split"] != "")], table, found)


def _located(row: Row, sizes: Mapping[str, int], norm: str) -> None:
    if row.assay == "HiC":
        check_files.contacts(row, sizes, norm)
    elif row.assay == "peaks":
        check_files.peak(row, sizes)
    else:
        check_files.signal(row, sizes)


def _unmeasured(request: Request, without: pd.DataFrame, table: pd.DataFrame, found: Findings) -> None:
    """Say which genes of the splits have no expression in any cell."""
    if without.empty:
        return
    listed = chroms.some([str(gene) for gene in without["gene_id"]], NAMED)
    facts = {"path": request.samplesheet, "n": len(without), "genes": listed}
    if request.allow_unmeasured:
        Note.UNMEASURED.add(**facts)
    else:
        out = f"take them out of {request.genes} or the split table, or give --allow-unmeasured"
        found.problems.append(f"{Note.UNMEASURED.text(**facts)}; {out}")
