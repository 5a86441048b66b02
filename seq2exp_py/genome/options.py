"""What a user says of the genome; light, so that a help text can show it."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from seq2exp_py.genome.paper import GENE_TYPE, SPLITS, WINDOW
from seq2exp_py.options import Options


class ReferenceOptions(Options):
    """The files and options that say what the genome is; CHECK and PREPARE_GENOME take them alike.

    Attributes:
        splits: a specification (`genome.splits`) or the path of a split table.
        window: bp around a TSS that models may see.
        gene_type: type of the genes to keep, where `genes` has types; `all` keeps all.
        sizes: `chrom.sizes` with chromosomes that the FASTA may lack; those are N all over.
        chromosomes: `match` pairs chromosome names with and without `chr`.
    """

    fasta: Path = Field(
        description="Genome sequence: FASTA, plain, bgzip or gzip.",
        json_schema_extra={"more": "Lower case is read as upper, other letters as N."},
    )
    genes: Path = Field(
        description="Genes: GTF, GFF3, BED or a table with a header.",
        json_schema_extra={
            "more": "Each may be gzipped. BED has six columns or more, a table chrom, start, end, gene_id, strand and, if wanted, "
            "gene_name, tss, gene_type; an ABC GeneList is one. Coordinates of BED and tables are 0-based, half-open."
        },
    )
    blacklist: Path | None = Field(
        None, description="Regions to leave out: BED.", json_schema_extra={"more": "Masks are always 0 there."}
    )
    features: Path | None = Field(
        None,
        description="Table of mRNA features by gene (default: computed from genes and sequence).",
        json_schema_extra={
            "more": "UTR5LEN_log10zscore, …, as derived from Xpresso, or our names; or a GTF or GFF3 to compute them from. "
            "Without, they come from --genes where that has exons. What is not known of a gene is the mean of the others."
        },
    )
    splits: str = Field(
        SPLITS,
        description="Chromosomes of each split, e.g. 'train=chr1,chr2;valid=chr3;test=chr22', or a table (default: the paper's).",
        json_schema_extra={
            "more": "A gene goes by its TSS; a stretch as in valid=chrX:40000000-71000000 overrides its chromosome; chromosomes "
            "not named train, unless train= is given. A table has gene ids and a column of train, valid, test."
        },
    )
    split_column: str | None = Field(
        None, description="Column of the split table.", json_schema_extra={"more": "[default: split, else fold_11]"}
    )
    gene_type: str = Field(GENE_TYPE, description="Type of the genes to keep; all keeps all.")
    sizes: Path | None = Field(None, description="chrom.sizes with chromosomes that the FASTA lacks; they are N all over.")
    chromosomes: Literal["exact", "match"] = Field("exact", description="match: pair chromosome names such as 22 and chr22.")
    window: int = Field(
        WINDOW, ge=2, multiple_of=2, description="Bases around the TSS that a gene needs and contacts are stored for."
    )

    @property
    def kept_type(self) -> str | None:
        """Type of the genes to keep, None for all."""
        return None if self.gene_type == "all" else self.gene_type

    @property
    def match(self) -> bool:
        """Whether chromosome names are paired with and without `chr`."""
        return self.chromosomes == "match"


class GenomeOptions(ReferenceOptions):
    """What a genome store is made from: a reference, and

    Attributes:
        name: name of the assembly.
        min_sequence: least share of known bases (not N) in a gene's window; a gene with less is kept but belongs to no split.
    """

    name: str = Field("hg38", description="Name of the assembly, as genome browsers know it.")
    min_sequence: float = Field(
        0.95,
        ge=0,
        le=1,
        description="Leave out genes whose window has less than this share of known bases.",
        json_schema_extra={"more": "Such a gene is kept in the store but belongs to no split. 0 for work with signals alone."},
    )
