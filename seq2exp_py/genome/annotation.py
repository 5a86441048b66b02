"""Genes out of GTF, GFF3, BED or a table with a header."""

import re
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import lines, tables
from seq2exp_py.genome.gene import Gene
from seq2exp_py.genome.interval import Interval, Strand

GTF_COLUMNS = ["chrom", "source", "feature", "start", "end", "score", "strand", "frame", "attributes"]
GENES = {"gene", "ncrna_gene", "pseudogene"}
PARTS = {"exon", "cds", "stop_codon"}
TRANSCRIPTS = {"transcript", "mrna", "primary_transcript"}
KEPT = ["feature", "chrom", "start", "end", "strand", "gene_id", "gene_name", "gene_type", "transcript_id"]


def read_genes(path: Path, gene_type: str | None = "protein_coding") -> list[Gene]:
    """Read genes, sorted by chromosome, start and id.

    GTF and GFF3 give the TSS as the first base in the direction of transcription. BED (six columns or more) likewise, with the id
    in column 4. A table needs columns for chromosome, start, end (0-based, half-open), strand and id, named as BED-like files name
    them (`chrom` or `chr`; `gene_id`, `ENSID`, `Ensembl_ID` or `name`); the ABC GeneList is one. Its column `tss`, if there is
    one, is the TSS (0-based).

    Args:
        path: the file, plain or gzip.
        gene_type: keep genes of this type, where the file has types; None keeps all.

    Raises:
        InputError: wrong columns, a gene twice, a strand other than + and -, an end not past its start, or no gene left.
    """
    frame = genes_of_rows(read_rows(path)) if is_annotation(path) else _read_table(path)
    if gene_type and (frame.gene_type != "").any():
        kept = frame[frame.gene_type == gene_type]
        if kept.empty:
            found = ", ".join(sorted(set(frame.gene_type))[:6])
            raise InputError(
                f"{path}: no gene of type {gene_type}; its types are {found}: choose one with --gene-type, or give 'all'"
            )
        frame = kept
    _check(frame, path)
    columns = [frame[c].tolist() for c in ("gene_id", "gene_name", "chrom", "start", "end", "strand", "tss")]
    genes = [Gene(i, name or i, Interval(c, a, b), Strand(s), tss) for i, name, c, a, b, s, tss in zip(*columns, strict=True)]
    return sorted(genes, key=lambda g: (g.body.chrom, g.body.start, g.gene_id))


