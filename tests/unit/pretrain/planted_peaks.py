"""A genome of four chromosomes whose peaks hold a motif, and two cells that open half of them each."""

from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.files import sha256
from seq2exp_py.genome.mrna import FEATURES
from seq2exp_py.store import contents

SIZES = dict.fromkeys(("chr1", "chr2", "chr3", "chr4"), 100_000)
SPLIT = {"chr1": "train", "chr2": "train", "chr3": "train", "chr4": "test"}
MOTIF = {"A": "GATTACAGATT", "B": "CCGTCACCGTC"}
SPACING, WIDTH = 800, 200
SMALL = {"folds": 2, "filters": 16, "channels": 8, "hidden": 8, "epochs": 1, "batch": 32, "jitter": 20, "save_steps": 10}
LEARNS = {**SMALL, "least_steps": 200, "lr": 0.01}
QUICK = {**SMALL, "least_steps": 24}


def close(folder: Path, manifest: contents.Manifest) -> Path:
    manifest.files = {str(p.relative_to(folder)): sha256(p) for p in folder.rglob("*") if p.is_file()}
    contents.write_manifest(folder, manifest)
    return folder


def peaks_of(cell: str) -> list[int]:
    """Starts of the peaks of a cell on every chromosome."""
    return list(range(2_000 + (SPACING if cell == "B" else 0), 98_000, 2 * SPACING))


def write_genome(folder: Path, split: dict[str, str] = SPLIT, sequence: bool = True) -> Path:
    rng = np.random.default_rng(0)
    (folder / "sequence").mkdir(parents=True)
    for chrom in split if sequence else []:
        codes = rng.integers(0, 4, SIZES[chrom]).astype("u1")
        for cell, motif in MOTIF.items():
            for start in peaks_of(cell):
                for at in (start + 40, start + 80, start + 140):
                    codes[at : at + len(motif)] = ["ACGT".index(base) for base in motif]
        codes[:500] = 4
        codes.tofile(folder / "sequence" / f"{chrom}.u8")
    rows = [(f"{c}_g", "g", c, 30_000, 30_100, "+", 30_000, s, 1.0) for c, s in split.items()]
    names = ["gene_id", "gene_name", "chrom", "start", "end", "strand", "tss", "split", "sequence_fraction"]
    pd.DataFrame(rows, columns=names).assign(**dict.fromkeys(FEATURES, 0.1)).to_parquet(folder / "genes.parquet")
    (folder / "excluded.bed").write_text("chr1\t10000\t10200\n")
    sizes = {chrom: SIZES[chrom] for chrom in split}
    return close(folder, contents.GenomeManifest(name="toy", chromosomes=sizes, window=1024, min_sequence=0.9, splits=""))


def write_cell(folder: Path, cell: str, chroms: tuple[str, ...] = tuple(SIZES), called: bool = True, tracks: bool = True) -> Path:
    """Accessibility is Poisson background, and 20 inside the cell's peaks; `called` whether the store has those as peaks."""
    rng = np.random.default_rng(len(cell))
    genes = [f"{c}_g" for c in chroms]
    for chrom in chroms:
        signal, flags = rng.poisson(1.0, SIZES[chrom]).astype("<f4"), np.zeros(SIZES[chrom], "u1")
        for start in peaks_of(cell):
            signal[start : start + WIDTH] = 20 + np.hanning(WIDTH)
            flags[start : start + WIDTH] = 1
        for name, values, wanted in (("signals/DNase", signal, tracks), ("peaks", flags, called)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            if wanted:
                values.tofile(folder / name / f"{chrom}.{'f32' if name != 'peaks' else 'u8'}")
    np.save(folder / "contacts.npy", np.full((len(genes), 9), 0.3, np.float32))
    (folder / "contacts.json").write_text("{}")
    table = {"gene_id": genes, "observed": np.float32(1), "promoter_activity": np.float32(1), "strength": 1.0, "crowding": 1.0}
    pd.DataFrame(table).to_parquet(folder / "genes.parquet")
    manifest = contents.CellManifest(
        cell=cell,
        genome=contents.GenomeRef(name="toy", chromosomes={c: SIZES[c] for c in chroms}),
        tracks=[contents.TrackInfo(name="DNase", scale=10.0, level=1.0, spread=1.0)] if tracks else [],
        contacts=contents.ContactsInfo(source=None, bin_size=128, half=512, normalisation=None, scaling="raw"),
        expression=contents.ExpressionInfo(source="toy"),
    )
    return close(folder, manifest)
