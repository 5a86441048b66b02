"""Links: an arc from each element to the TSS of its gene, for UCSC (bigInteract) and for IGV and bedtools (BEDPE)."""

from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.files import whole
from seq2exp_py.writers.bigbed import autosql, write_bigbed
from seq2exp_py.writers.palette import rgb, shade
from seq2exp_py.writers.table import rows

DEFINED = 5  # bigInteract is BED5+13
BEDPE = "chrom1 start1 end1 chrom2 start2 end2 name score strand1 strand2 color class tss_distance".split()


def links(elements: pd.DataFrame, genes: pd.DataFrame, source: str) -> pd.DataFrame:
    """Every element that does not hold the TSS of its own gene, with that TSS, in the columns of bigInteract.

    Args:
        elements: table of `elements.call`.
        genes: gene_id, strand, tss (0-based) of the genome store.
        source: cell and model, written as the experiment.

    Returns:
        One row per link, sorted by chrom (lexicographic) and start; plus `tss_distance` and `class`, which BEDPE carries.
    """
    table = elements.merge(genes[["gene_id", "tss", "strand"]], on="gene_id", suffixes=("", "_gene"))
    table = table[(table["tss"] < table["start"]) | (table["tss"] >= table["end"])]
    out = pd.DataFrame(
        {
            "chrom": table["chrom"],
            "start": np.minimum(table["start"], table["tss"]),
            "end": np.maximum(table["end"], table["tss"] + 1),
            "name": table["gene"] + "|" + table["chrom"] + ":" + table["start"].astype(str) + "-" + table["end"].astype(str),
            "score": table["score"],
            "value": table["mask_mean"].map("{:.4f}".format),
            "exp": source,
            "color": [rgb(shade(s)) for s in table["score"]],
            "source_chrom": table["chrom"],
            "source_start": table["start"],
            "source_end": table["end"],
            "source_name": table["class"],
            "source_strand": ".",
            "target_chrom": table["chrom"],
            "target_start": table["tss"],
            "target_end": table["tss"] + 1,
            "target_name": table["gene"],
            "target_strand": table["strand_gene"],
            "tss_distance": table["tss_distance"],
            "class": table["class"],
        }
    )
    return out.sort_values(["chrom", "start", "end", "name"], ignore_index=True)


def write_links(table: pd.DataFrame, stem: Path, sizes: dict[str, int]) -> None:
    """Write `<stem>.bb` (bigInteract) and `<stem>.bedpe` (one header line that starts with `#`)."""
    interact = table.drop(columns=["tss_distance", "class"])
    lines = ((r[0], int(r[1]), int(r[2]), "\t".join(map(str, r[3:]))) for r in rows(interact))
    write_bigbed(stem.with_name(stem.name + ".bb"), lines, sizes, autosql("links"), DEFINED)
    ends = ["source_chrom", "source_start", "source_end", "target_chrom", "target_start", "target_end"]
    pairs = table[[*ends, "name", "score", "source_strand", "target_strand", "color", "class", "tss_distance"]]
    pairs = pairs.set_axis(BEDPE, axis=1).sort_values(["chrom1", "start1", "start2", "name"])
    with whole(stem.with_name(stem.name + ".bedpe")) as temporary, temporary.open("w") as handle:
        handle.write("#")
        pairs.to_csv(handle, sep="\t", index=False)
