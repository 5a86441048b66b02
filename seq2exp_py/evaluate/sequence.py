"""Does P say more than the GC content does? Evidence with P, with GC squared, and alone, against CRISPRi and against a simulation.

P of a place is the mean over its tokens, each weighed by its activity, so that evidence times P is the mean over the tokens of
activity times P, times the contact, as in the mask.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

from seq2exp_py.evaluate import controls, pair_scores, truth
from seq2exp_py.evidence import formula
from seq2exp_py.evidence.genes import CellEvidence
from seq2exp_py.genome import Interval
from seq2exp_py.genome.paper import WINDOW
from seq2exp_py.pretrain import grid
from seq2exp_py.store import Store
from seq2exp_py.store.sequence import GATE, SequenceStore
from seq2exp_py.tracks.pairs import Pairs
from seq2exp_py.tracks.truth import load

Floats = npt.NDArray[np.float64]
TOKEN = grid.STEP  # bp: P has no finer detail
KINDS = ("enhancer", "orphan")  # kinds of simulated elements that are open because of their grammar, wherever they lie


class Reading:
    """P and GC of one cell along the genome.

    Args:
        sequence: the folder of `seq2exp pretrain`. store: the genome with the cell. cell: its index.
    """

    def __init__(self, sequence: SequenceStore, store: Store, cell: int):
        self.sequence, self.store, self.name = sequence, store, store.cells[cell]
        self.evidence = CellEvidence(store, cell, width=WINDOW, resolution=TOKEN)
        self._gc: dict[str, Floats] = {}

    def p(self, chrom: str, start: int, end: int) -> Floats:
        """(tokens,) P of the tokens of `[start, end)`; 1 where the sequence is not known, as in the mask."""
        values = self.sequence.per_base(self.name, chrom, start, end)[TOKEN // 2 :: TOKEN]
        return np.nan_to_num(values, nan=1.0).astype(np.float64)

    def gc(self, chrom: str, start: int, end: int) -> Floats:
        """(tokens,) share of G and C within 190 bp of each token."""
        if chrom not in self._gc:
            codes = self.store.genome.sequence(chrom)
            around = grid.composition(np.zeros(0, np.uint8) if codes is None else codes)
            self._gc = {chrom: around.gc / np.maximum(around.known, 1)}
        at = np.arange(start + TOKEN // 2, end, TOKEN) // grid.STEP
        known = self._gc[chrom]
        inside = (at >= 0) & (at < len(known))
        out = np.zeros(len(at))
        out[inside] = known[at[inside]]
        return out


def comparison(sequence: SequenceStore, store: Store, cell: int, path: Path, resamples: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tested pairs of a cell, scored by the evidence times P, the evidence, the evidence times GC squared, P, and GC.

    Args:
        sequence: the folder of `seq2exp pretrain`. store: genome and cells. cell: index of the cell.
        path: table of the ENCODE CRISPR benchmark.
        resamples: bootstrap samples over genes.

    Returns:
        `pair_scores.FIGURES` and `pair_scores.DIFFERENCES`; empty where no pair of the cell lies on a chromosome of the store.
    """
    pairs = Pairs.read(path, store.cells[cell])
    table = pairs.table[pairs.table["chrom"].isin(store.genome.chromosomes)].reset_index(drop=True)
    if table.empty:
        return pd.DataFrame(columns=pair_scores.FIGURES), pd.DataFrame(columns=pair_scores.DIFFERENCES)
    reading = Reading(sequence, store, cell)
    without = controls.scores(reading.evidence, table)[controls.EVIDENCE]
    odds = without / (1 - without) - formula.LEAST
    opened, gc = weighed(reading, reading.p, table), weighed(reading, lambda *at: reading.gc(*at) ** 2, table)
    scores = {"evidence*P": odds * opened, "evidence": odds, "evidence*GC^2": odds * gc, "P": opened, "GC^2": gc}
    gene = pd.factorize(table["gene_id"].where(table["gene_id"].ne(""), table["gene_name"]))[0]
    scored = pair_scores.Scored(
        regulated=table["regulated"].to_numpy(bool),
        gene=gene.astype(np.int64),
        distance=table["distance"].to_numpy(np.float64),
        dataset=table["dataset"].to_numpy(str),
        inside=table["distance"].to_numpy(np.float64) < WINDOW // 2,
        scores=scores,
    )
    return pair_scores.figures(scored, resamples)


