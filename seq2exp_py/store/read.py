"""A genome store and the cell stores that belong to it, opened for reading."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.genome.mrna import FEATURES
from seq2exp_py.genome.splits import UNUSED
from seq2exp_py.store import contents, windows
from seq2exp_py.store.arrays import Arrays
from seq2exp_py.store.contents import BASES
from seq2exp_py.store.maps import Maps
from seq2exp_py.store.sequence import SequenceStore

if TYPE_CHECKING:
    from seq2exp_py.store.batch import Batch


class Sample(NamedTuple):
    """One gene in one cell: a row of `Store.genes` and an index into `Store.cells`."""

    gene: int
    cell: int


class GenomeStore:
    """A genome store: sequence, blacklist and genes."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = contents.read_manifest(folder, contents.GenomeManifest)
        self.chromosomes = self.manifest.chromosomes
        contents.check_sizes(folder, self.manifest, self.chromosomes)
        contents.verify(folder, self.manifest, big=False)
        self.genes = pd.read_parquet(folder / "genes.parquet")
        self.features = self.genes[list(FEATURES)].to_numpy(np.float32)
        bed = pd.read_csv(folder / "excluded.bed", sep="\t", names=["chrom", "start", "end"], dtype={"chrom": str})
        self.excluded = {str(c): (b.start.to_numpy(np.int64), b.end.to_numpy(np.int64)) for c, b in bed.groupby("chrom")}
        self.maps = Maps(folder, self.manifest.files)

    @property
    def bases(self) -> str:
        """Digest of the sequence of all chromosomes."""
        digests = [f"{name} {digest}" for name, digest in sorted(self.manifest.files.items()) if name.startswith("sequence/")]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    def sequence(self, chrom: str) -> NDArray[np.uint8] | None:
        """Codes of `BASES`, one per base; None where the store knows no base of the chromosome (all N)."""
        return self.maps.get(f"sequence/{chrom}.u8", contents.SEQUENCE)

    def read_sequence(self, chrom: str, start: int, out: NDArray[np.uint8]) -> None:
        """Copy the codes from base `start` on, which may be negative, into `out`; N where nothing is known."""
        self.maps.read(f"sequence/{chrom}.u8", contents.SEQUENCE, start, out, BASES.index("N"))


