"""Links as files: the whole table, that of the ABC model, and arcs for UCSC (bigInteract) and for IGV and bedtools (BEDPE)."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.annotate.linked import COLUMNS
from seq2exp_py.files import whole
from seq2exp_py.writers.bigbed import autosql, write_bigbed
from seq2exp_py.writers.palette import rgb, shade
from seq2exp_py.writers.table import rows

DEFINED = 5  # bigInteract is BED5+13
BEDPE = "chrom1 start1 end1 chrom2 start2 end2 name score strand1 strand2 color class tss_distance probability mask place".split()
ABC = (  # columns of the ABC model's EnhancerPredictions that mean the same here, then ours
    "chr start end name class activity_base TargetGene TargetGeneTSS TargetGeneEnsembl_ID distance isSelfPromoter CellType "
    "ABC.Score Seq2Exp.Mask Seq2Exp.Probability"
).split()
CLASSES = {"promoter": "promoter", "DNase": "intergenic", "H3K27ac": "intergenic", "none": "intergenic"}


def own_promoter(table: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a place holds the TSS of the gene that it is linked to."""
    return (table["tss"] >= table["start"]) & (table["tss"] < table["end"])


def arcs(table: pd.DataFrame, threshold: float, source: str) -> pd.DataFrame:
    """The links of active or expressed genes from a probability on, without a gene's own promoter, in the columns of bigInteract.

    The probability was fitted to genes that are expressed or have an active promoter; the evidence around a silent one has
    nothing else to be shared with. A table of expression alone would hide too much: a quarter of what CRISPRi found in K562.

    Args:
        table: table of `linked.link`.
        threshold: least probability.
        source: cell and model, written as the experiment.

    Returns:
        One row per link, sorted by chrom (lexicographic) and start; plus what BEDPE carries besides.
    """
    on = (table["active"] == "yes") | (table["expressed"] == "yes")
    table = table[(table["probability"] >= threshold) & on & ~own_promoter(table)]
    score = (1000 * table["probability"]).round().astype(int)
    out = pd.DataFrame(
        {
            "chrom": table["chrom"],
            "start": np.minimum(table["start"], table["tss"]),
            "end": np.maximum(table["end"], table["tss"] + 1),
            "name": table["gene"] + "|" + table["chrom"] + ":" + table["start"].astype(str) + "-" + table["end"].astype(str),
            "score": score,
            "value": table["probability"].map("{:.4f}".format),
            "exp": source,
            "color": [rgb(shade(s)) for s in score],
            "source_chrom": table["chrom"],
            "source_start": table["start"],
            "source_end": table["end"],
            "source_name": table["class"],
            "source_strand": ".",
            "target_chrom": table["chrom"],
            "target_start": table["tss"],
            "target_end": table["tss"] + 1,
            "target_name": table["gene"],
            "target_strand": table["strand"],
            "tss_distance": table["tss_distance"],
            "class": table["class"],
            "mask": table["mask"].map(lambda v: "NA" if np.isnan(v) else f"{v:.4f}"),
            "place": table["place"],
        }
    )
    return out.sort_values(["chrom", "start", "end", "name"], ignore_index=True)


def write_links(table: pd.DataFrame, threshold: float, stem: Path, source: str, sizes: dict[str, int]) -> None:
    """Write `<stem>.tsv.gz` (every link), and of those from the threshold on `<stem>.bb` (bigInteract) and `<stem>.bedpe`."""
    write_gzipped(table[COLUMNS], stem.with_name(stem.name + ".tsv.gz"))
    drawn = arcs(table, threshold, source)
    interact = drawn.drop(columns=["tss_distance", "class", "mask", "place"])
    lines = ((r[0], int(r[1]), int(r[2]), "\t".join(map(str, r[3:]))) for r in rows(interact))
    write_bigbed(stem.with_name(stem.name + ".bb"), lines, sizes, autosql("links"), DEFINED)
    ends = ["source_chrom", "source_start", "source_end", "target_chrom", "target_start", "target_end"]
    said = ["name", "score", "source_strand", "target_strand", "color", "class", "tss_distance", "value", "mask", "place"]
    pairs = drawn[[*ends, *said]].set_axis(BEDPE, axis=1).sort_values(["chrom1", "start1", "start2", "name"])
    with whole(stem.with_name(stem.name + ".bedpe")) as temporary, temporary.open("w") as handle:
        handle.write("#")
        pairs.to_csv(handle, sep="\t", index=False)


def abc_table(table: pd.DataFrame, cell: str) -> pd.DataFrame:
    """The links with the column names of the ABC model's EnhancerPredictions, where the meaning is the same.

    activity_base is the geometric mean of the activity tracks, in units of the cell's scale; ABC.Score the share of the gene's
    evidence in its window that the element holds, by this package's activity and contact.
    """
    name = table["class"].map(CLASSES) + "|" + table["chrom"] + ":" + table["start"].astype(str) + "-" + table["end"].astype(str)
    columns = [table["chrom"], table["start"], table["end"], name, table["class"].map(CLASSES), table["activity"], table["gene"]]
    columns += [table["tss"], table["gene_id"], table["tss_distance"].abs(), own_promoter(table)]
    columns += [pd.Series(cell, table.index), table["share"], table["mask"], table["probability"]]
    return pd.concat(columns, axis=1).set_axis(ABC, axis=1)


def write_gzipped(table: pd.DataFrame, path: Path) -> None:
    """Write a table as gzipped TSV with a header, NA where unknown; the same bytes for the same table."""
    with whole(path) as temporary, temporary.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as handle:
        table.to_csv(handle, sep="\t", index=False, float_format="%.5g", na_rep="NA")
