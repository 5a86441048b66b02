"""A genome store and a cell store of random bases and signals, written without a reader of raw files."""

from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py import files
from seq2exp_py.genome.mrna import FEATURES
from seq2exp_py.store import Store, contents
from seq2exp_py.tracks.contacts import BIN_SIZE, bin_count

TRACKS = ("H3K27ac", "DNase")
SPARSE = 0.1  # share of bases with a signal


def made(folder: Path, window: int, genes: int) -> tuple[Path, Path]:
    """Write both stores; genes lie a tenth of a window apart, a quarter of them on the chromosome for validation."""
    rng = np.random.default_rng(0)
    split = [("chr1", "train", genes - genes // 4), ("chr2", "valid", genes // 4)]
    chromosomes = {chrom: (window // 10) * number + 2 * window for chrom, _, number in split}
    table = pd.DataFrame(
        {"chrom": chrom, "tss": window + i * (window // 10), "split": name} for chrom, name, number in split for i in range(number)
    )
    table.insert(0, "gene_id", [f"gene{i}" for i in range(len(table))])
    table = table.assign(gene_name=table.gene_id, start=table.tss, end=table.tss + 1000, strand="+")
    table = table.assign(sequence_fraction=1.0, **{name: rng.normal(size=len(table)) for name in FEATURES})
    genome, cell = folder / "genome", folder / "cell"
    _genome(genome, chromosomes, table, window, rng)
    _cell(cell, chromosomes, table, window, rng)
    return genome, cell


def _genome(folder: Path, chromosomes: dict[str, int], genes: pd.DataFrame, window: int, rng: np.random.Generator) -> None:
    (folder / "sequence").mkdir(parents=True)
    for chrom, size in chromosomes.items():
        rng.integers(0, 4, size, dtype=np.uint8).tofile(folder / f"sequence/{chrom}.u8")
    (folder / "excluded.bed").write_text("")
    genes.to_parquet(folder / "genes.parquet", index=False)
    names = [f"sequence/{chrom}.u8" for chrom in chromosomes] + ["excluded.bed", "genes.parquet"]
    about = {"name": "random", "chromosomes": chromosomes, "window": window, "min_sequence": 0.0, "splits": "train=chr1;valid=chr2"}
    contents.write_manifest(folder, contents.GenomeManifest(**about, files=sums(folder, names)))


def _cell(folder: Path, chromosomes: dict[str, int], genes: pd.DataFrame, window: int, rng: np.random.Generator) -> None:
    names = ["contacts.npy", "genes.parquet"]
    for track in TRACKS:
        (folder / "signals" / track).mkdir(parents=True)
        for chrom, size in chromosomes.items():
            values = rng.exponential(size=size) * (rng.random(size) < SPARSE)
            values.astype("<f4").tofile(folder / f"signals/{track}/{chrom}.f32")
            names.append(f"signals/{track}/{chrom}.f32")
    half = window // 2
    np.save(folder / "contacts.npy", rng.random((len(genes), bin_count(half, BIN_SIZE))).astype(np.float32))
    mine = {
        "gene_id": genes.gene_id,
        "observed": rng.random(len(genes)),
        "promoter_activity": rng.normal(size=len(genes)),
        "strength": 1.0,
        "crowding": 1.0,
    }
    pd.DataFrame(mine).to_parquet(folder / "genes.parquet", index=False)
    contacts = contents.ContactsInfo(source=None, bin_size=BIN_SIZE, half=half, normalisation=None, scaling="raw")
    said = contents.CellManifest(
        cell="cell",
        genome=contents.GenomeRef(name="random", chromosomes=chromosomes),
        tracks=[contents.TrackInfo(name=track, scale=1.0) for track in TRACKS],
        contacts=contacts,
        expression=contents.ExpressionInfo(source=None),
        files=sums(folder, names),
    )
    contents.write_manifest(folder, said)


def sums(folder: Path, names: list[str]) -> dict[str, str]:
    """Checksums, as a manifest holds them."""
    return {name: files.sha256(folder / name) for name in names}


def opened(genome: Path, cell: Path) -> Store:
    """The stores, read as any other."""
    return Store.open(genome, [cell])
