"""Make a genome store: sequence, blacklist, genes with their splits and mRNA features."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.genome import Gene, annotation, mrna, splits
from seq2exp_py.genome.fasta import Fasta, N
from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.genome.reference import Reference, assign_splits
from seq2exp_py.notes import Note, kept, say_all
from seq2exp_py.progress import counted, say
from seq2exp_py.store import contents, sparse


def build_genome(given: GenomeOptions, out: Path) -> None:
    """Make the genome store `out`; it appears whole or not at all.

    Raises:
        InputError: an input cannot be used, or a split has no gene.
    """
    with kept() as notes, Fasta(given.fasta) as fasta, files.whole(out) as folder:
        folder.mkdir()
        reference, chromosomes = _read(given, fasta)
        checksums = _write_sequence(folder, fasta, chromosomes)
        fraction = _sequence_fraction(folder, chromosomes, reference.genes, given.window)
        table = _gene_table(reference.genes, fraction, _splits(given, reference, fraction))
        table[list(mrna.FEATURES)] = _features(given, reference, fasta)
        table.to_parquet(folder / "genes.parquet", index=False)
        _write_blacklist(folder, reference.excluded, chromosomes)
        checksums |= {name: files.sha256(folder / name) for name in ("genes.parquet", "excluded.bed")}
        contents.write_manifest(folder, _manifest(given, chromosomes, checksums, notes))
        say_all(notes)
        _report(table)


def _read(given: GenomeOptions, fasta: Fasta) -> tuple[Reference, dict[str, int]]:
    """The reference, and the chromosomes that hold any gene, in the order of the FASTA.

    Raises:
        InputError: a sentence per line for everything that is wrong.
    """
    problems: list[str] = []
    reference = Reference.read(given, fasta.sizes, problems)
    if problems:
        raise InputError("\n".join(dict.fromkeys(problems)))
    used = {gene.body.chrom for gene in reference.genes}
    return reference, {chrom: size for chrom, size in reference.sizes.items() if chrom in used}


def _write_sequence(folder: Path, fasta: Fasta, chromosomes: dict[str, int]) -> dict[str, str]:
    """Write the codes of every chromosome that the FASTA has; return their checksums."""
    checksums = {}
    for chrom in counted([c for c in chromosomes if c in fasta.sizes], "sequence"):
        name, size = f"sequence/{chrom}.u8", chromosomes[chrom]
        path = folder / name
        found = sparse.write(path, (fasta.codes(chrom, a, b) for a, b in sparse.spans(size)), size, keep=True)
        checksums[name] = str(found)
    return checksums


def _sequence_fraction(folder: Path, chromosomes: dict[str, int], genes: Sequence[Gene], width: int) -> list[float]:
    """Share of each gene's window that is known sequence; what lies beyond the chromosome counts as unknown."""
    maps = {c: np.memmap(p, np.uint8, "r") for c in chromosomes if (p := folder / "sequence" / f"{c}.u8").exists()}
    found = []
    for gene in genes:
        window = gene.window(width).clip(chromosomes[gene.body.chrom])
        codes = maps.get(gene.body.chrom)
        found.append(0.0 if codes is None else float(np.count_nonzero(codes[window.start : window.end] != N)) / width)
    return found


def _splits(given: GenomeOptions, reference: Reference, fraction: Sequence[float]) -> list[str]:
    """The split of every gene; "" for genes with too little sequence."""
    usable = [g for g, f in zip(reference.genes, fraction, strict=True) if f >= given.min_sequence]
    what = f" (windows with at least {100 * given.min_sequence:g} % known bases)"
    assigned = assign_splits(given, usable, reference.sizes, what)
    by_id = dict(zip((g.gene_id for g in usable), assigned, strict=True))
    return [by_id.get(g.gene_id, splits.UNUSED) for g in reference.genes]


def _features(given: GenomeOptions, reference: Reference, fasta: Fasta) -> pd.DataFrame:
    """The eight mRNA features of the genes, without gaps."""
    gene_ids = [gene.gene_id for gene in reference.genes]
    source = given.features or given.genes
    if reference.features is not None:
        found = reference.features
    elif annotation.is_annotation(source):
        own = reference.rows if source == given.genes else None
        rows = annotation.locate(source, None, reference.sizes, given.match) if own is None else own
        rows = rows[rows.gene_id.isin(set(gene_ids))]
        found = mrna.from_annotation(rows, fasta)
    else:
        Note.NO_EXONS.add(path=source)
        found = pd.DataFrame(columns=list(mrna.FEATURES), dtype=float)
    known = int(found.index.isin(gene_ids).sum())
    if given.features and not known:
        raise InputError(f"{source}: none of its genes is in {given.genes}; expected the same gene ids")
    say(f"mRNA features: {known} of {len(gene_ids)} genes")
    return mrna.fill(found, gene_ids)


def _gene_table(genes: Sequence[Gene], fraction: Sequence[float], split: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "gene_id": [g.gene_id for g in genes],
            "gene_name": [g.name for g in genes],
            "chrom": [g.body.chrom for g in genes],
            "start": [g.body.start for g in genes],
            "end": [g.body.end for g in genes],
            "strand": [str(g.strand) for g in genes],
            "tss": [g.tss for g in genes],
            "split": list(split),
            "sequence_fraction": list(fraction),
        }
    )


def _write_blacklist(folder: Path, excluded: pd.DataFrame, chromosomes: dict[str, int]) -> None:
    """Write the blacklist of the chromosomes that hold genes."""
    kept = excluded[excluded.chrom.isin(list(chromosomes))]
    kept.to_csv(folder / "excluded.bed", sep="\t", header=False, index=False)


def _manifest(
    given: GenomeOptions, chromosomes: dict[str, int], checksums: dict[str, str], notes: list[str]
) -> contents.GenomeManifest:
    named = {
        "fasta": given.fasta,
        "genes": given.genes,
        "blacklist": given.blacklist,
        "features": given.features,
        "sizes": given.sizes,
    }
    table = {} if "=" in given.splits else {"splits": Path(given.splits)}
    return contents.GenomeManifest(
        name=given.name,
        chromosomes=chromosomes,
        window=given.window,
        min_sequence=given.min_sequence,
        splits=given.splits if not table else Path(given.splits).name,
        notes=notes,
        inputs={k: contents.InputFile.of(p) for k, p in (named | table).items() if p},
        files=checksums,
    )


def _report(table: pd.DataFrame) -> None:
    counts = table.split.value_counts()
    parts = [f"{counts.get(s, 0)} {s or 'in no split'}" for s in (*splits.SPLITS, splits.UNUSED)]
    say(f"{len(table)} genes on {table.chrom.nunique()} chromosomes: {', '.join(parts)}")
