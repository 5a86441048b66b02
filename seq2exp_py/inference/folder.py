"""The folder of a prediction: expression of every gene, and every gene's mask in 255 steps."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval

FORMAT, VERSION = "seq2exp-prediction", 1
STEPS = 255  # a stored value v means v / 255
EXPRESSION, INDEX, MEAN, SD = "expression.parquet", "masks/index.parquet", "masks/mean.u8", "masks/sd.u8"


@dataclass(frozen=True)
class PredictionFolder:
    """A prediction on disk; masks are read when asked for.

    Attributes:
        path: the folder.
        manifest: its manifest.json: model, cell, seed, preset, window and resolution in bp, floor (mask of a base without
            evidence), forced (bp around the TSS that are kept whatever the mask says), masked, seconds_per_gene, device,
            samples_seen, parameters.
    """

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: Path) -> "PredictionFolder":
        """Open a folder that `seq2exp predict` wrote.

        Raises:
            InputError: it is no prediction, or one of another version.
        """
        file = path / "manifest.json"
        if not file.is_file():
            raise InputError(f"{path}: no manifest.json in it; give the --out folder of `seq2exp predict`")
        manifest = json.loads(file.read_text())
        found = manifest.get("format"), manifest.get("version")
        if found != (FORMAT, VERSION):
            raise InputError(
                f"{file}: expected format {FORMAT} version {VERSION}, found {found[0]} version {found[1]}; predict again"
            )
        return cls(path, manifest)

    @cached_property
    def expression(self) -> pd.DataFrame:
        """gene_id, gene_name, cell, split, observed, predicted (log10(x + 1)), sd, mask_ratio; one row per gene."""
        return pd.read_parquet(self.path / EXPRESSION)

    @cached_property
    def index(self) -> pd.DataFrame:
        """chrom, start, end of each gene's window (0-based half-open, may run past the chromosome) and its row, by gene_id."""
        return pd.read_parquet(self.path / INDEX).set_index("gene_id")

    def mask(self, gene_id: str) -> tuple[Interval, NDArray[np.float32], NDArray[np.float32]]:
        """The mask of a gene, one value per base of its window.

        Returns:
            The window, the mask's mean (window,) in [0, 1], and its sd (window,).

        Raises:
            InputError: the model has no mask, or the gene is not in this prediction.
        """
        if not self.manifest["masked"]:
            raise InputError(f"{self.path}: {self.manifest['model']} has no mask")
        if gene_id not in self._windows:
            raise InputError(f"{self.path}: no gene {gene_id} in it; genes without a split are not predicted")
        window, row = self._windows[gene_id]
        return window, self._bases(self._mean[row]), self._bases(self._sd[row])

    @cached_property
    def _windows(self) -> dict[str, tuple[Interval, int]]:
        table = self.index
        parts = zip(table.index, table["chrom"], table["start"], table["end"], table["row"], strict=True)
        return {str(gene): (Interval(str(chrom), int(start), int(end)), int(row)) for gene, chrom, start, end, row in parts}

    def _bases(self, stored: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.repeat(stored.astype(np.float32) / np.float32(STEPS), int(self.manifest["resolution"]))

    @cached_property
    def _mean(self) -> NDArray[np.uint8]:
        return self._map(MEAN)

    @cached_property
    def _sd(self) -> NDArray[np.uint8]:
        return self._map(SD)

    def _map(self, name: str) -> NDArray[np.uint8]:
        tokens = int(self.manifest["window"]) // int(self.manifest["resolution"])
        return np.memmap(self.path / name, np.uint8, "r").reshape(-1, tokens)


class PredictionWriter:
    """Writes a prediction gene by gene; the folder appears, whole, when the `with` block ends without an error."""

    def __init__(self, path: Path, masked: bool):
        self.masked = masked
        self._whole = files.whole(path)
        self._rows: list[dict[str, Any]] = []
        self._windows: list[tuple[str, str, int, int, int]] = []

    def __enter__(self) -> "PredictionWriter":
        self._part = self._whole.__enter__()
        self._part.mkdir()
        if self.masked:
            (self._part / "masks").mkdir()
            self._mean, self._sd = (self._part / MEAN).open("wb"), (self._part / SD).open("wb")
        return self

    def add(
        self,
        row: dict[str, Any],
        window: Interval,
        mean: NDArray[np.float32] | None = None,
        sd: NDArray[np.float32] | None = None,
    ) -> None:
        """Write a gene.

        Args:
            row: columns of the expression table.
            window: its window, 0-based half-open; may run past the chromosome.
            mean: (tokens,) mask in [0, 1]; not written for a model without mask.
            sd: (tokens,) sd of the mask.
        """
        self._rows.append(row)
        if self.masked:
            assert mean is not None and sd is not None
            self._windows.append((row["gene_id"], window.chrom, window.start, window.end, len(self._windows)))
            self._mean.write(quantised(mean).tobytes())
            self._sd.write(quantised(sd).tobytes())

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the tables and the manifest; call it last."""
        pd.DataFrame(self._rows).to_parquet(self._part / EXPRESSION, index=False)
        if self.masked:
            names = ["gene_id", "chrom", "start", "end", "row"]
            pd.DataFrame(self._windows, columns=names).to_parquet(self._part / INDEX, index=False)
        content = {"format": FORMAT, "version": VERSION, **manifest, "masked": self.masked}
        (self._part / "manifest.json").write_text(json.dumps(content, indent=1) + "\n")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.masked:
            self._mean.close()
            self._sd.close()
        self._whole.__exit__(kind, error, trace)


def quantised(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values in [0, 1] in steps of 1/255, to the nearest.

    Raises:
        ValueError: a value is not finite; cast to a byte it would be any.
    """
    if not np.isfinite(values).all():
        raise ValueError("a value that is no number cannot be stored in a byte")
    return np.rint(np.clip(values, 0, 1) * STEPS).astype(np.uint8)
