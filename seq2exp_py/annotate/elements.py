"""Elements: the stretches of a gene's window that the model keeps.

A base counts as kept where (mask - floor) / (1 - floor) >= threshold. The floor is the mask of a base without any evidence (N,
no signal), which is not 0: 0.363 for Seq2Exp-soft before training. So the threshold means the same in every model: 0.5 is a base
nearer to "surely kept" than to "nothing known here", and a 0/1 mask gives the same elements at any threshold.
Kept stretches closer than `gap` are one element; blacklisted bases are cut out; what is then shorter than `min_width` is dropped.
Where a model forces the bases around the TSS to 1, they are no finding: they are one element of class promoter, on its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pybedtools

from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.annotate.rules import Rules
from seq2exp_py.files import whole
from seq2exp_py.genome import Interval
from seq2exp_py.inference.seeds import Floats, Seeds
from seq2exp_py.progress import track as progress
from seq2exp_py.writers.bigbed import autosql, write_bigbed
from seq2exp_py.writers.bigwig import runs
from seq2exp_py.writers.palette import CLASS_COLOUR, rgb
from seq2exp_py.writers.table import rows

BED9 = "chrom start end name score strand thick_start thick_end item_rgb".split()
COLUMNS = [*BED9, *"gene gene_id tss_distance mask_mean mask_sd class in_peak".split()]
DEFINED = 9  # standard BED fields in front
FORCED = 2000  # bp around the TSS whose mask Seq2Exp sets to 1
GENES_AT_ONCE = 64  # genes per bedtools call: bounds memory whatever the masks are


def forced(window: Interval, mask: Floats, tss: int) -> tuple[int, int]:
    """The forced stretch around the TSS as indices of the window; empty, (0, 0), where the mask there is not 1 throughout."""
    centre = tss - window.start
    first, last = max(centre - FORCED // 2, 0), min(centre + FORCED // 2, window.width)
    return (first, last) if last > first and bool((mask[first:last] == 1).all()) else (0, 0)


def kept(seeds: Seeds, window: Interval, mask: Floats, tss: int, size: int, threshold: float) -> npt.NDArray[np.int64]:
    """Stretches (n, 2) of the chromosome, 0-based half-open, that reach the threshold; forced bases and overhang left out."""
    keep = seeds.relative(mask) >= threshold
    keep[slice(*forced(window, mask, tss))] = False
    keep[: max(0, -window.start)] = False
    keep[max(0, size - window.start) :] = False
    starts, ends = runs(keep)
    return np.column_stack([starts, ends])[keep[starts]] + window.start


def joined(stretches: pd.DataFrame, blacklist: Path, rules: Rules) -> pd.DataFrame:
    """Merge the stretches of each gene, cut the blacklist out, drop the short: chrom, start, end, gene_id.

    Args:
        stretches: chrom, start, end, gene_id, sorted by gene and start.
        blacklist: BED3.
        rules: gap and min_width.
    """
    if not len(stretches):
        return stretches
    chrom = stretches.drop_duplicates("gene_id").set_index("gene_id")["chrom"]
    by_gene = pybedtools.BedTool.from_dataframe(stretches[["gene_id", "start", "end"]]).merge(d=rules.gap)
    merged = by_gene.to_dataframe(names=["gene_id", "start", "end"], dtype={"gene_id": str})
    merged.insert(0, "chrom", merged["gene_id"].map(chrom))
    out = pybedtools.BedTool.from_dataframe(merged[["chrom", "start", "end", "gene_id"]])
    if blacklist.stat().st_size:
        out = out.subtract(str(blacklist))
    table: pd.DataFrame = out.to_dataframe(names=["chrom", "start", "end", "gene_id"], dtype={"chrom": str, "gene_id": str})
    pybedtools.cleanup()
    return table[table["end"] - table["start"] >= rules.min_width]


def measured(seeds: Seeds, elements: pd.DataFrame, genes: pd.DataFrame, evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Add what the masks and the cell say about each element of some genes, forced promoters included."""
    by_gene = {gene: part[["start", "end"]].to_numpy() for gene, part in elements.groupby("gene_id")}
    for gene in rows(genes):
        window, mask, sd = seeds.mask(str(gene.gene_id))
        size = evidence.sizes[window.chrom]
        found = [(int(s), int(e)) for s, e in by_gene.get(gene.gene_id, ())]
        first, last = forced(window, mask, gene.tss)
        if last:
            on = Interval(window.chrom, window.start + first, window.start + last).clip(size)
            found.append((on.start, on.end))
        for start, end in found:
            part = slice(start - window.start, end - window.start)
            where = Interval(window.chrom, start, end)
            middle = where.centre - gene.tss
            yield {
                "chrom": window.chrom,
                "start": start,
                "end": end,
                "gene": gene.gene_name,
                "gene_id": gene.gene_id,
                "tss_distance": middle if gene.strand == "+" else -middle,
                "score": round(1000 * float(seeds.relative(mask[part]).mean())),
                "mask_mean": float(mask[part].mean()),
                "mask_sd": float(sd[part].mean()),
                "class": evidence.kind(where),
                "in_peak": evidence.in_peak(where),
            }


