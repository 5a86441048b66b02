"""Small stores and prediction folders as the stages before write them, for the tests of annotate, evaluate and report."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from seq2exp_py.store.contents import VERSION

SIZES = {"chr1": 60_000, "chr10": 30_000, "chr2": 41_234}
WINDOW = 8_000
FEATURES = "utr5_length cds_length intron_length utr3_length utr5_gc cds_gc utr3_gc exon_density".split()


def genes() -> pd.DataFrame:
    """Genes on both strands, windows over both chromosome ends, overlapping windows, one window of its own."""
    rows = [
        ("G09", "EDGE", "chr1", 500, "+", "train"),
        ("G01", "PLUS", "chr1", 20_000, "+", "train"),
        ("G02", "MINUS", "chr1", 23_000, "-", "train"),
        ("G03", "NEAR", "chr1", 23_001, "+", "valid"),
        ("G04", "ALONE", "chr1", 45_000, "-", "test"),
        ("G05", "LAST", "chr10", 29_900, "-", "test"),
        ("G06", "TWO WORDS", "chr2", 20_000, "+", "test"),
        ("G07", "END", "chr2", 41_000, "+", "test"),
    ]
    table = pd.DataFrame(rows, columns=["gene_id", "gene_name", "chrom", "tss", "strand", "split"])
    table["start"], table["end"] = table["tss"], table["tss"] + 200
    table["sequence_fraction"] = 1.0
    return table.assign(**dict.fromkeys(FEATURES, 0.0)).sort_values(["chrom", "start", "gene_id"], ignore_index=True)


def _finish(folder: Path, manifest: dict) -> Path:
    files = [p for p in folder.rglob("*") if p.is_file()]
    manifest["files"] = {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def genome_store(folder: Path, blacklist: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "excluded.bed").write_text(blacklist)
    genes().to_parquet(folder / "genes.parquet")
    said = {"name": "small", "chromosomes": SIZES, "window": WINDOW, "min_sequence": 0.95, "splits": ""}
    return _finish(folder, {"format": "seq2exp-genome", "version": VERSION, "inputs": {}, **said})


def cell_store(folder: Path, cell: str = "K562", signals: dict | None = None, peaks: dict | None = None) -> Path:
    """`signals`: {track: {chrom: [(start, end, value), …]}}; `peaks`: {chrom: [(start, end), …]}."""
    folder.mkdir(parents=True)
    for track, by_chrom in (signals or {}).items():
        for chrom, parts in by_chrom.items():
            values = np.zeros(SIZES[chrom], "<f4")
            for start, end, value in parts:
                values[start:end] = value
            (folder / "signals" / track).mkdir(parents=True, exist_ok=True)
            values.tofile(folder / "signals" / track / f"{chrom}.f32")
    for chrom, parts in (peaks or {}).items():
        values = np.zeros(SIZES[chrom], "u1")
        for start, end in parts:
            values[start:end] = 1
        (folder / "peaks").mkdir(exist_ok=True)
        values.tofile(folder / "peaks" / f"{chrom}.u8")
    table = genes()
    np.save(folder / "contacts.npy", np.zeros((len(table), 9), np.float32))
    (folder / "contacts.json").write_text("{}")
    observed = np.linspace(0.5, 2.5, len(table)).astype(np.float32)
    mine = {"gene_id": table["gene_id"], "observed": observed, "promoter_activity": 1.0, "strength": 1.0, "crowding": 1.0}
    pd.DataFrame(mine).to_parquet(folder / "genes.parquet")
    tracks = [{"name": n, "scale": 1.0, "mean": 0.1, "p99": 2.0, "nonzero": 0.1} for n in ("H3K27ac", "DNase")]
    contacts = {"source": None, "bin_size": 1000, "half": WINDOW // 2, "normalisation": None, "scaling": "raw"}
    said = {"cell": cell, "genome": {"name": "small", "chromosomes": SIZES}, "tracks": tracks, "contacts": contacts}
    said["expression"] = {"source": "table.tsv"}
    return _finish(folder, {"format": "seq2exp-cell", "version": VERSION, "inputs": {}, **said})


def masks_of(rng: np.random.Generator, n: int, bins: int, blocks: int = 8) -> np.ndarray:
    """Masks that are flat in stretches, as real ones are: (n, bins) uint8."""
    edges = np.sort(rng.integers(0, bins, (n, blocks)), axis=1)
    level = rng.integers(0, 256, (n, blocks + 1)).astype(np.uint8)
    at = (np.arange(bins)[None, :, None] >= edges[:, None, :]).sum(axis=2)
    return np.take_along_axis(level, at, axis=1)


def prediction(
    folder: Path,
    model: str = "seq2exp_soft",
    cell: str = "K562",
    seed: int = 1,
    mean: np.ndarray | None = None,
    sd: np.ndarray | None = None,
    masked: bool = True,
    resolution: int = 1,
    floor: float | None = 0.2,
    table: pd.DataFrame | None = None,
    noise: float = 0.2,
    forced: int = 2000,
    tau: float | None = None,
    trained_on: tuple[str, ...] = (),
) -> Path:
    """A prediction folder; random but repeatable masks and predictions where none are given. Rows of the masks = `genes()`."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    known = genes() if table is None else table
    observed = known["observed"].to_numpy() if "observed" in known else np.linspace(0.5, 2.5, len(known))
    rows = known[["gene_id", "gene_name", "split"]].assign(cell=cell, observed=observed)
    rows["predicted"] = known["predicted"] if "predicted" in known else observed + rng.normal(0, noise, len(known))
    rows["sd"] = np.nan
    rows["mask_ratio"] = rng.uniform(0.05, 0.2, len(known)) if masked else np.nan
    rows.to_parquet(folder / "expression.parquet")
    if masked:
        bins = WINDOW // resolution
        mean = masks_of(rng, len(known), bins) if mean is None else mean
        sd = masks_of(rng, len(known), bins) // 8 if sd is None else sd
        (folder / "masks").mkdir()
        mean.astype(np.uint8).tofile(folder / "masks" / "mean.u8")
        sd.astype(np.uint8).tofile(folder / "masks" / "sd.u8")
        start = known["tss"] - WINDOW // 2
        index = known[["gene_id", "chrom"]].assign(start=start, end=start + WINDOW, row=range(len(known)))
        index.to_parquet(folder / "masks" / "index.parquet")
    said = {
        "model": model,
        "cell": cell,
        "seed": seed,
        "preset": "tiny",
        "resolution": resolution,
        "window": WINDOW,
        "floor": floor,
        "forced": forced if masked else 0,
        "tau": tau,
        "trained_on": list(trained_on) or None,
    }
    said |= {"device": "cpu", "seconds_per_gene": 0.01, "samples_seen": 100, "parameters": 1000, "masked": masked}
    (folder / "manifest.json").write_text(json.dumps({"format": "seq2exp-prediction", "version": 1, **said}))
    return folder
