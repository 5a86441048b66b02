"""A small store and batches for the tests of models, training and inference."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from seq2exp_py.files import sha256
from seq2exp_py.genome.mrna import FEATURES
from seq2exp_py.store import contents
from seq2exp_py.store.batch import Batch
from seq2exp_py.store.read import GenomeStore
from seq2exp_py.store.sequence import SequenceManifest

torch.set_num_threads(1)  # the tensors of the tests are too small to share between threads
TRACKS = ("H3K27ac", "DNase", "HiC")
SIZES = {"chr1": 30_000, "chr2": 12_000, "chr3": 12_000}
WINDOW, BIN = 1024, 128


def random_batch(samples: int, width: int, seed: int = 0, tracks: tuple[str, ...] = TRACKS) -> Batch:
    """Random bases, sparse positive signals, random features and targets."""
    g = torch.Generator().manual_seed(seed)
    signals = torch.rand(samples, width, len(tracks), generator=g) * (torch.rand(samples, width, 1, generator=g) > 0.7)
    flags = torch.zeros(samples, width, dtype=torch.bool)
    return Batch(
        sequence=torch.randint(0, 5, (samples, width), generator=g).to(torch.uint8),
        signals=signals * 3,
        scale=torch.ones(samples, len(tracks)),
        background=torch.zeros(samples, len(tracks), 2),
        crowding=torch.ones(samples),
        excluded=flags,
        peaks=flags,
        features=torch.rand(samples, 9, generator=g),
        target=torch.rand(samples, generator=g),
        start=torch.zeros(samples, dtype=torch.int64),
        gene_id=tuple(f"g{seed}_{i}" for i in range(samples)),
        cell=("K562",) * samples,
        tracks=tracks,
    )


def _genes() -> pd.DataFrame:
    rows = []
    for chrom, split, count in (("chr1", "train", 20), ("chr2", "valid", 6), ("chr3", "test", 6)):
        for tss in np.linspace(200, SIZES[chrom] - 200, count).astype(int):
            rows.append((f"{chrom}_{tss}", f"N{tss}", chrom, tss, tss + 100, "+", tss, split, 1.0))
    names = ["gene_id", "gene_name", "chrom", "start", "end", "strand", "tss", "split", "sequence_fraction"]
    return pd.DataFrame(rows, columns=names).assign(**dict.fromkeys(FEATURES, 0.1))


def _close(folder: Path, manifest: contents.Manifest) -> None:
    inside = [p for p in folder.rglob("*") if p.is_file()]
    manifest.files = {str(p.relative_to(folder)): sha256(p) for p in inside}
    contents.write_manifest(folder, manifest)


def write_genome(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    (folder / "sequence").mkdir(parents=True)
    for chrom, size in SIZES.items():
        rng.integers(0, 4, size).astype("u1").tofile(folder / "sequence" / f"{chrom}.u8")
    _genes().to_parquet(folder / "genes.parquet")
    (folder / "excluded.bed").write_text("chr1\t5000\t5200\n")
    _close(folder, contents.GenomeManifest(name="toy", chromosomes=SIZES, window=WINDOW, min_sequence=0.9, splits=""))
    return folder


def write_cell(folder: Path, cell: str, seed: int = 1) -> Path:
    """Expression is what the signals say: log10 of the DNase within 200 bp of the TSS."""
    rng = np.random.default_rng(seed)
    table, total = _genes(), {}
    for track in TRACKS[:-1]:
        (folder / "signals" / track).mkdir(parents=True)
        for chrom, size in SIZES.items():
            values = (rng.gamma(1.0, 1.0, size) * (rng.random(size // 50 + 1) > 0.6).repeat(50)[:size]).astype("<f4")
            values.tofile(folder / "signals" / track / f"{chrom}.f32")
            total[chrom] = values
    observed = [np.log10(1 + total[c][max(0, t - 200) : t + 200].sum()) for c, t in zip(table.chrom, table.tss, strict=True)]
    np.save(folder / "contacts.npy", np.full((len(table), WINDOW // BIN + 1), 0.3, np.float32))
    (folder / "contacts.json").write_text("{}")
    genes = {
        "gene_id": table.gene_id,
        "observed": np.float32(observed),
        "promoter_activity": np.float32(1),
        "strength": 1.0,
        "crowding": 1.0,
    }
    pd.DataFrame(genes).to_parquet(folder / "genes.parquet")
    manifest = contents.CellManifest(
        cell=cell,
        genome=contents.GenomeRef(name="toy", chromosomes=SIZES),
        tracks=[contents.TrackInfo(name=name, scale=2.0) for name in TRACKS[:-1]],
        contacts=contents.ContactsInfo(source=None, bin_size=BIN, half=WINDOW // 2, normalisation=None, scaling="raw"),
        expression=contents.ExpressionInfo(source="toy"),
    )
    _close(folder, manifest)
    return folder


def write_pretrained(folder: Path, genome: Path, cells: tuple[str, ...] = ("A", "B"), seed: int = 0) -> Path:
    """The folder of `seq2exp pretrain` with random P, unknown in the first 100 bp of chr1."""
    rng = np.random.default_rng(seed)
    for cell in cells:
        (folder / "p" / cell).mkdir(parents=True)
        for chrom, size in SIZES.items():
            values = rng.random(-(-size // 20))
            values[: 5 if chrom == "chr1" else 0] = np.nan
            values.astype("<f2").tofile(folder / "p" / cell / f"{chrom}.f2")
    manifest = SequenceManifest(
        genome=contents.GenomeRef(name="toy", chromosomes=SIZES),
        bases=GenomeStore(genome).bases,
        cells=cells,
        step=20,
        window=362,
        seed=seed,
        settings={},
        peaks=dict.fromkeys(cells, "peaks"),
        areas=[(chrom, 0, size, 0) for chrom, size in SIZES.items()],
        seq2exp="0",
    )
    _close(folder, manifest)
    return folder


@pytest.fixture(scope="session")
def make_batch():
    return random_batch


@pytest.fixture(scope="session")
def make_genome():
    return write_genome


@pytest.fixture(scope="session")
def make_pretrained():
    return write_pretrained


@pytest.fixture(scope="session")
def toy(tmp_path_factory) -> tuple[Path, Path, Path]:
    """A genome store and two cell stores: 20 training, 6 validation and 6 test genes; windows of up to 1024 bp."""
    folder = tmp_path_factory.mktemp("toy")
    return write_genome(folder / "genome"), write_cell(folder / "A", "A", 1), write_cell(folder / "B", "B", 2)


@pytest.fixture(scope="session")
def pretrained(toy, tmp_path_factory) -> Path:
    """What the sequence says of the toy cells."""
    return write_pretrained(tmp_path_factory.mktemp("pretrained") / "toy", toy[0])
