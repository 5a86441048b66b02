"""A simulated data set on disk: inputs as a user would have them, and the truth beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.genome import Interval
from seq2exp_py.progress import say
from seq2exp_py.simulate import contacts, formats, signals
from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.layout import name
from seq2exp_py.simulate.world import Cell, World, build

README = """Ground truth of a simulated data set (seq2exp simulate, {made}). BED, 0-based, half-open.

R_g.bed          R_g, candidates by sequence: every element that carries the planted grammar, in whatever cell it is active, if any.
                 Chance matches of the motifs elsewhere are not listed: no factor of this world binds them.
<cell>.R_m.bed   R_m, measured: every element with planted DNase signal (and H3K27ac, except insulators) in the cell.
<cell>.R_ag.bed  R_ag, causal: one row per pair of element and gene that it regulates in the cell; two genes, two rows.
                 Knocking the element out lowers the expression of its genes and of no other.
<cell>.genes.tsv what each gene's expression is made of; `cause` is log10 expression before noise.

R_g, R_m: chrom, start, end, element, score (1000 x strength or openness), ".", kind, module (planted grammar, "." for none).
R_ag:     chrom, start, end, gene_id, score (1000 x effect), strand of the gene, kind, element, contact,
          effect (share of the gene's expression lost on knock-out of the element alone).
Kinds:    promoter, enhancer; orphan (grammar, but reaches no promoter); dormant (grammar in chromatin that is never open);
          decoy (signal, but no grammar); insulator (CTCF: open, loops, regulates nothing).

Noise ceiling (Pearson of log10(x + 1) of measured expression with its cause, all genes): {ceiling}.
"""


def write(config: Config, out: Path) -> World:
    """Simulate and write a whole data set; the same config writes the same bytes.

    Args:
        config: sizes and constants.
        out: folder to make; it must not exist or be empty, or hold an earlier simulation, which is replaced.

    Returns:
        The world that was written.

    Raises:
        InputError: `out` holds something else.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "truth" / "R_g.bed").exists())):
        raise InputError(f"{out} exists and is no simulated data set: choose another --out, or remove it")
    say(f"simulating a genome of {sum(config.chromosomes) / 1e6:.1f} Mb with {config.genes} genes")
    world = build(config)
    with whole(out) as folder:
        folder.mkdir()
        _genome(world, folder)
        rows = [row for index, cell in enumerate(world.cells) for row in _cell(world, cell, index, folder)]
        pd.DataFrame(rows, columns=["cell", "assay", "path"]).to_csv(folder / "samplesheet.csv", index=False, lineterminator="\n")
        _truth(world, folder / "truth")
        (folder / "params.yaml").write_text(yaml.safe_dump(parameters(config, out.resolve()), sort_keys=False))
    return world


def parameters(config: Config, folder: Path) -> dict[str, str]:
    """The pipeline's parameters for a data set in `folder` (`nextflow run . -params-file params.yaml`)."""
    files = {"input": "samplesheet.csv", "fasta": "genome.fa", "gtf": "genes.gtf", "blacklist": "blacklist.bed", "truth": "truth"}
    named = {key: str(folder / name) for key, name in files.items()}
    return named | {"splits": config.splits, "genome": f"simulated-{config.preset}-{config.seed}"}


def _genome(world: World, folder: Path) -> None:
    formats.fasta(folder / "genome.fa", world.sequence, world.repeats)
    formats.gtf(folder / "genes.gtf", world.transcripts)
    formats.table(folder / "blacklist.bed", pd.DataFrame([_bed(place) for place in world.layout.blacklist]))


def _cell(world: World, cell: Cell, index: int, folder: Path) -> list[tuple[str, str, str]]:
    """Write one cell's files; return its rows of the samplesheet."""
    say(f"simulating cell {cell.name}")
    sizes, place = world.config.sizes, folder / cell.name
    place.mkdir()
    last = len(world.cells) > 1 and index == len(world.cells) - 1
    kinds = dict(zip(("DNase", "H3K27ac"), world.config.formats if last else ("bigwig", "bigwig"), strict=True))
    rows = []
    for assay in signals.ASSAYS:
        suffix, writer = formats.WRITERS[kinds[assay.name]]
        found = signals.reads(world, cell, assay)
        writer(place / f"{assay.name}.{suffix}", found, sizes)
        rows.append((cell.name, assay.name, f"{cell.name}/{assay.name}.{suffix}"))
        if assay is signals.DNASE:
            formats.narrow_peaks(place / "peaks.narrowPeak", signals.call_peaks(found, sizes))
    counts = contacts.pixels(world, cell)
    weights = contacts.balance(counts, sum(-(-size // world.config.bin_size) for size in sizes.values()))
    formats.cool(place / "contacts.cool", counts, weights, sizes, world.config.bin_size)
    names = [t.gene.name for t in world.transcripts]
    expression = pd.DataFrame({"gene_id": _ids(world), "gene_name": names, "expression": world.expression(cell)})
    formats.table(place / "expression.tsv", expression, header=True)
    tail = {"HiC": "contacts.cool", "expression": "expression.tsv", "peaks": "peaks.narrowPeak"}
    return rows + [(cell.name, assay, f"{cell.name}/{name}") for assay, name in tail.items()]


def _ids(world: World) -> list[str]:
    return [t.gene.gene_id for t in world.transcripts]


def _truth(world: World, folder: Path) -> None:
    folder.mkdir()
    _regions(folder / "R_g.bed", world, world.grammatical(), world.strength)
    ceilings = []
    for cell in world.cells:
        _regions(folder / f"{cell.name}.R_m.bed", world, world.measured(cell), cell.chromatin)
        _causal(folder / f"{cell.name}.R_ag.bed", world, cell)
        cause, seen = world.cause(cell), world.expression(cell)
        rows = pd.DataFrame({"gene_id": _ids(world), **world.components(cell), "cause": cause, "expression": seen})
        formats.table(folder / f"{cell.name}.genes.tsv", rows, header=True)
        ceilings.append(f"{cell.name} {np.corrcoef(np.log10(10**cause + 1), np.log10(seen + 1))[0, 1]:.3f}")
    config = world.config
    made = f"preset {config.preset}, seed {config.seed}{config.settings}"
    text = README.format(made=made, ceiling=", ".join(ceilings))
    (folder / "README.txt").write_text(text)


def _regions(path: Path, world: World, kept: NDArray[np.bool_], strength: NDArray[np.float64]) -> None:
    rows = []
    for index in np.flatnonzero(kept):
        element = world.layout.elements[index]
        score = min(1000, round(1000 * float(strength[index])))
        rows.append((*_bed(element.place), name(int(index)), score, ".", element.kind, element.module or "."))
    formats.table(path, pd.DataFrame(rows))


def _causal(path: Path, world: World, cell: Cell) -> None:
    rows = []
    for cause in world.causal(cell):
        element, gene = world.layout.elements[cause.element], world.transcripts[cause.gene].gene
        first = (*_bed(element.place), gene.gene_id, round(1000 * cause.effect), str(gene.strand))
        rows.append((*first, element.kind, name(cause.element), cause.contact, cause.effect))
    formats.table(path, pd.DataFrame(rows))


def _bed(place: Interval) -> tuple[str, int, int]:
    return place.chrom, place.start, place.end
