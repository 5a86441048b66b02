"""The links of a cell × model: every element and other place in reach of a TSS, with what mask and evidence say of it.

Elements are a gene's own (`elements.call`). The other places are the elements of other genes and, where there is none, the cell's
peaks or runs of activity, as far as `reach`; in the gene's window its mask is said too. The strength of a link is the odds that
a base of it acts on the gene, at tau 1, by the evidence: the probability was fitted to that, and the odds of a mask's mean over a
place are not the same. Time and memory are linear in the number of genes.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.annotate.candidates import ACTIVE, candidates
from seq2exp_py.annotate.classes import Evidence
from seq2exp_py.annotate.rules import LinkRules
from seq2exp_py.evidence.genes import CellEvidence, Site
from seq2exp_py.evidence.places import between
from seq2exp_py.evidence.probability import Calibration
from seq2exp_py.evidence.reach import activity_of
from seq2exp_py.genome import Interval
from seq2exp_py.genome.intervals import Places, merge, overlaps
from seq2exp_py.inference.seeds import Seeds
from seq2exp_py.progress import counted

PLACE = "chrom start end class in_peak gene gene_id strand tss tss_distance active expressed place called".split()
SAID = "mask mask_sd activity contact share crowding strength probability".split()
COLUMNS = [*PLACE, *SAID]
PROMOTER = 500  # bp on either side of a TSS whose activity tells whether the gene is active
TARGET = ["gene_id", "gene_name", "strand", "tss"]


def link(
    seeds: Seeds, cell: CellEvidence, elements: pd.DataFrame, evidence: Evidence, calibration: Calibration, rules: LinkRules
) -> pd.DataFrame:
    """Link the elements of a cell × model.

    Args:
        seeds: predictions with masks.
        cell: the evidence of the cell.
        elements: table of `elements.call`.
        evidence: what classes are told by.
        calibration: from strength to probability.
        rules: reach and least probability.

    Returns:
        One row per place and gene with the columns of `COLUMNS`, by chrom (lexicographic), start, end, gene_id: `place` is
        `window` or `outside`; `active` is yes where the gene's promoter is; `expressed` is unknown where the cell's expression of
        the gene is; `called` is yes where the place is an element of the gene; mask and mask_sd are NaN where the gene has no mask
        there. The promoter that holds the gene's own TSS is a row too.
    """
    tables = []
    for chrom in counted(sorted(set(cell.store.genes["chrom"])), f"{seeds.name} links"):
        table = of_chromosome(seeds, cell, elements[elements["chrom"] == chrom], str(chrom), rules)
        table["probability"] = calibration.of(table["strength"].to_numpy(np.float64))
        table = table[(table["probability"] >= rules.least) | (table["called"] == "yes")]
        tables.append(classed(table, evidence))
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def of_chromosome(seeds: Seeds, cell: CellEvidence, own: pd.DataFrame, chrom: str, rules: LinkRules) -> pd.DataFrame:
    """The links of one chromosome, without probability and class."""
    genes = cell.store.genes
    targets = np.flatnonzero((genes["chrom"] == chrom).to_numpy())
    sites = [cell.site(int(gene)) for gene in targets]
    at = {gene: i for i, gene in enumerate(genes["gene_id"].to_numpy()[targets])}
    distal = own[own["rank"] > 0]
    shared, others = merge(distal[["start", "end"]].to_numpy(np.int64)), candidates(cell, chrom)
    places = merge(np.concatenate([shared, others[~overlaps(others, shared)]]))
    which, place = in_reach(places, np.array([s.tss for s in sites], np.int64), rules.reach)
    own_target = own["gene_id"].map(at).to_numpy(np.int64)
    taken = own_target * len(places) + np.searchsorted(places[:, 1], own["start"].to_numpy(np.int64), side="right")
    other = ~np.isin(which * len(places) + place, taken)
    starts = np.concatenate([own["start"].to_numpy(np.int64), places[place[other], 0]])
    ends = np.concatenate([own["end"].to_numpy(np.int64), places[place[other], 1]])
    target = np.concatenate([own_target, which[other]])
    table = between(cell, chrom, starts, ends, sites, target, cell.totals[targets])
    named = genes.iloc[targets[target]][TARGET].reset_index(drop=True).rename(columns={"gene_name": "gene"})
    table = pd.concat([table, named], axis=1).assign(chrom=chrom, start=starts, end=ends)
    table["gene"] = table["gene"].astype(str).str.replace(r"\s+", "_", regex=True)
    middle = (starts + ends) // 2 - table["tss"]
    table["tss_distance"] = np.where(table["strand"] == "+", middle, -middle)
    table["active"] = np.where(promoters(cell, chrom, sites) >= ACTIVE, "yes", "no")[target]
    table["expressed"] = expressed(cell.cell.observed[targets], rules.expressed)[target]
    table["called"] = np.where(np.arange(len(table)) < len(own), "yes", "no")
    half = seeds.window // 2
    inside = (ends > table["tss"] - half) & (starts < table["tss"] + half)
    table["place"] = np.where(inside, "window", "outside")
    return masked(seeds, table)


def promoters(cell: CellEvidence, chrom: str, sites: Sequence[Site]) -> npt.NDArray[np.float64]:
    """Mean activity of the bases within `PROMOTER` bp of each TSS."""
    tss, size = np.array([site.tss for site in sites], np.int64), cell.store.genome.chromosomes[chrom]
    return activity_of(cell, chrom, np.clip(tss - PROMOTER, 0, size - 1), np.clip(tss + PROMOTER, 1, size))


def expressed(observed: npt.NDArray[np.float32], least: float) -> npt.NDArray[np.str_]:
    """(genes,) `yes` or `no` of observed log10(expression + 1), NaN where it is not measured: `unknown`."""
    enough = np.where(observed >= np.float32(np.log10(least + 1)), "yes", "no")
    return np.where(np.isnan(observed), "unknown", enough)


def in_reach(places: Places, tss: npt.NDArray[np.int64], reach: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Index of the TSS and of the place (sorted) for every pair whose distance, TSS to middle, is at most `reach`."""
    middles = places.sum(axis=1) // 2
    first, last = np.searchsorted(middles, tss - reach), np.searchsorted(middles, tss + reach, side="right")
    count = last - first
    place = np.arange(count.sum()) + np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    return np.repeat(np.arange(len(tss)), count), place


