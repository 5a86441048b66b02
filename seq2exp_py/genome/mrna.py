"""Eight features of a gene's mRNA (as in Xpresso, Agarwal & Shendure 2020), from annotation and sequence or from a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.genome import tables
from seq2exp_py.genome.intervals import merge

if TYPE_CHECKING:  # the names of the features are read where no FASTA file is
    from seq2exp_py.genome.fasta import Fasta

LENGTHS = ("utr5_length", "cds_length", "intron_length", "utr3_length")
FEATURES = (*LENGTHS, "utr5_gc", "cds_gc", "utr3_gc", "exon_density")
PSEUDO = 0.1  # bp added to a length before the logarithm (Xpresso)
KNOWN = 0.5  # least share of a part's bases that must not be N for its GC to count
PUBLISHED = {  # names in the table that Xpresso derived, in the order of FEATURES: standardised, and as measured
    "utr5_length": ("UTR5LEN_log10zscore", "UTR5LEN"),
    "cds_length": ("CDSLEN_log10zscore", "CDSLEN"),
    "intron_length": ("INTRONLEN_log10zscore", "INTRONLEN"),
    "utr3_length": ("UTR3LEN_log10zscore", "UTR3LEN"),
    "utr5_gc": ("UTR5GC",),
    "cds_gc": ("CDSGC",),
    "utr3_gc": ("UTR3GC",),
    "exon_density": ("ORFEXONDENSITY",),
}
Pieces = NDArray[np.int64]  # (n, 2) stretches [start, end)


def from_annotation(rows: pd.DataFrame, fasta: "Fasta") -> pd.DataFrame:
    """Features of every gene that has a CDS.

    The transcript with the longest CDS stands for its gene (then the longest in exons, then the smallest id). Where the annotation
    has no transcripts, the unions of the gene's exons and CDS do. A stop codon counts as coding. Intron length is the span minus
    UTRs and CDS; exon density is 1000 x number of CDS exons / CDS length, to two decimals; GC is the share among known bases,
    missing where fewer than half are known.

    Args:
        rows: from `annotation.locate`, by the FASTA's chromosome names.
        fasta: the sequence; genes on chromosomes that it lacks have lengths but no GC.

    Returns:
        Index gene_id, columns `FEATURES`: lengths as log10(bp + 0.1), standardised over the genes; NaN where not known.
    """
    parts = rows[rows.feature.isin(["exon", "cds", "stop_codon"]) & (rows.gene_id != "")]
    parts = parts[_coding(parts)]
    chrom, minus, coding = parts.chrom.to_numpy(), (parts.strand == "-").to_numpy(), (parts.feature != "exon").to_numpy()
    pieces = parts[["start", "end"]].to_numpy(np.int64)
    found = {}
    for gene_id, at in sorted(parts.groupby("gene_id").indices.items()):
        at = at[chrom[at] == chrom[at[0]]]
        found[gene_id] = _measure(pieces[at], coding[at], bool(minus[at[0]]), fasta, str(chrom[at[0]]))
    frame = pd.DataFrame.from_dict(found, orient="index", columns=list(FEATURES), dtype=float)
    return standardise(frame)


def _coding(parts: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of the transcripts that stand for their genes; with no transcripts, rows of genes that have a CDS."""
    length = parts.end - parts.start
    coding = length.where(parts.feature != "exon", 0)
    table = pd.DataFrame({"gene": parts.gene_id, "transcript": parts.transcript_id, "cds": coding, "exon": length - coding})
    total = table.groupby(["gene", "transcript"], as_index=False).sum()
    total = total[total.cds > 0].sort_values(["gene", "cds", "exon", "transcript"], ascending=[True, False, False, True])
    chosen = total.drop_duplicates("gene").set_index("gene").transcript
    return parts.transcript_id == parts.gene_id.map(chosen)


def _measure(pieces: Pieces, coding: NDArray[np.bool_], minus: bool, fasta: "Fasta", chrom: str) -> list[float]:
    """Features of the exons and CDS of one transcript or gene, lengths in bp, in the order of `FEATURES`."""
    cds, exons = merge(pieces[coding]), merge(pieces)
    before, after = _within(exons, exons[0, 0], cds[0, 0]), _within(exons, cds[-1, 1], exons[-1, 1])
    utr5, utr3 = (after, before) if minus else (before, after)
    lengths = [_bp(utr5), _bp(cds), 0, _bp(utr3)]
    lengths[2] = int(exons[-1, 1] - exons[0, 0]) - sum(lengths)
    gc = [_gc(p, fasta, chrom) for p in (utr5, cds, utr3)]
    return [*map(float, lengths), *gc, round(1000 * len(cds) / lengths[1], 2)]


def _within(pieces: Pieces, start: int, end: int) -> Pieces:
    cut = np.clip(pieces, start, end)
    return cut[cut[:, 1] > cut[:, 0]]


def _bp(pieces: Pieces) -> int:
    return int((pieces[:, 1] - pieces[:, 0]).sum())


def _gc(pieces: Pieces, fasta: "Fasta", chrom: str) -> float:
    from seq2exp_py.genome.fasta import N

    if not len(pieces) or pieces[-1, 1] > fasta.sizes.get(chrom, 0):
        return np.nan
    codes = np.concatenate([fasta.codes(chrom, int(a), int(b)) for a, b in pieces])
    known = codes[codes != N]
    return float(np.isin(known, [1, 2]).mean()) if len(known) >= KNOWN * len(codes) else np.nan


def standardise(frame: pd.DataFrame, names: Sequence[str] = LENGTHS) -> pd.DataFrame:
    """Lengths in bp -> log10(bp + 0.1), minus its mean, over its standard deviation, over the genes given."""
    frame = frame.copy()
    for name in names:
        value = np.log10(frame[name] + PSEUDO)
        spread = value.std()
        frame[name] = (value - value.mean()) / (spread if spread > 0 else 1.0)
    return frame


def from_table(path: Path) -> pd.DataFrame:
    """Features from a table: our own names, or those of the table that Xpresso derived (`UTR5LEN_log10zscore`, …).

    Lengths are taken as they are where the column is standardised; columns in bp (`UTR5LEN`, …) are standardised here. Genes are
    named by the column gene_id, ENSID or Ensembl_ID, else by the first column.

    Raises:
        InputError: a column is missing, a value is no number, or a gene occurs twice.
    """
    table = tables.read(path)
    key = tables.column(table, "gene_id", "ENSID", "Ensembl_ID", "ensembl_gene_id") or str(table.columns[0])
    ids = tables.unversioned(table[key])
    tables.check_unique(ids, path)
    out, measured = {}, []
    for name in FEATURES:
        column = tables.need(table, path, name, *PUBLISHED[name])
        out[name] = tables.numbers(table, column, path)
        measured += [name] if column.lower() == PUBLISHED[name][-1].lower() and name in LENGTHS else []
    frame = standardise(pd.DataFrame(out), measured)
    return frame.set_axis(pd.Index(ids), axis=0)


def fill(frame: pd.DataFrame, gene_ids: list[str]) -> pd.DataFrame:
    """The features of some genes without gaps: a missing length is 0 (the mean), another feature the mean of the known (0 if none).

    Returns:
        One row per gene in the order of `gene_ids`, columns `FEATURES`, float64.
    """
    chosen = frame.reindex(gene_ids)[list(FEATURES)].astype(float)
    gaps = {name: 0.0 if name in LENGTHS else chosen[name].mean() for name in FEATURES}
    return chosen.fillna(gaps).fillna(0.0).reset_index(drop=True)
