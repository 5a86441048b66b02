"""A simulated data set on disk: inputs as a user would have them, and the truth beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.progress import say
from seq2exp_py.simulate import contacts, formats, signals
from seq2exp_py.simulate.config import Config
from seq2exp_py.simulate.world import Cell, World, build

README = """Ground truth of a simulated data set (seq2exp simulate, preset {preset}, seed {seed}). BED, 0-based, half-open.

R_g.bed          R_g, candidates by sequence: every element that carries the planted grammar, in whatever cell it is active, if in any.
                 Chance matches of the motifs elsewhere in the genome are not listed: no factor of this world binds them.
<cell>.R_m.bed   R_m, measured: every element with planted DNase signal (and H3K27ac, except insulators) in the cell, causal or not.
<cell>.R_ag.bed  R_ag, causal: one row per pair of element and gene that it regulates in the cell. An element with two genes has two rows.
                 Knocking the element out lowers the expression of that gene and of no other.
<cell>.genes.tsv what each gene's expression is made of; `cause` is log10 expression before noise.

Columns of R_g and R_m: chrom, start, end, element, score (1000 x strength or activity), ".", kind, module (planted grammar, "." for none).
Columns of R_ag: chrom, start, end, gene_id, score (1000 x share of expression lost on knock-out), strand of the gene, kind, element,
contact, effect. Kinds: promoter, enhancer; in R_g also orphan (no promoter in reach), dormant (chromatin never open); in R_m also
orphan, decoy (signal without grammar), insulator (CTCF: open, loops, regulates nothing).

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
    return named | {"splits": config.splits, "name": f"simulated-{config.preset}-{config.seed}"}


def _genome(world: World, folder: Path) -> None:
    formats.fasta(folder / "genome.fa", world.sequence, world.repeats)
    formats.gtf(folder / "genes.gtf", world.transcripts)
    formats.table(folder / "blacklist.bed", world.layout.blacklist)


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
    formats.cool(place / "contacts.cool", contacts.pixels(world, cell), sizes, world.config.bin_size)
    names = [t.gene.name for t in world.transcripts]
    expression = pd.DataFrame({"gene_id": _ids(world), "gene_name": names, "expression": world.expression(cell)})
    formats.table(place / "expression.tsv", expression, header=True)
    tail = {"HiC": "contacts.cool", "expression": "expression.tsv", "peaks": "peaks.narrowPeak"}
    return rows + [(cell.name, assay, f"{cell.name}/{name}") for assay, name in tail.items()]


def _ids(world: World) -> list[str]:
    return [t.gene.gene_id for t in world.transcripts]


def _truth(world: World, folder: Path) -> None:
    folder.mkdir()
    elements = world.layout.elements.assign(module=world.layout.elements["module"].replace("", "."))
    _regions(folder / "R_g.bed", elements[world.grammatical()], world.strength[world.grammatical()])
    ceilings = []
    for cell in world.cells:
        active = world.measured(cell)
        _regions(folder / f"{cell.name}.R_m.bed", elements[active], cell.activity[active])
        _causal(folder / f"{cell.name}.R_ag.bed", world, cell)
        cause, seen = world.cause(cell), world.expression(cell)
        rows = pd.DataFrame({"gene_id": _ids(world), **world.components(cell), "cause": cause, "expression": seen})
        formats.table(folder / f"{cell.name}.genes.tsv", rows, header=True)
        ceilings.append(f"{cell.name} {np.corrcoef(np.log10(10**cause + 1), np.log10(seen + 1))[0, 1]:.3f}")
    text = README.format(preset=world.config.preset, seed=world.config.seed, ceiling=", ".join(ceilings))
    (folder / "README.txt").write_text(text)


def _regions(path: Path, elements: pd.DataFrame, strength: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    score = np.minimum(np.round(1000 * strength), 1000).astype(int)
    rows = elements[["chrom", "start", "end", "id"]].assign(
        score=score, strand=".", kind=elements["kind"], module=elements["module"]
    )
    formats.table(path, rows)


def _causal(path: Path, world: World, cell: Cell) -> None:
    pairs = world.causal(cell)
    genes = [world.transcripts[g].gene for g in pairs["gene"]]
    at = world.layout.elements.iloc[pairs["element"].to_numpy()].reset_index(drop=True)
    rows = at[["chrom", "start", "end"]].assign(
        name=[g.gene_id for g in genes],
        score=np.round(1000 * pairs["effect"]).astype(int),
        strand=[str(g.strand) for g in genes],
        kind=at["kind"],
        element=at["id"],
        contact=pairs["contact"],
        effect=pairs["effect"],
    )
    formats.table(path, rows)
