"""Genes out of GTF, GFF3, BED or a table with a header."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import chroms, lines, loci, tables
from seq2exp_py.genome.gene import Gene
from seq2exp_py.genome.interval import Interval, Strand
from seq2exp_py.genome.paper import GENE_TYPE
from seq2exp_py.notes import Note

GTF_COLUMNS = ["chrom", "source", "feature", "start", "end", "score", "strand", "frame", "attributes"]
GENES = {"gene", "ncrna_gene", "pseudogene"}
CONTROL = r"[\x00-\x1f\x7f]"
PARTS = {"exon", "cds", "stop_codon"}
TRANSCRIPTS = {"transcript", "mrna", "primary_transcript"}
KEPT = ["feature", "chrom", "start", "end", "strand", "gene_id", "gene_name", "gene_type", "transcript_id"]


def read_genes(
    path: Path, gene_type: str | None = GENE_TYPE, sizes: Mapping[str, int] | None = None, match: bool = False
) -> list[Gene]:
    """Read genes, sorted by chromosome, start and id: `genes` of what `locate` finds."""
    return genes(locate(path, gene_type, sizes, match), path, sizes)


def locate(
    path: Path, gene_type: str | None = GENE_TYPE, sizes: Mapping[str, int] | None = None, match: bool = False
) -> pd.DataFrame:
    """Read the rows of an annotation that lie on the genome, every gene with an id of its own.

    GTF and GFF3 give the TSS as the first base in the direction of transcription. BED (six columns or more) likewise, with the id
    in column 4. A table needs columns for chromosome, start, end (0-based, half-open), strand and id, named as BED-like files name
    them (`chrom` or `chr`; `gene_id`, `ENSID`, `Ensembl_ID` or `name`); the ABC GeneList is one. Its column `tss`, if there is
    one, is the TSS (0-based).

    Args:
        path: the file, plain or gzip.
        gene_type: keep genes of this type, where the file has types; None keeps all.
        sizes: the genome's chromosomes; rows elsewhere are left out with a note before repeats are judged. None or empty keeps all.
        match: pair chromosome names with and without `chr`.

    Returns:
        As `read_rows`, by the genome's chromosome names; a name at several places is several genes (`loci.apart`).

    Raises:
        InputError: wrong columns, no gene of the type, or no chromosome of the genome.
    """
    rows = read_rows(path) if is_annotation(path) else _read_table(path)
    tables.refuse(rows.gene_id.str.contains(lines.LOST), rows.gene_id, path, "UTF-8 text")
    heads = genes_of_rows(rows)
    if gene_type and (heads.gene_type != "").any():
        wanted = rows.gene_id.isin(heads.gene_id[heads.gene_type == gene_type])
        rows = rows[wanted & ((rows.gene_type == gene_type) | ~rows.feature.isin(GENES))]
        if rows.empty:
            types = sorted(set(heads.gene_type))
            raise InputError(
                f"{path}: no gene of type {gene_type}; its types are {', '.join(types[:6])}: choose one with --gene-type, or give "
                f"'all'{meant(gene_type, types)}"
            )
    rows = rows.assign(gene_name=rows.gene_name.where(rows.gene_name != "", rows.gene_id))
    rows = _on_genome(rows, path, sizes, match) if sizes else rows
    return loci.apart(rows, genes_of_rows(rows, by_transcript=True), path)


def _on_genome(rows: pd.DataFrame, path: Path, sizes: Mapping[str, int], match: bool) -> pd.DataFrame:
    """The rows by the genome's chromosome names; genes elsewhere are counted and left out."""
    names = chroms.renames(rows.chrom.unique(), sizes, path, match)
    here = rows.chrom.isin(list(names))
    if not here.all():
        at = rows[["gene_id", "chrom"]].drop_duplicates()
        lost = at[~at.chrom.isin(list(names))]
        Note.GENES_ELSEWHERE.add(path=path, n=len(lost), total=len(at), chromosomes=chroms.some(sorted(set(lost.chrom))))
    rows = rows[here]
    return rows.assign(chrom=rows.chrom.map(names))


