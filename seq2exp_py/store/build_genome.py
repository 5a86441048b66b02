"""Make a genome store: sequence, blacklist, genes with their splits and mRNA features."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.genome import Gene, annotation, blacklist, chroms, mrna, splits
from seq2exp_py.genome.fasta import Fasta, N
from seq2exp_py.genome.interval import Interval
from seq2exp_py.progress import say, track
from seq2exp_py.store import format, sparse
from seq2exp_py.store.crowding import crowding


@dataclass(frozen=True, slots=True, kw_only=True)
class GenomeInputs:
    """What a genome store is made from.

    Attributes:
        fasta: FASTA, plain or bgzip.
        genes: GTF, GFF3, BED or a table (`genome.annotation.read_genes`).
        blacklist: BED of bases whose mask is always 0; None for none.
        features: table of mRNA features, or a GTF or GFF3 to compute them from; None: from `genes` where that has exons.
        splits: a specification (`genome.splits`) or the path of a split table.
        split_column: column of the split table.
        name: name of the assembly.
        min_sequence: least share of known bases in a gene's window; a gene with less belongs to no split.
        window: bp around a TSS that models may see; contacts are stored for as many.
        gene_type: type of the genes to keep, where `genes` has types; None keeps all.
        sizes: `chrom.sizes` with chromosomes that the FASTA may lack; those are N all over.
        match: pair chromosome names with and without `chr`.
    """

    fasta: Path
    genes: Path
    blacklist: Path | None = None
    features: Path | None = None
    splits: str = splits.PAPER
    split_column: str | None = None
    name: str = "hg38"
    min_sequence: float = 0.95
    window: int = 200_000
    gene_type: str | None = "protein_coding"
    sizes: Path | None = None
    match: bool = False


def build_genome(given: GenomeInputs, out: Path) -> None:
    """Make the genome store `out`; it appears whole or not at all.

    Raises:
        InputError: an input cannot be used, or a split has no gene.
    """
    if not 0 <= given.min_sequence <= 1:
        raise InputError(f"--min-sequence: {given.min_sequence} is not a share; give a number from 0 to 1")
    if given.window <= 0 or given.window % 2:
        raise InputError(f"--window: {given.window} bp; give an even number above 0")
    with Fasta(given.fasta) as fasta, files.whole(out) as folder:
        folder.mkdir()
        genes, chromosomes = _place(given, fasta)
        checksums = _write_sequence(folder, fasta, chromosomes)
        fraction = _sequence_fraction(folder, chromosomes, genes, given.window)
        table = _gene_table(genes, fraction, _splits(given, genes, fraction))
        table[list(mrna.FEATURES)] = _features(given, fasta, [g.gene_id for g in genes])
        table.to_parquet(folder / "genes.parquet", index=False)
        _write_blacklist(folder, given, chromosomes)
        checksums |= {name: files.sha256(folder / name) for name in ("genes.parquet", "excluded.bed")}
        format.write_manifest(folder, _manifest(given, chromosomes, checksums))
        _report(table)


def _place(given: GenomeInputs, fasta: Fasta) -> tuple[list[Gene], dict[str, int]]:
    """Genes by the genome's chromosome names, and the chromosomes that hold any, in the order of the FASTA."""
    known = _chromosomes(given, fasta)
    found = annotation.read_genes(given.genes, given.gene_type)
    names = chroms.renames([g.body.chrom for g in found], known, given.genes, given.match)
    genes = [_moved(g, names[g.body.chrom]) for g in found if g.body.chrom in names]
    for gene in genes:
        if max(gene.body.end - 1, gene.tss) >= known[gene.body.chrom]:
            size = known[gene.body.chrom]
            raise InputError(
                f"{given.genes}: gene {gene.gene_id} ({gene.body}) ends past {gene.body.chrom} of {size} bp; another assembly?"
            )
    if len(genes) < len(found):
        lost = sorted({g.body.chrom for g in found} - set(names))
        say(f"{len(found) - len(genes)} of {len(found)} genes are left out: the FASTA has no {chroms.some(lost)}")
    used = {g.body.chrom for g in genes}
    return sorted(genes, key=lambda g: (g.body.chrom, g.body.start, g.gene_id)), {c: s for c, s in known.items() if c in used}


def _chromosomes(given: GenomeInputs, fasta: Fasta) -> dict[str, int]:
    """Sizes of the chromosomes of the FASTA, and of those that only the sizes file has."""
    extra = chroms.read_sizes(given.sizes) if given.sizes else {}
    for name, size in extra.items():
        if fasta.sizes.get(name, size) != size:
            raise InputError(
                f"{given.sizes}: {name} has {size} bp, but {fasta.sizes[name]} in {given.fasta}; give files of one assembly"
            )
    return fasta.sizes | extra


