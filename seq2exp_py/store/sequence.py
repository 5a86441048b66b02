"""P(open in this cell) of every 20 bp, from the sequence alone: what `seq2exp pretrain` writes, and how it is read.

The folder:
    p/<cell>/<chrom>.f2   one little-endian float16 per 20 bp: P of the window around their middle, NaN where the
                          sequence is unknown; absent: the chromosome has no sequence
    model.safetensors     weights of the networks, `fold<k>.…`
    motifs.meme           what their filters look for
    metrics.csv, calibration.csv
    manifest.json
"""

from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.files import sha256
from seq2exp_py.store.contents import MANIFEST, GenomeRef, Manifest, check_sizes, read_manifest, verify
from seq2exp_py.store.maps import Maps

PROBABILITY = "<f2"
SUFFIX = ".f2"
GATE = 200  # bp on either side of a TSS within which the P of its promoter is looked for


class SequenceManifest(Manifest):
    """Manifest of the folder of `seq2exp pretrain`.

    Attributes:
        genome: the genome it belongs to. bases: digest of its sequence, `GenomeStore.bases`; "" in a folder older than the field.
        cells: names of the cells, in the order of the networks' outputs.
        step: bp per value. window: bp that a value is judged by.
        seed, settings: of the training. peaks: by cell where its peaks came from. areas: chrom, start, end, fold (-1: held out).
    """

    FORMAT: ClassVar[str] = "seq2exp-sequence"
    MADE_BY: ClassVar[str] = "seq2exp pretrain"
    format: Literal["seq2exp-sequence"] = "seq2exp-sequence"
    genome: GenomeRef
    bases: str = ""
    cells: tuple[str, ...]
    step: int
    window: int
    seed: int
    settings: dict[str, Any]
    peaks: dict[str, str]
    areas: list[tuple[str, int, int, int]]
    seq2exp: str


class Genome(Protocol):
    """What tells whether P was read from a genome: a `GenomeStore` has it."""

    folder: Path
    chromosomes: dict[str, int]

    @property
    def bases(self) -> str:
        """Digest of the sequence of all chromosomes."""


class SequenceStore:
    """The folder of `seq2exp pretrain`, opened for reading.

    Raises:
        InputError: it is no such folder, one of another version, of another genome, or incomplete.
    """

    def __init__(self, folder: Path, genome: Genome | None = None):
        self.folder = folder
        self.manifest = read_manifest(folder, SequenceManifest)
        self.cells, self.step = self.manifest.cells, self.manifest.step
        chromosomes = self.manifest.genome.chromosomes
        if genome is not None and genome.chromosomes != chromosomes:
            raise InputError(f"{folder}: is of other chromosomes than {genome.folder}; run `seq2exp pretrain` with that genome")
        if genome is not None and self.manifest.bases not in ("", genome.bases):
            raise InputError(
                f"{folder}: was read from another sequence than that of {genome.folder}; run `seq2exp pretrain` with it"
            )
        check_sizes(folder, self.manifest, chromosomes)
        for name in self.manifest.files:
            if name.endswith(SUFFIX) and (folder / name).stat().st_size != 2 * -(-chromosomes[Path(name).stem] // self.step):
                raise InputError(f"{folder / name}: cut short; make the folder again with `seq2exp pretrain`")
        verify(folder, self.manifest.model_copy(update={"files": self._small()}))
        self.maps = Maps(folder, self.manifest.files)

    @property
    def digest(self) -> str:
        """SHA-256 of its manifest, which has those of all its files."""
        return sha256(self.folder / MANIFEST)

    def require(self, cell: str) -> None:
        """Refuse a cell that has no networks.

        Raises:
            InputError: the networks were not trained on it.
        """
        if cell not in self.cells:
            raise InputError(
                f"{self.folder}: knows {', '.join(self.cells)}, not {cell}: P is of the cells it was trained on; "
                f"run `seq2exp pretrain` with that cell as well"
            )

    def _small(self) -> dict[str, str]:
        return {name: digest for name, digest in self.manifest.files.items() if not name.endswith(SUFFIX)}

    def probability(self, cell: str, chrom: str) -> NDArray[np.float16] | None:
        """P of every `step` bp of a chromosome; None where its sequence is not known.

        Raises:
            InputError: the networks were not trained on the cell.
        """
        self.require(cell)
        return self.maps.get(f"p/{cell}/{chrom}{SUFFIX}", PROBABILITY)

    def per_base(self, cell: str, chrom: str, start: int, end: int) -> NDArray[np.float32]:
        """(end - start,) P of each base of `[start, end)`, 0-based; NaN where it is not known or past the chromosome."""
        out = np.full(end - start, np.nan, np.float32)
        values = self.probability(cell, chrom)
        first, last = max(start, 0), min(end, self.manifest.genome.chromosomes.get(chrom, 0))
        if values is None or last <= first:
            return out
        steps = values[first // self.step : -(-last // self.step)].astype(np.float32)
        shift = first % self.step
        out[first - start : last - start] = np.repeat(steps, self.step)[shift : shift + last - first]
        return out