def call(seeds: Seeds, genes: pd.DataFrame, evidence: Evidence, blacklist: Path, rules: Rules) -> pd.DataFrame:
    """Call the elements of one cell × model.

    Args:
        seeds: predictions with masks.
        genes: genes of the genome store: gene_id, gene_name, strand, tss.
        evidence: the cell's promoters, peaks and signals.
        blacklist: BED3, may be empty.
        rules: threshold, gap, minimum width.

    Returns:
        One row per element and gene with the columns of `COLUMNS`, sorted by chrom (lexicographic), start, end, gene_id.
    """
    known = seeds.windows().merge(genes[["gene_id", "gene_name", "strand", "tss"]], on="gene_id")
    out: list[dict[str, Any]] = []
    for at in progress(range(0, len(known), GENES_AT_ONCE), f"{seeds.name} elements (x {GENES_AT_ONCE} genes)"):
        some = known.iloc[at : at + GENES_AT_ONCE].sort_values("gene_id")
        stretches = []
        for gene in rows(some):
            window, mask, _ = seeds.mask(str(gene.gene_id))
            found = kept(seeds, window, mask, gene.tss, evidence.sizes[window.chrom], rules.threshold)
            stretches.append(
                pd.DataFrame({"chrom": window.chrom, "start": found[:, 0], "end": found[:, 1], "gene_id": gene.gene_id})
            )
        out += measured(seeds, joined(pd.concat(stretches), blacklist, rules), some, evidence)
    return laid_out(pd.DataFrame(out, columns=[c for c in COLUMNS if c not in LAYOUT]))


LAYOUT = ("name", "strand", "thick_start", "thick_end", "item_rgb")  # columns that only a browser needs


def laid_out(table: pd.DataFrame) -> pd.DataFrame:
    """The element table with the columns of BED9+ in front, in genome order."""
    table["gene"] = table["gene"].astype(str).str.replace(r"\s+", "_", regex=True)
    table["name"], table["strand"] = table["gene"], "."
    table["thick_start"], table["thick_end"] = table["start"], table["end"]
    table["item_rgb"] = table["class"].map({kind: rgb(colour) for kind, colour in CLASS_COLOUR.items()})
    return table[COLUMNS].sort_values(["chrom", "start", "end", "gene_id"], ignore_index=True)


def write_elements(table: pd.DataFrame, stem: Path, sizes: dict[str, int]) -> None:
    """Write `<stem>.bed` (BED9+7, no header) and `<stem>.bb`."""
    text = table.assign(mask_mean=table["mask_mean"].map("{:.4f}".format), mask_sd=table["mask_sd"].map("{:.4f}".format))
    with whole(stem.with_name(stem.name + ".bed")) as temporary:
        text.to_csv(temporary, sep="\t", header=False, index=False)
    lines = ((r[0], int(r[1]), int(r[2]), "\t".join(map(str, r[3:]))) for r in rows(text))
    write_bigbed(stem.with_name(stem.name + ".bb"), lines, sizes, autosql("elements"), DEFINED)