class CellStore:
    """A cell store: signals, peaks and contacts, expression and promoters of the genome store's genes."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = contents.read_manifest(folder, contents.CellManifest)
        contents.check_sizes(folder, self.manifest, self.manifest.genome.chromosomes)
        contents.verify(folder, self.manifest, big=False)
        self.name = self.manifest.cell
        self.tracks = tuple(t.name for t in self.manifest.tracks)
        self.scale = np.array([t.scale for t in self.manifest.tracks] + [self.manifest.contacts.unit], np.float32)
        self.background = np.array([(t.level, t.spread) for t in self.manifest.tracks] + [(0.0, 0.0)], np.float32)
        self.genes = pd.read_parquet(folder / "genes.parquet")
        self.observed = self.genes.observed.to_numpy(np.float32)
        self.promoter_activity = self.genes.promoter_activity.to_numpy(np.float32)
        self.strength = self.genes.strength.to_numpy(np.float64)
        self.crowding = self.genes.crowding.to_numpy(np.float64)
        self.contacts: NDArray[np.float32] = np.load(folder / "contacts.npy")
        self.maps = Maps(folder, self.manifest.files)

    def signal(self, track: str, chrom: str) -> NDArray[np.float32] | None:
        """Raw values of a track, one per base; None where it is 0 all over the chromosome."""
        return self.maps.get(f"signals/{track}/{chrom}.f32", contents.SIGNAL)

    def read_signal(self, track: str, chrom: str, start: int, out: NDArray[np.float32]) -> None:
        """Copy the raw values from base `start` on, which may be negative, into `out`; 0 beyond the chromosome."""
        self.maps.read(f"signals/{track}/{chrom}.f32", contents.SIGNAL, start, out)

    @property
    def peaked(self) -> bool:
        """Whether the cell has peaks on any chromosome."""
        return any(name.startswith("peaks/") for name in self.manifest.files)

    def peaks(self, chrom: str) -> NDArray[np.uint8] | None:
        """1 inside a peak, one per base; None where the chromosome has none."""
        return self.maps.get(f"peaks/{chrom}.u8", contents.FLAG)

    def read_peaks(self, chrom: str, start: int, out: NDArray[np.bool_]) -> None:
        """Copy from base `start` on, which may be negative, into `out` whether each is in a peak."""
        self.maps.read(f"peaks/{chrom}.u8", contents.FLAG, start, out.view(contents.FLAG))


class Store:
    """A genome store with cell stores of the same genome, genes and tracks.

    Attributes:
        genome: the genome store.
        cell_stores: the cell stores, in the order given.
        genes: the genome store's genes, one row each; columns as in `store.contents`.
        cells: names of the cells.
        tracks: names of the signals of a batch; `HiC`, the contact with the TSS, is the last.
        pretrained: what the sequence says of being open in each of the cells; None where it was opened without.
    """

    def __init__(self, genome: GenomeStore, cells: Sequence[CellStore], pretrained: SequenceStore | None = None):
        self.genome, self.cell_stores = genome, tuple(cells)
        self.genes: pd.DataFrame = genome.genes
        self.pretrained = pretrained
        self.cells = tuple(c.name for c in cells)
        for cell in cells:
            self._check(cell)
            if pretrained is not None:
                pretrained.require(cell.name)
        self.tracks = (*cells[0].tracks, contents.CONTACT) if cells else (contents.CONTACT,)
        self._chrom: list[str] = self.genes.chrom.tolist()
        self._tss: list[int] = self.genes.tss.tolist()
        self._gene_id: list[str] = self.genes.gene_id.tolist()

    @classmethod
    def open(cls, genome: Path, cells: Sequence[Path], pretrained: Path | None = None) -> "Store":
        """Open a genome store, the stores of some cells, and the folder of `seq2exp pretrain` where it is given.

        Raises:
            InputError: a folder is no store, is incomplete or changed, or a cell does not fit the genome or the other cells.
        """
        whole = GenomeStore(Path(genome))
        return cls(whole, [CellStore(Path(c)) for c in cells], None if pretrained is None else SequenceStore(pretrained, whole))

    def samples(self, split: str | None = None, measured: bool = True) -> list[Sample]:
        """Genes in cells, cell by cell, in the order of `genes`.

        Args:
            split: `train`, `valid` or `test`; `none` for genes in no split; None for every gene that has a split.
            measured: only where the cell's expression of the gene is known.
        """
        named = {"none": UNUSED}.get(split or "", split)
        wanted = (self.genes.split != UNUSED if named is None else self.genes.split == named).to_numpy()
        found = []
        for index, cell in enumerate(self.cell_stores):
            keep = wanted & ~np.isnan(cell.observed) if measured else wanted
            found += [Sample(int(gene), index) for gene in np.flatnonzero(keep)]
        return found

    def batch(self, samples: Sequence[Sample], width: int) -> "Batch":
        """`arrays` as tensors, for a network.

        Raises:
            InputError: see `arrays`.
        """
        from seq2exp_py.store.batch import Batch  # brings torch, which most tasks that read a store do not need

        return Batch.of(self.arrays(samples, width))

    def arrays(self, samples: Sequence[Sample], width: int) -> Arrays:
        """Windows of `width` bases around the TSS of each sample, index `width // 2`, always along the + strand.

        Raises:
            InputError: the window is wider than the stored contacts.
        """
        self._check_width(width)
        n, s = len(samples), len(self.tracks)
        # NumPy asks the kernel for huge pages where torch.empty does not: a third of the time of a batch of 16 (200 kb)
        sequence, signals = np.empty((n, width), np.uint8), np.empty((n, s, width), np.float32)
        excluded, peaks = np.empty((n, width), bool), np.empty((n, width), bool)
        for row, (gene, cell) in enumerate(samples):
            start = self._tss[gene] - width // 2
            self._window(gene, cell, start, sequence[row], signals[row], excluded[row], peaks[row])
        return Arrays(
            sequence=sequence,
            signals=signals.swapaxes(1, 2),
            excluded=excluded,
            peaks=peaks,
            start=np.array([self._tss[g] - width // 2 for g, _ in samples], np.int64),
            gene_id=tuple(self._gene_id[g] for g, _ in samples),
            cell=tuple(self.cells[c] for _, c in samples),
            tracks=self.tracks,
            noise=0,
            probability=None if self.pretrained is None else self._probability(samples, width),
            **self._numbers(samples),
        )

    def _probability(self, samples: Sequence[Sample], width: int) -> NDArray[np.float32]:
        """(n, width) P of the bases of each window."""
        assert self.pretrained is not None
        starts = [self._tss[gene] - width // 2 for gene, _ in samples]
        rows = [(self.cells[cell], self._chrom[gene]) for gene, cell in samples]
        return np.stack([self.pretrained.per_base(*row, start, start + width) for row, start in zip(rows, starts, strict=True)])

    def _numbers(self, samples: Sequence[Sample]) -> dict[str, NDArray[np.float32]]:
        """What a sample has beside its window: scale and background of the tracks, crowding, features, target."""
        genes = np.array([g for g, _ in samples], np.intp)
        cells = [self.cell_stores[c] for _, c in samples]
        activity = np.array([c.promoter_activity[g] for g, c in zip(genes, cells, strict=True)], np.float32)
        return {
            "scale": np.array([c.scale for c in cells], np.float32).reshape(len(samples), len(self.tracks)),
            "background": np.array([c.background for c in cells], np.float32).reshape(len(samples), -1, 2),
            "crowding": np.array([c.crowding[g] for g, c in zip(genes, cells, strict=True)], np.float32),
            "features": np.column_stack([self.genome.features[genes], activity]),
            "target": np.array([c.observed[g] for g, c in zip(genes, cells, strict=True)], np.float32),
        }

    def _window(
        self,
        gene: int,
        cell: int,
        start: int,
        sequence: NDArray[np.uint8],
        signals: NDArray[np.float32],
        excluded: NDArray[np.bool_],
        peaks: NDArray[np.bool_],
    ) -> None:
        """Fill the arrays of one sample; `start` is the position of their first base."""
        chrom, store = self._chrom[gene], self.cell_stores[cell]
        self.genome.read_sequence(chrom, start, sequence)
        for i, track in enumerate(store.tracks):
            store.read_signal(track, chrom, start, signals[i])
        contacts = store.manifest.contacts
        first = (self._tss[gene] - contacts.half) // contacts.bin_size
        size = self.genome.chromosomes[chrom]
        windows.contact(store.contacts[gene], first, contacts.bin_size, start, size, signals[-1])
        none = np.empty(0, np.int64)
        windows.mark(*self.genome.excluded.get(chrom, (none, none)), start, excluded)
        store.read_peaks(chrom, start, peaks)

    def _check_width(self, width: int) -> None:
        for cell in self.cell_stores:
            half = cell.manifest.contacts.half
            if not 0 < width <= 2 * half:
                raise InputError(
                    f"{cell.folder}: its contacts cover {half} bp on either side of a TSS, not a window of {width} bp; "
                    f"make the genome store again with --window {width}, then the cell store"
                )

    def _check(self, cell: CellStore) -> None:
        genome, first = self.genome, self.cell_stores[0]
        if cell.manifest.genome.chromosomes != genome.chromosomes or not cell.genes.gene_id.equals(genome.genes.gene_id):
            raise InputError(f"{cell.folder}: other chromosomes or genes than {genome.folder}; make it again with that genome")
        if self.cells.count(cell.name) > 1:
            raise InputError(f"{cell.folder}: cell {cell.name} is given twice; give each cell once")
        if cell.tracks != first.tracks:
            raise InputError(
                f"{cell.folder}: tracks {', '.join(cell.tracks)}, but {first.folder} has {', '.join(first.tracks)}; "
                "use cells together only where they have the same tracks in the same order"
            )