def genes(rows: pd.DataFrame, path: Path, sizes: Mapping[str, int] | None = None) -> list[Gene]:
    """The genes of what `locate` found, sorted by chromosome, start and id.

    Raises:
        InputError: a gene twice at one place, a strand other than + and -, an end not past its start, or past its chromosome.
    """
    frame = genes_of_rows(rows)
    _check(frame, path, sizes)
    columns = [frame[c].tolist() for c in ("gene_id", "gene_name", "chrom", "start", "end", "strand", "tss")]
    found = [Gene(i, name or i, Interval(c, a, b), Strand(s), tss) for i, name, c, a, b, s, tss in zip(*columns, strict=True)]
    return sorted(found, key=lambda g: (g.body.chrom, g.body.start, g.gene_id))


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
    gff = bool(rows.attributes.iloc[0:100].str.contains(r"^\s*\w+=").any())
    rows = (_gff_ids if gff else _gtf_ids)(rows)
    rows["gene_id"] = tables.unversioned(rows.gene_id)
    return rows[KEPT]


def _value(rows: pd.DataFrame, *names: str, gff: bool = False) -> "pd.Series[str]":
    """The first attribute of `names` that a row has; "" where it has none."""
    found = pd.Series("", index=rows.index)
    for name in names:
        pattern = rf"(?:^|;)\s*{name}=([^;]*)" if gff else rf'(?:^|;)\s*{name}\s+"?([^";]*)"?'
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


def genes_of_rows(rows: pd.DataFrame, by_transcript: bool = False) -> pd.DataFrame:
    """The gene rows, and for genes without one the extent of their other rows: of each gene, or of each transcript (then of
    the transcript rows where it has such); the index is the line number, of an extent its first line's.
    """
    heads = rows[rows.feature.isin(GENES)]
    parts = rows[~rows.gene_id.isin(heads.gene_id) & (rows.gene_id != "")]
    if len(parts):
        key = ["gene_id", "chrom", "strand"]
        if by_transcript:
            whole = parts[parts.feature.isin(TRANSCRIPTS)]
            parts, key = parts[~parts.gene_id.isin(whole.gene_id)], [*key, "transcript_id"]
            heads = pd.concat([heads, whole])
        rule = {"start": "min", "end": "max", "gene_name": "first", "gene_type": "first", "line": "first"}
        extents = parts.assign(line=parts.index).groupby(key, sort=False, as_index=False).agg(rule)
        heads = pd.concat([heads, extents.set_index("line").rename_axis(None)])
    tss = heads.start.where(heads.strand == "+", heads.end - 1)
    return heads.assign(tss=heads.tss.fillna(tss).astype("int64") if "tss" in heads else tss)


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
    if tss:
        out["tss"] = tables.integers(frame, tss, path)
    return out.assign(feature="gene", transcript_id="")


def _headed(path: Path) -> bool:
    """Whether a line of column names stands above the first line of data, with `#` before it or without."""
    for _, text in lines.numbered(path, None):
        if "start" in re.split(r"[\t,; ]", text.lower()):
            return True
        if not lines.COMMENT.match(text):
            return False
    return False


def _check(frame: pd.DataFrame, path: Path, sizes: Mapping[str, int] | None) -> None:
    """Refuse rows that are no gene."""
    if frame.empty:
        raise InputError(f"{path}: holds no gene")
    tables.refuse(~frame.strand.isin(["+", "-"]), frame.strand, path, "+ or -")
    tables.refuse(frame.gene_id == "", frame.gene_id, path, "an id")
    for name in (frame.gene_id, frame.gene_name):  # they are fields of BED files and of lines that a browser shows
        tables.refuse(name.str.contains(CONTROL), name, path, "a name without tabs and control characters")
    tables.refuse(frame.start < 0, frame.start, path, "0 or more")
    tables.refuse(frame.end <= frame.start, frame.end, path, "a number past the start")
    tables.check_unique(frame.gene_id, path)
    size = frame.chrom.map(sizes) if sizes else frame[["end", "tss"]].max(axis=1) + 1
    beyond = frame[(frame.end > size) | (frame.tss >= size)]
    if len(beyond):
        gene = beyond.iloc[0]
        raise InputError(
            f"{path}: line {beyond.index[0]}: gene {gene.gene_id} ({gene.chrom}:{gene.start}-{gene.end}) lies past the "
            f"{size[beyond.index[0]]} bp of its chromosome; give genes of the FASTA's assembly"
        )
