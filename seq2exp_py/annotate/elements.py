"""Elements: the stretches of a gene's window that the model keeps, in the shape that the mask gives them.

A base counts as kept where (mask - floor) / (1 - floor) >= threshold, and where the mask is at least half of its local maximum, the
highest value within `summit` bp: so a boundary lies at half of the summit or at the threshold, whichever is inner, and two summits
of different height are two elements. The floor is the mask of a base without any evidence (N, no signal), not 0 in every model.
Kept stretches closer than `gap` are one element; blacklisted bases are cut out; what is then shorter than `min_width` is dropped.
The bases around the TSS that a model sees whatever its mask says are one element of class promoter, on its own, which has the score
of the mask as it would be if nothing were forced.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import maximum_filter1d

from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.annotate.rules import Rules
from seq2exp_py.files import whole
from seq2exp_py.genome import Interval, intervals
from seq2exp_py.genome.intervals import stretches
from seq2exp_py.inference.seeds import Floats, Seeds
from seq2exp_py.progress import counted
from seq2exp_py.writers.bigbed import autosql, write_bigbed
from seq2exp_py.writers.palette import CLASS_COLOUR, rgb, shade
from seq2exp_py.writers.table import rows

BED9 = "chrom start end name score strand thick_start thick_end item_rgb".split()
COLUMNS = [*BED9, *"gene gene_id tss_distance mask_mean mask_sd class in_peak rank probability".split()]
DEFINED = 9  # standard BED fields in front
GENES_AT_ONCE = 64  # genes per bedtools call: bounds memory whatever the masks are
Masks = Mapping[str, tuple[Interval, Floats, Floats]]
ANY = 0.004  # least relative mask where elements are chosen by rank: one of the 255 steps that masks are stored in


def least(values: Floats, rules: Rules) -> float:
    """The least relative mask that is kept, of the tokens (n,) outside the forced stretch."""
    if rules.per_gene is not None or not len(values):
        return ANY
    return max(rules.threshold if rules.keep is None else float(np.quantile(values, 1 - rules.keep, method="higher")), ANY)


def forced(seeds: Seeds, tss: int, size: int) -> Interval:
    """The bases of the chromosome around a TSS that the model sees whatever the mask says; `[tss, tss)` where there are none."""
    return Interval("", max(tss - seeds.forced // 2, 0), min(tss + seeds.forced // 2, size))


def kept(seeds: Seeds, window: Interval, mask: Floats, tss: int, size: int, rules: Rules) -> npt.NDArray[np.int64]:
    """Stretches (n, 2) of the chromosome, 0-based half-open, that are kept; forced bases and overhang left out."""
    step = seeds.resolution
    tokens = seeds.relative(mask[::step])
    start = window.start + np.arange(len(tokens)) * step
    middle = forced(seeds, tss, size)
    out = (start + step > middle.start) & (start < middle.end) | (start + step <= 0) | (start >= size)
    summit = maximum_filter1d(np.where(out, 0, tokens), 2 * (rules.summit // step) + 1, mode="constant")
    keep = (tokens >= least(tokens[~out], rules)) & (tokens >= summit / 2) & ~out
    return np.asarray(np.clip(stretches(keep, step) + window.start, 0, size))


def joined(found: pd.DataFrame, blacklist: Path, rules: Rules) -> pd.DataFrame:
    """Merge the stretches of each gene, cut the blacklist out, drop the short: chrom, start, end, gene_id.

    Args:
        found: chrom, start, end, gene_id, sorted by gene and start.
        blacklist: BED3.
        rules: gap and min_width.
    """
    if not len(found):
        return found
    chrom = found.drop_duplicates("gene_id").set_index("gene_id")["chrom"]
    merged = intervals.merge_by(found, "gene_id", rules.gap)
    merged.insert(0, "chrom", merged["gene_id"].map(chrom))
    table = intervals.subtract(merged[["chrom", "start", "end", "gene_id"]], blacklist)
    return table[table["end"] - table["start"] >= rules.min_width]


def measured(
    seeds: Seeds, masks: Masks, elements: pd.DataFrame, genes: pd.DataFrame, evidence: Evidence, rules: Rules
) -> Iterator[dict[str, Any]]:
    """Add what the masks, those of `Seeds.mask` by gene, and the cell say about each element of some genes, promoters included."""
    by_gene = {gene: part[["start", "end"]].to_numpy() for gene, part in elements.groupby("gene_id")}
    for gene in rows(genes):
        window, mask, sd = masks[str(gene.gene_id)]
        middle = forced(seeds, gene.tss, evidence.sizes[window.chrom])
        found = [row(seeds, window, (mask, sd), (int(s), int(e)), gene, evidence) for s, e in by_gene.get(gene.gene_id, ())]
        found = sorted(found, key=lambda r: -r["mask_mean"])[: rules.per_gene]
        yield from ({**one, "rank": rank} for rank, one in enumerate(found, 1))
        if middle.width:
            promoter = row(seeds, window, (mask, sd), (middle.start, middle.end), gene, evidence)
            yield {**promoter, "class": "promoter", "rank": 0}


def row(
    seeds: Seeds, window: Interval, masks: tuple[Floats, Floats], place: tuple[int, int], gene: Any, evidence: Evidence
) -> dict[str, Any]:
    """What the masks (mean, sd) of a gene and the cell say about a place."""
    part, where = slice(place[0] - window.start, place[1] - window.start), Interval(window.chrom, *place)
    middle = where.centre - gene.tss
    return {
        "chrom": window.chrom,
        "start": where.start,
        "end": where.end,
        "gene": gene.gene_name,
        "gene_id": gene.gene_id,
        "tss_distance": middle if gene.strand == "+" else -middle,
        "score": round(1000 * float(seeds.relative(masks[0][part]).mean())),
        "mask_mean": float(masks[0][part].mean()),
        "mask_sd": float(masks[1][part].mean()),
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
        One row per element and gene with the columns of `COLUMNS`, sorted by chrom (lexicographic), start, end, gene_id. The
        rank is that among the gene's elements by mask, 0 for its promoter; `links` adds the probability.
    """
    known = seeds.windows().merge(genes[["gene_id", "gene_name", "strand", "tss"]], on="gene_id")
    out: list[dict[str, Any]] = []
    for at in counted(range(0, len(known), GENES_AT_ONCE), f"{seeds.name} elements (x {GENES_AT_ONCE} genes)"):
        some = known.iloc[at : at + GENES_AT_ONCE].sort_values("gene_id")
        masks = {str(gene): seeds.mask(str(gene)) for gene in some["gene_id"]}
        found = [kept(seeds, *masks[str(g.gene_id)][:2], g.tss, evidence.sizes[g.chrom], rules) for g in rows(some)]
        stretches = some[["chrom", "gene_id"]].loc[some.index.repeat([len(f) for f in found])].reset_index(drop=True)
        stretches[["start", "end"]] = np.concatenate(found)
        table = joined(stretches[["chrom", "start", "end", "gene_id"]], blacklist, rules)
        out += measured(seeds, masks, table, some, evidence, rules)
    return laid_out(pd.DataFrame(out, columns=[c for c in COLUMNS if c not in (*LAYOUT, "probability")]))


