"""One genome-wide mask track out of the overlapping windows of many genes.

Windows of 200 kb overlap, a bigWig holds one value per base. So three tracks are written: the maximum over the genes whose window
holds the base ("does any gene use this base"), the mean over them, and the sd of the gene that gives the maximum. A base outside
every window has no value. The work is a sweep along the chromosome that holds one window's width in memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval
from seq2exp_py.inference.seeds import Floats, Seeds
from seq2exp_py.progress import counted
from seq2exp_py.writers.bigwig import bigwig

KINDS = ("max", "mean", "sd")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Finished bases `[start, start + n)` of a chromosome: per-base maximum, mean and sd, (n,) each."""

    start: int
    max: Floats
    mean: Floats
    sd: Floats


@dataclass(slots=True)
class Sweep:
    """The bases that later windows may still touch, from `origin` on."""

    origin: int = 0
    max: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    sd: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    total: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, np.float64))
    genes: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def take(self, upto: int) -> Stretch | None:
        """Remove and return what lies before `upto`."""
        n = min(max(upto - self.origin, 0), len(self.max))
        mean = (self.total[:n] / self.genes[:n]).astype(np.float32)
        done = Stretch(self.origin, self.max[:n], mean, self.sd[:n]) if n else None
        self.max, self.sd, self.total, self.genes = self.max[n:], self.sd[n:], self.total[n:], self.genes[n:]
        self.origin = self.origin + n if len(self.max) else upto
        return done

    def add(self, end: int, mask: Floats, sd: Floats) -> None:
        """Lay a mask over `[origin, end)`, the part of its window on the chromosome."""
        n = end - self.origin
        grow = max(0, n - len(self.max))
        self.max, self.sd = np.pad(self.max, (0, grow), constant_values=-1), np.pad(self.sd, (0, grow))
        self.total, self.genes = np.pad(self.total, (0, grow)), np.pad(self.genes, (0, grow))
        self.total[:n] += mask
        self.genes[:n] += 1
        higher = mask > self.max[:n]
        np.copyto(self.max[:n], mask, where=higher)
        np.copyto(self.sd[:n], sd, where=higher)


def swept(masks: Iterable[tuple[Interval, Floats, Floats]], size: int) -> Iterator[Stretch]:
    """Merge the masks of one chromosome.

    Args:
        masks: window, mask and sd of each gene, by the start of the window.
        size: length of the chromosome in bp; what a window has beyond it is dropped.

    Yields:
        Finished stretches from left to right; on equal masks the first gene's sd is kept.
    """
    state = Sweep()
    for window, mask, sd in masks:
        on = window.clip(size)
        if not on.width:
            continue
        part = slice(on.start - window.start, on.end - window.start)
        done = state.take(on.start)
        if done is not None:
            yield done
        state.add(on.end, mask[part], sd[part])
    done = state.take(size)
    if done is not None:
        yield done


def write_tracks(seeds: Seeds, sizes: Mapping[str, int], folder: Path) -> dict[str, Path]:
    """Write `<cell>.<model>.{max,mean,sd}.bw` of the masks.

    Args:
        seeds: predictions of one cell × model, with masks.
        sizes: length of every chromosome in bp.
        folder: where to write.

    Returns:
        The files by kind.

    Raises:
        InputError: where a window lies on a chromosome that `sizes` lacks.
    """
    windows = seeds.windows()
    unknown = sorted(set(windows["chrom"]) - set(sizes))
    if unknown:
        raise InputError(
            f"{seeds.folders[0].path}: chromosome {unknown[0]} is not in the genome store: give the store it was predicted with"
        )
    files = {kind: folder / f"{seeds.name}.{kind}.bw" for kind in KINDS}
    with ExitStack() as stack:
        tracks = {kind: stack.enter_context(bigwig(path, sizes)) for kind, path in files.items()}
        for chrom, genes in counted(windows.groupby("chrom", sort=True)["gene_id"], f"{seeds.name} mask tracks"):
            for stretch in swept(map(seeds.mask, genes), sizes[str(chrom)]):
                for kind, track in tracks.items():
                    track.add(str(chrom), stretch.start, getattr(stretch, kind))
    return files


def write_gene(seeds: Seeds, gene_id: str, path: Path, sizes: Mapping[str, int] | None = None) -> Interval:
    """Write the mask of one gene as a bigWig and return the interval it covers.

    Args:
        seeds: predictions of one cell × model, with masks.
        gene_id: the gene.
        path: file to write.
        sizes: length of every chromosome in bp; where not given, the one chromosome in the file ends where the window ends.
    """
    window, mask, _ = seeds.mask(gene_id)
    sizes = sizes or {window.chrom: window.end}
    on = window.clip(sizes[window.chrom])
    with bigwig(path, sizes) as track:
        track.add(on.chrom, on.start, mask[on.start - window.start : on.end - window.start])
    return on
