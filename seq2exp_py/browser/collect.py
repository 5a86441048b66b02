"""Find what a run has to show, and write what only browsers need: signals, expression bars, genes, sequence."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2exp_py.browser import extra, signals
from seq2exp_py.browser.assemblies import is_native
from seq2exp_py.browser.catalogue import Catalogue, Genome, Track, symbol
from seq2exp_py.browser.genes import with_expression, write_genes
from seq2exp_py.browser.kinds import KINDS
from seq2exp_py.errors import InputError
from seq2exp_py.models.rows import label
from seq2exp_py.store import Store
from seq2exp_py.store.read import CellStore, GenomeStore
from seq2exp_py.store.sequence import SequenceStore
from seq2exp_py.writers.twobit import write_twobit

GENES = ["gene_id", "gene_name", "chrom", "start", "end", "strand", "tss"]


@dataclass(frozen=True)
class Annotation:
    """What `seq2exp annotate` wrote of one cell × model; `folder` is the cell's folder inside the results."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def cell(self) -> str:
        """The cell."""
        return str(self.manifest["cell"])

    @property
    def model(self) -> str:
        """The model."""
        return str(self.manifest["model"])

    @property
    def name(self) -> str:
        """`<cell>.<model>`, the stem of its files."""
        return f"{self.cell}.{self.model}"

    def file(self, name: str) -> Path | None:
        """A file of the cell's folder, if it is there."""
        path = self.folder / name
        return path if path.is_file() else None

    @property
    def table(self) -> Path:
        """Its full expression table."""
        return self.folder / "expression" / f"{self.name}.expression.tsv"


def annotations(results: Path) -> list[Annotation]:
    """The annotations below a results folder, Seq2Exp's models before the others.

    Raises:
        InputError: there is none.
    """
    files = sorted(results.glob("*/annotation/*.json"))
    if not files:
        raise InputError(
            f"{results}: no <cell>/annotation/<cell>.<model>.json in it; give the folder that holds the cells' folders"
        )
    found = [Annotation(f.parent.parent, json.loads(f.read_text())) for f in files]
    return sorted(found, key=lambda a: (a.cell, not a.model.startswith("seq2exp"), a.model))