LAYOUT = ("name", "strand", "thick_start", "thick_end", "item_rgb")  # columns that only a browser needs


def laid_out(table: pd.DataFrame) -> pd.DataFrame:
    """The element table with the columns of BED9+ in front, in genome order."""
    table["gene"] = table["gene"].astype(str).str.replace(r"\s+", "_", regex=True)
    table["name"], table["strand"] = table["gene"], "."
    table["thick_start"], table["thick_end"] = table["start"], table["end"]
    table["item_rgb"] = [rgb(shade(s, CLASS_COLOUR[k])) for s, k in zip(table["score"], table["class"], strict=True)]
    table["probability"] = np.nan
    return table[COLUMNS].sort_values(["chrom", "start", "end", "gene_id"], ignore_index=True)


def write_elements(table: pd.DataFrame, stem: Path, sizes: dict[str, int]) -> None:
    """Write `<stem>.bed` (BED9+9, no header) and `<stem>.bb`."""
    text = table.assign(**{c: table[c].map("{:.4f}".format) for c in ("mask_mean", "mask_sd", "probability")})
    with whole(stem.with_name(stem.name + ".bed")) as temporary:
        text.to_csv(temporary, sep="\t", header=False, index=False)
    lines = ((r[0], int(r[1]), int(r[2]), "\t".join(map(str, r[3:]))) for r in rows(text))
    write_bigbed(stem.with_name(stem.name + ".bb"), lines, sizes, autosql("elements"), DEFINED)