def is_annotation(path: Path) -> bool:
    """Whether a file is GTF or GFF3, by its name."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith((".gtf", ".gff", ".gff3"))


def read_rows(path: Path) -> pd.DataFrame:
    """Read the gene, transcript, exon, CDS and stop codon rows of a GTF or GFF3 file, plain or gzip.

    Returns:
        Columns feature (lower case), chrom, start, end (0-based, half-open), strand, gene_id (no version), gene_name, gene_type,
        transcript_id ("" where the file has none); the index is the line number.
    """
    rows = tables.read_plain(path, GTF_COLUMNS)
    rows["feature"] = rows.feature.str.lower()
    rows = rows[rows.feature.isin(GENES | PARTS | TRANSCRIPTS)].copy()
    if rows.empty:
        raise InputError(f"{path}: no gene, transcript or exon row; expected GTF or GFF3, nine tab-separated columns")
    rows["start"] = tables.integers(rows, "start", path) - 1
    rows["end"] = tables.integers(rows, "end", path)
    gtf = bool(rows.attributes.iloc[0:100].str.contains(r'^\s*\w+ "').any())
    rows = (_gtf_ids if gtf else _gff_ids)(rows)
    rows["gene_id"] = tables.unversioned(rows.gene_id)
    return rows[KEPT]


def _value(rows: pd.DataFrame, *names: str, gff: bool = False) -> "pd.Series[str]":
    """The first attribute of `names` that a row has; "" where it has none."""
    found = pd.Series("", index=rows.index)
    for name in names:
        pattern = rf"(?:^|;)\s*{name}=([^;]*)" if gff else rf'(?:^|;)\s*{name} "([^"]*)"'
        found = found.where(found != "", rows.attributes.str.extract(pattern, expand=False).fillna(""))
    return found


def _gtf_ids(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        gene_id=_value(rows, "gene_id"),
        gene_name=_value(rows, "gene_name", "gene"),
        gene_type=_value(rows, "gene_type", "gene_biotype", "biotype"),
        transcript_id=_value(rows, "transcript_id"),
    )


def _gff_ids(rows: pd.DataFrame) -> pd.DataFrame:
    """GFF3: exons name a transcript as `Parent`, and the transcript names its gene."""
    rows = rows.assign(
        own=_value(rows, "ID", gff=True),
        parent=_value(rows, "Parent", gff=True),
        gene_name=_value(rows, "gene_name", "Name", "gene", gff=True),
        gene_type=_value(rows, "gene_type", "gene_biotype", "biotype", gff=True),
        label=_value(rows, "gene_id", gff=True),
    )
    rows = rows.assign(parent=rows.parent.str.split(",")).explode("parent")
    gene = rows.feature.isin(GENES)
    part = rows.feature.isin(PARTS)
    label = rows.label.where(rows.label != "", rows.own.str.replace("^gene[:-]", "", regex=True))
    gene_of = dict(zip(rows.own[gene], label[gene], strict=True))
    rest = rows[~gene & ~part]
    gene_of |= dict(zip(rest.own, rest.parent.map(gene_of).fillna(rest.label), strict=True))
    rows["gene_id"] = label.where(gene, rows.parent.map(gene_of).fillna(rows.label))
    rows["transcript_id"] = rows.own.where(~gene & ~part, rows.parent.where(part, ""))
    return rows[rows.gene_id != ""]


def genes_of_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per gene: the gene rows, or, where the file has none, the extent of each gene's other rows."""
    genes = rows[rows.feature.isin(GENES)]
    if genes.empty:
        parts = rows[rows.gene_id != ""]
        rule = {"chrom": "first", "start": "min", "end": "max", "strand": "first", "gene_name": "first", "gene_type": "first"}
        genes = parts.groupby(["gene_id", parts.chrom], sort=False, as_index=False).agg(rule)
    return genes.assign(tss=genes.start.where(genes.strand == "+", genes.end - 1))


def _read_table(path: Path) -> pd.DataFrame:
    """Genes of a BED file or of a table with a header, by what the first line holds."""
    frame = tables.read(path) if _headed(path) else tables.read_plain(path, ["chrom", "start", "end", "name", "score", "strand"])
    out = pd.DataFrame({"chrom": frame[tables.need(frame, path, "chrom", "chr", "chromosome", "seqname")]})
    for name in ("start", "end"):
        out[name] = tables.integers(frame, tables.need(frame, path, name), path)
    out["strand"] = frame[tables.need(frame, path, "strand")]
    key = tables.need(frame, path, "gene_id", "ENSID", "Ensembl_ID", "name")
    out["gene_id"] = tables.unversioned(frame[key])
    name_column = tables.column(frame, "gene_name", "symbol", "Gene name", "name")
    out["gene_name"] = frame[name_column] if name_column else out.gene_id
    type_column = tables.column(frame, "gene_type", "gene_biotype")
    out["gene_type"] = frame[type_column] if type_column else ""
    tss = tables.column(frame, "tss")
    out["tss"] = tables.integers(frame, tss, path) if tss else out.start.where(out.strand == "+", out.end - 1)
    return out


def _headed(path: Path) -> bool:
    """Whether a line of column names stands above the first line of data, with `#` before it or without."""
    for _, text in lines.numbered(path, None):
        if "start" in re.split(r"[\t,; ]", text.lower()):
            return True
        if not lines.COMMENT.match(text):
            return False
    return False


def _check(frame: pd.DataFrame, path: Path) -> None:
    """Refuse rows that are no gene."""
    if frame.empty:
        raise InputError(f"{path}: holds no gene")
    tables.refuse(~frame.strand.isin(["+", "-"]), frame.strand, path, "+ or -")
    tables.refuse(frame.gene_id == "", frame.gene_id, path, "an id")
    tables.refuse(frame.start < 0, frame.start, path, "0 or more")
    tables.refuse(frame.end <= frame.start, frame.end, path, "a number past the start")
    tables.check_unique(frame.gene_id, path)