@dataclass(frozen=True)
class Collector:
    """Writes into `out`; paths in the catalogue start with `out`'s name, as it will lie beside the cells' folders."""

    results: Path
    out: Path
    name: str
    genome: GenomeStore

    @property
    def sizes(self) -> dict[str, int]:
        """Length of every chromosome."""
        return dict(self.genome.chromosomes)

    def own(self, path: Path) -> str:
        """Path of a file of this folder, relative to the results."""
        return f"{self.name}/{path.relative_to(self.out).as_posix()}"

    def data(self, cell: CellStore) -> Iterator[Track]:
        """Signals, as they are and on the scale of the mask, peaks and observed expression of a cell."""
        for info in cell.manifest.tracks:
            for kind, change in (("signal", None), ("relative", signals.relative(info.scale))):
                path = self.out / "signals" / f"{cell.name}.{info.name}.{kind}.bw"
                signals.write_signal(cell, info.name, self.sizes, path, change)
                yield Track.model_validate({"kind": kind, "cell": cell.name, "assay": info.name, "path": self.own(path)})
        path = self.out / "signals" / f"{cell.name}.peaks.bb"
        if signals.write_peaks(cell, self.sizes, path):
            yield Track(kind="peaks", cell=cell.name, path=self.own(path))
        observed = self.genome.genes[GENES].assign(value=cell.genes["observed"].to_numpy())
        if observed["value"].notna().any():
            path = self.out / "expression" / f"{cell.name}.observed.bw"
            signals.write_bars(observed, "value", self.sizes, path)
            yield Track(kind="observed", cell=cell.name, path=self.own(path), top=float(observed["value"].max()))

    def sequence(self, known: SequenceStore, cell: str) -> Iterator[Track]:
        """P(open in the cell) by the sequence alone."""
        path = self.out / "signals" / f"{cell}.sequence.bw"
        signals.write_sequence(known, cell, path)
        yield Track(kind="sequence", cell=cell, path=self.own(path), top=KINDS["sequence"].top)

    def annotated(self, found: Annotation) -> Iterator[Track]:
        """What `annotate` wrote of a cell × model: masks, elements, links, every kind whose row names a file."""
        at = {"cell": found.cell, "model": found.model}
        for kind in KINDS.values():
            if kind.path and (path := found.file(kind.path.format(name=found.name))):
                text = self.relative(found.folder / kind.text.format(name=found.name)) if kind.text else ""
                yield Track.model_validate({**at, "kind": kind.name, "path": self.relative(path), "text": text, "top": kind.top})

    def expression(self, found: Annotation) -> Iterator[Track]:
        """Genes and bars of predicted expression of a cell × model."""
        table = with_expression(self.genome.genes, found.table)
        genes, bars = (self.out / "expression" / f"{found.name}.{end}" for end in ("genes.bb", "predicted.bw"))
        write_genes(table, self.sizes, genes)
        signals.write_bars(table, "predicted", self.sizes, bars)
        top = float(table["predicted"].max())
        yield Track(kind="predicted", cell=found.cell, model=found.model, path=self.own(bars), top=top)
        yield Track(kind="genes", cell=found.cell, model=found.model, path=self.own(genes))

    def relative(self, path: Path) -> str:
        """Path of a file of the results, relative to them."""
        return path.relative_to(self.results).as_posix()

    def reference(self) -> Genome:
        """Write chromosome sizes, and the sequence where UCSC does not have it."""
        name = self.genome.manifest.name
        folder = self.out / "genome"
        folder.mkdir(parents=True)
        sizes = folder / f"{symbol(name)}.chrom.sizes"
        sizes.write_text("".join(f"{chrom}\t{size}\n" for chrom, size in self.sizes.items()))
        native, sequence = is_native(name, self.sizes), folder / f"{symbol(name)}.2bit"
        if not native:
            write_twobit(sequence, self.sizes, self.genome.sequence)
        return Genome(
            name=name, native=native, chromosomes=self.sizes, sizes=self.own(sizes), sequence="" if native else self.own(sequence)
        )

    def opening(self, found: Annotation) -> str:
        """The window of the predicted test gene, or gene, of highest expression: where there is something to see."""
        table = with_expression(self.genome.genes, found.table)
        held_out = table[table["split"] == "test"]
        gene = (held_out if len(held_out) else table).nlargest(1, "predicted").iloc[0]
        start, end = max(int(gene.tss) - 50_000, 0), min(int(gene.tss) + 50_000, self.sizes[gene.chrom])
        return f"{gene.chrom}:{start + 1}-{end}"


def collect(
    results: Path, genome: Path, cells: list[Path], extras: Mapping[str, Path], out: Path, name: str, sequence: Path | None = None
) -> Catalogue:
    """Write the tracks that only browsers need into `out`, and list all tracks.

    Args:
        results: folder that holds the cells' folders.
        genome: genome store.
        cells: cell stores of the cells whose data are to be shown.
        extras: tracks of the user's own, BED or BEDPE, by name.
        out: folder to write.
        name: name that `out` will have beside the cells' folders.
        sequence: folder of `seq2exp pretrain`, whose P is shown for the cells that it knows.
    """
    store = Store.open(genome, [])
    by_name = {c.name: c for c in (CellStore(path) for path in cells)}
    found = annotations(results)
    at = Collector(results, out, name, store.genome)
    known = SequenceStore(sequence, store.genome) if sequence else None
    tracks: list[Track] = []
    for cell in sorted({a.cell for a in found}):
        tracks += at.data(by_name[cell]) if cell in by_name else []
        tracks += at.sequence(known, cell) if known and cell in known.cells else []
        for each in (a for a in found if a.cell == cell):
            tracks += [*at.annotated(each), *at.expression(each)]
    tracks += [extra.write(label, path, at.sizes, out, at.own) for label, path in extras.items()]
    genes = out / "genome" / "genes.tsv"
    reference = at.reference()
    store.genes[GENES].to_csv(genes, sep="\t", index=False)
    return Catalogue(
        genome=reference,
        cells=sorted({a.cell for a in found}),
        models=list(
            dict.fromkeys(a.model for a in sorted(found, key=lambda a: (not a.model.startswith("seq2exp"), label(a.model))))
        ),
        tracks=tracks,
        tables={a.name: tables(at, a) for a in found},
        genes=at.own(genes),
        locus=at.opening(found[0]),
    )


def tables(at: Collector, found: Annotation) -> dict[str, str]:
    """The tables of a cell × model that the IGV page lists."""
    elements = found.file(f"elements/{found.name}.bed")
    return {"elements": at.relative(elements) if elements else "", "expression": at.relative(found.table)}