def _moved(gene: Gene, chrom: str) -> Gene:
    return Gene(gene.gene_id, gene.name, Interval(chrom, gene.body.start, gene.body.end), gene.strand, gene.tss)


def _write_sequence(folder: Path, fasta: Fasta, chromosomes: dict[str, int]) -> dict[str, str]:
    """Write the codes of every chromosome that the FASTA has; return their checksums."""
    checksums = {}
    for chrom in track([c for c in chromosomes if c in fasta.sizes], "sequence"):
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


def _splits(given: GenomeInputs, genes: Sequence[Gene], fraction: Sequence[float]) -> list[str]:
    """The split of every gene; "" for genes with too little sequence."""
    usable = [g for g, f in zip(genes, fraction, strict=True) if f >= given.min_sequence]
    path = Path(given.splits)
    if "=" in given.splits:
        assigned = splits.assign(given.splits, usable, given.window)
        wanted = {r.split for r in splits.parse(given.splits)} | {"train"}
    elif path.is_file():
        assigned = splits.read_table(path, usable, given.split_column)
        wanted = set(splits.SPLITS)
    else:
        raise InputError(f"--splits: {given.splits} is neither a file nor a specification; {splits.EXAMPLE}")
    what = f"--splits {given.splits} (windows with at least {100 * given.min_sequence:g} % known bases)"
    splits.check_filled(assigned, usable, [s for s in splits.SPLITS if s in wanted], what)
    by_id = dict(zip((g.gene_id for g in usable), assigned, strict=True))
    return [by_id.get(g.gene_id, splits.UNUSED) for g in genes]


def _features(given: GenomeInputs, fasta: Fasta, gene_ids: list[str]) -> pd.DataFrame:
    """The eight mRNA features of the genes, without gaps."""
    source = given.features or given.genes
    if annotation.is_annotation(source):
        rows = annotation.read_rows(source)
        rows = rows[rows.gene_id.isin(set(gene_ids))]
        found = mrna.from_annotation(rows, fasta, chroms.renames(rows.chrom, fasta.sizes, source, given.match))
    elif given.features:
        found = mrna.from_table(source)
    else:
        say(f"{source.name} has no exons: the mRNA features are 0; give --features to have them")
        found = pd.DataFrame(columns=list(mrna.FEATURES), dtype=float)
    known = found.index.isin(gene_ids).sum()
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
            "crowding": _crowding(genes),
            "split": list(split),
            "sequence_fraction": list(fraction),
        }
    )


def _crowding(genes: Sequence[Gene]) -> NDArray[np.float64]:
    """How much room the promoter of each gene has among those of its chromosome."""
    chrom, tss = np.array([g.body.chrom for g in genes]), np.array([g.tss for g in genes])
    found = np.ones(len(genes))
    for name in np.unique(chrom):
        found[chrom == name] = crowding(tss[chrom == name])
    return found


def _write_blacklist(folder: Path, given: GenomeInputs, chromosomes: dict[str, int]) -> None:
    """Write the blacklist, merged, of the genome's chromosomes."""
    frame = blacklist.read(given.blacklist) if given.blacklist else blacklist.empty()
    known = chroms.renames(frame.chrom, chromosomes, given.blacklist, given.match, need=False)
    frame = frame.assign(chrom=frame.chrom.map(known)).dropna(subset="chrom")
    blacklist.merge(frame).to_csv(folder / "excluded.bed", sep="\t", header=False, index=False)


def _manifest(given: GenomeInputs, chromosomes: dict[str, int], checksums: dict[str, str]) -> format.GenomeManifest:
    named = {
        "fasta": given.fasta,
        "genes": given.genes,
        "blacklist": given.blacklist,
        "features": given.features,
        "sizes": given.sizes,
    }
    table = {} if "=" in given.splits else {"splits": Path(given.splits)}
    return format.GenomeManifest(
        name=given.name,
        chromosomes=chromosomes,
        window=given.window,
        min_sequence=given.min_sequence,
        splits=given.splits if not table else Path(given.splits).name,
        inputs={k: format.InputFile.of(p) for k, p in (named | table).items() if p},
        files=checksums,
    )


def _report(table: pd.DataFrame) -> None:
    counts = table.split.value_counts()
    parts = [f"{counts.get(s, 0)} {s or 'in no split'}" for s in (*splits.SPLITS, splits.UNUSED)]
    say(f"{len(table)} genes on {table.chrom.nunique()} chromosomes: {', '.join(parts)}")