def masked(seeds: Seeds, table: pd.DataFrame) -> pd.DataFrame:
    """Add the mask and its sd to links within the windows of predicted genes."""
    mask, sd = np.full(len(table), np.nan), np.full(len(table), np.nan)
    known = set(seeds.windows()["gene_id"])
    starts, ends = table["start"].to_numpy(np.int64), table["end"].to_numpy(np.int64)
    for gene, group in table.groupby("gene_id").indices.items():
        if gene not in known:
            continue
        window, *values = seeds.mask(str(gene))
        all_of = np.asarray(group, np.int64)
        rows = all_of[(ends[all_of] > window.start) & (starts[all_of] < window.end)]
        low, high = (np.clip(x[rows] - window.start, 0, window.width) for x in (starts, ends))
        for out, value in zip((mask, sd), values, strict=True):
            summed = np.concatenate([[0.0], np.cumsum(value, dtype=np.float64)])
            out[rows] = (summed[high] - summed[low]) / (high - low)
    return table.assign(mask=mask, mask_sd=sd)


def classed(table: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Add the class of each place, and whether it is in a peak, in genome order."""
    places = table[["chrom", "start", "end"]].drop_duplicates()
    where = [Interval(str(c), int(s), int(e)) for c, s, e in places.itertuples(index=False)]
    places = places.assign(**{"class": [evidence.kind(w) for w in where], "in_peak": [evidence.in_peak(w) for w in where]})
    table = table.merge(places, on=["chrom", "start", "end"], how="left")
    return table.sort_values(["chrom", "start", "end", "gene_id"], ignore_index=True)


def with_probability(elements: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """The element table with the probability of each element's link to its own gene."""
    keys = ["gene_id", "start", "end"]
    own = links.loc[links["called"] == "yes", [*keys, "probability"]].drop_duplicates(keys)
    return elements.drop(columns="probability").merge(own, on=keys, how="left")[list(elements)]
