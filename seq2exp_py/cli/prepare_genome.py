"""`seq2exp prepare-genome`."""

from pathlib import Path

import click

from seq2exp_py.genome.paper import SPLITS

FILE = click.Path(path_type=Path)


@click.command(context_settings={"show_default": True})
@click.option(
    "--fasta",
    type=FILE,
    required=True,
    help="Genome sequence: FASTA, plain, bgzip or gzip. Lower case is read as upper, other letters as N.",
)
@click.option(
    "--genes",
    type=FILE,
    required=True,
    help="Genes: GTF or GFF3 (.gz allowed), BED with six columns or more, or a table with a header (chrom, start, end, "
    "gene_id, strand and, if wanted, gene_name, tss, gene_type; an ABC GeneList is one). Coordinates of BED and tables are "
    "0-based, half-open.",
)
@click.option("--blacklist", type=FILE, help="BED of regions where masks are always 0.")
@click.option(
    "--features",
    type=FILE,
    help="mRNA features: a table (UTR5LEN_log10zscore, …, as derived from Xpresso, or our names), or a GTF or GFF3 to compute "
    "them from. Without, they come from --genes where that has exons. What is not known of a gene is the mean of the others.",
)
@click.option(
    "--splits",
    default=SPLITS,
    help="Which genes train, validate and test: 'train=chrX;valid=chrX:40000000-71000000;test=chr22' (by TSS; a stretch "
    "overrides its chromosome; chromosomes not named train, unless train= is given), or a table with gene ids and a column of "
    "train, valid, test.",
)
@click.option("--split-column", help="Column of the split table.  [default: split, else fold_11]")
@click.option("--name", default="hg38", help="Name of the assembly.")
@click.option(
    "--min-sequence",
    default=0.95,
    help="Least share of known bases (not N) in a gene's window; a gene with less is kept but belongs to no split. 0 for work with "
    "signals alone.",
)
@click.option("--window", default=200_000, help="Bases around a TSS, the widest window that a model may ask for.")
@click.option(
    "--gene-type", default="protein_coding", help="Type of the genes to keep, where the file says types; 'all' keeps all."
)
@click.option("--sizes", type=FILE, help="chrom.sizes: chromosomes in it that the FASTA lacks are taken as N all over.")
@click.option(
    "--chromosomes",
    type=click.Choice(["exact", "match"]),
    default="exact",
    help="match: pair chromosome names of the files that differ only in 'chr' (22 and chr22).",
)
@click.option("--out", type=FILE, required=True, help="Folder to make: the genome store. It appears whole or not at all.")
def command(out: Path, gene_type: str, chromosomes: str, **given: object) -> None:
    """Make a genome store: sequence, blacklist, and genes with their splits and mRNA features.

    All later steps read it; make it once per genome. It takes one byte per base of the chromosomes that have genes.
    """
    from seq2exp_py.store.build_genome import GenomeInputs, build_genome

    kind = None if gene_type == "all" else gene_type
    build_genome(GenomeInputs(gene_type=kind, match=chromosomes == "match", **given), out)  # type: ignore[arg-type]