def weighed(reading: Reading, of: Callable[[str, int, int], Floats], places: pd.DataFrame) -> Floats:
    """(n,) mean of a value over the tokens of each place, weighed by the cell's activity there; evenly where there is none."""
    out = np.zeros(len(places))
    for i, (chrom, start, end) in enumerate(places[["chrom", "start", "end"]].itertuples(index=False)):
        tokens = max(-(-(end - start) // TOKEN), 1)
        values = of(chrom, start, start + tokens * TOKEN)
        weight = reading.evidence.activity(chrom, start, tokens) + 1e-9
        out[i] = float((values * weight).sum() / weight.sum())
    return out


def decoys(sequence: SequenceStore, store: Store, cell: int, folder: Path) -> pd.DataFrame:
    """How well P alone tells open elements with grammar (enhancers, orphans) from decoys, which are as open, split by split.

    Returns:
        cell, split (of the chromosome's genes, the largest), active, decoys, auroc.
    """
    reading = Reading(sequence, store, cell)
    columns = ["chrom", "start", "end", "id", "score", "strand", "kind", "module"]
    places = pd.read_csv(folder / f"{reading.name}.R_m.bed", sep="\t", names=columns, comment="#", dtype={"chrom": str})
    split = store.genes[store.genes.split != ""].groupby("chrom").split.agg(lambda s: s.mode().iloc[0])
    places["split"] = places.chrom.map(split)
    places["p"] = [float(reading.p(c, a, b).mean()) for c, a, b in places[["chrom", "start", "end"]].itertuples(index=False)]
    rows = []
    for name, part in places.groupby("split"):
        active, decoy = part[part.kind.isin(KINDS)].p, part[part.kind == "decoy"].p
        known = len(active) and len(decoy)
        labels = np.repeat([1, 0], [len(active), len(decoy)])
        area = float(roc_auc_score(labels, np.concatenate([active, decoy]))) if known else float("nan")
        rows.append((reading.name, name, len(active), len(decoy), area))
    return pd.DataFrame(rows, columns=["cell", "split", "active", "decoys", "auroc"])


def planted(sequence: SequenceStore, store: Store, cell: int, folder: Path, split: str = "test") -> pd.DataFrame:
    """`truth.COLUMNS` of the evidence, the evidence times P, with P at the gene's own TSS as a gate as well, and P alone."""
    reading = Reading(sequence, store, cell)
    genes = store.genes[store.genes.split == split]
    row = dict(zip(genes.gene_id, genes.index, strict=True))
    windows: dict[str, Interval] = {}
    parts: dict[str, tuple[Floats, Floats, float]] = {}
    for gene, index in row.items():
        found = reading.evidence.window(reading.evidence.site(index))
        end = found.start + len(found.evidence) * TOKEN
        opened = reading.p(found.site.chrom, found.start, end)
        tss = found.site.tss
        gate = float(reading.p(found.site.chrom, tss - GATE, tss + GATE).max())
        windows[gene] = Interval(found.site.chrom, found.start, end)
        parts[gene] = found.odds(reading.evidence.formula), opened, gate
    sources: Mapping[str, truth.Values] = {
        "evidence": lambda gene: parts[gene][0],
        "evidence*P": lambda gene: parts[gene][0] * parts[gene][1],
        "evidence*P*gate": lambda gene: parts[gene][0] * parts[gene][1] * parts[gene][2],
        "P": lambda gene: parts[gene][1],
    }
    table = truth.score(load(folder, reading.name), windows, sources, {g: int(genes.tss[i]) for g, i in row.items()})
    return table.assign(cell=reading.name)[["cell", *truth.COLUMNS]]


def report(
    sequence: SequenceStore, store: Store, crispri: Path | None, simulated: Path | None, resamples: int
) -> dict[str, pd.DataFrame]:
    """The tables of `seq2exp pretrain --report` by name; the cells that the folder does not know are left out."""
    cells = [i for i, name in enumerate(store.cells) if name in sequence.cells]
    out: dict[str, Sequence[pd.DataFrame]] = {}
    if crispri is not None:
        both = [comparison(sequence, store, i, crispri, resamples) for i in cells]
        out |= {
            name: [pair[k].assign(cell=store.cells[i]) for i, pair in zip(cells, both, strict=True)]
            for k, name in enumerate(("crispri", "crispri_differences"))
        }
    if simulated is not None:
        out["decoys"] = [decoys(sequence, store, i, simulated) for i in cells]
        out["truth"] = [planted(sequence, store, i, simulated) for i in cells]
    return {name: pd.concat(tables, ignore_index=True) for name, tables in out.items()}
