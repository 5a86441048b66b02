"""Genes with predicted and observed expression, as a bigBed."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.writers.bigbed import autosql, write_bigbed
from seq2exp_py.writers.palette import BLUE, rgb, shade
from seq2exp_py.writers.table import rows

COLUMNS = "chrom start end name score strand thick_start thick_end item_rgb gene_id predicted observed residual split".split()
DEFINED = 9  # standard BED fields in front


def with_expression(genes: pd.DataFrame, table: Path) -> pd.DataFrame:
    """The genes of a genome store that a model predicts, with the columns of its `*.expression.tsv`.

    Args:
        genes: gene_id, gene_name, chrom, start, end, strand, tss.
        table: the full expression table of `seq2exp annotate`.
    """
    expression = pd.read_csv(table, sep="\t", dtype={"gene_id": str, "gene_name": str}, keep_default_na=False, na_values=["NA"])
    places = genes[["gene_id", "chrom", "start", "end", "strand", "tss"]]
    return places.merge(expression, on="gene_id").sort_values(["chrom", "start", "end", "gene_id"], ignore_index=True)


def write_genes(table: pd.DataFrame, sizes: Mapping[str, int], path: Path) -> None:
    """Write the table of `with_expression` as bigBed 9+5 (writers/genes.as)."""
    top = max(float(table["predicted"].max()), 1e-6)
    score = (table["predicted"].clip(0, top) / top * 1000).round().astype(int)
    thick = np.clip(table["tss"], table["start"], table["end"] - 1)
    text = {c: table[c].map("{:.3f}".format).replace("nan", "NA") for c in ("predicted", "observed", "residual")}
    out = table.assign(name=table["gene_name"].where(table["gene_name"] != "", table["gene_id"]), score=score, **text)
    out = out.assign(thick_start=thick, thick_end=thick + 1, item_rgb=[rgb(shade(s, BLUE)) for s in score])
    lines = ((r[0], int(r[1]), int(r[2]), "\t".join(map(str, r[3:]))) for r in rows(out[COLUMNS]))
    write_bigbed(path, lines, sizes, autosql("genes"), DEFINED)
