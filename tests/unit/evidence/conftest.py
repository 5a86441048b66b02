"""A store with two tracks, a blacklist, and contacts of a map for some of its genes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.files import sha256
from seq2exp_py.genome.mrna import FEATURES
from seq2exp_py.store import Store, contents
from seq2exp_py.store.crowding import crowding
from seq2exp_py.tracks.contacts import BIN_SIZE, PSEUDOCOUNT, bin_count, power_law

SIZES = {"chr1": 400_000, "chr2": 60_000}
TSS = {"chr1": [3_000, 120_500, 121_900, 260_000, 395_000], "chr2": [30_000]}
STRENGTH = [0.0, 2.5, 1.0, 0.3, 1.2, 1.0]
WIDTH = 80_000


def genes() -> pd.DataFrame:
    rows = [(f"{c}_{t}", f"{c}_{t}", c, t, t + 100, "+", t, "train", 1.0) for c, places in TSS.items() for t in places]
    names = ["gene_id", "gene_name", "chrom", "start", "end", "strand", "tss", "split", "sequence_fraction"]
    return pd.DataFrame(rows, columns=names).assign(**dict.fromkeys(FEATURES, 0.1))


def close(folder: Path, manifest: contents.Manifest) -> Path:
    inside = [p for p in folder.rglob("*") if p.is_file()]
    manifest.files = {str(p.relative_to(folder)): sha256(p) for p in inside}
    contents.write_manifest(folder, manifest)
    return folder


def write_signals(folder: Path, name: str, draw: np.random.Generator) -> None:
    (folder / "signals" / name).mkdir(parents=True)
    for chrom, size in SIZES.items():
        blocks = draw.gamma(1, 10, size // 500 + 1) * (draw.random(size // 500 + 1) < 0.3) - (draw.random(size // 500 + 1) < 0.1)
        blocks.repeat(500)[:size].astype("<f4").tofile(folder / "signals" / name / f"{chrom}.f32")


def contacts(table: pd.DataFrame, draw: np.random.Generator) -> np.ndarray:
    """log10(c + p + 1): noise around the power law for genes of chr1, one bin masked, the power law for chr2."""
    values = np.empty((len(table), bin_count(WIDTH // 2)), np.float32)
    for row, (chrom, tss) in enumerate(zip(table.chrom, table.tss, strict=True)):
        bins = (tss - WIDTH // 2) // BIN_SIZE + np.arange(values.shape[1])
        raw = power_law(np.abs(bins - tss // BIN_SIZE) * 5000.0) * (draw.gamma(4, 0.25, len(bins)) if chrom == "chr1" else 1)
        values[row] = np.where((bins < 0) | (bins * BIN_SIZE >= SIZES[chrom]), 0, np.log10(raw + PSEUDOCOUNT + 1))
    values[1, 3] = 0
    return values


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> Store:
    folder, table, draw = tmp_path_factory.mktemp("evidence"), genes(), np.random.default_rng(0)
    genome, cell = folder / "genome", folder / "K"
    (genome / "sequence").mkdir(parents=True)
    table.to_parquet(genome / "genes.parquet")
    (genome / "excluded.bed").write_text("chr1\t120800\t121200\nchr1\t125000\t126000\n")
    close(genome, contents.GenomeManifest(name="toy", chromosomes=SIZES, window=WIDTH, min_sequence=0, splits=""))
    for track in ("H3K27ac", "DNase"):
        write_signals(cell, track, draw)
    np.save(cell / "contacts.npy", contacts(table, draw))
    (cell / "contacts.json").write_text("{}")
    mine = {"gene_id": table.gene_id, "observed": np.float32(1), "promoter_activity": np.float32(1), "strength": STRENGTH}
    crowd = crowding(table.chrom.to_numpy(str), table.tss.to_numpy(), np.array(STRENGTH))
    pd.DataFrame(mine).assign(crowding=crowd).to_parquet(cell / "genes.parquet")
    manifest = contents.CellManifest(
        cell="K",
        genome=contents.GenomeRef(name="toy", chromosomes=SIZES),
        tracks=[contents.TrackInfo(name=t, scale=s, level=b, spread=b / 4) for t, s, b in (("H3K27ac", 20, 1), ("DNase", 10, 0.5))],
        contacts=contents.ContactsInfo(source="map", bin_size=BIN_SIZE, half=WIDTH // 2, normalisation="NONE", scaling="powerlaw"),
        expression=contents.ExpressionInfo(source=None),
    )
    close(cell, manifest)
    return Store.open(genome, [cell])
