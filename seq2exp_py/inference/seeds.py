"""The predictions of one cell and model, all seeds together: what every track and table of a run is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Interval
from seq2exp_py.inference.folder import PredictionFolder

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seeds:
    """Prediction folders that differ in the seed only.

    Attributes:
        folders: at least one, by seed.
        cell: the cell; model: the model; seeds: the seed of each folder.
        floor: mask of a base without any evidence, mean over seeds; 0 where the model states none.
        masked: whether the model gives a mask.
        forced: bp around the TSS that the model sees whatever its mask says; 0 for none.
        tau: of a mask that is odds over the evidence's total, mean over seeds: its odds times tau do not hang on its scale; None
            for any other mask.
        window: bases of a window, resolution: bases per stored mask value.
    """

    folders: tuple[PredictionFolder, ...]
    cell: str
    model: str
    seeds: tuple[int, ...]
    floor: float
    masked: bool
    forced: int
    tau: float | None
    window: int
    resolution: int

    @classmethod
    def open(cls, paths: Sequence[Path]) -> "Seeds":
        """Open the folders of one cell × model.

        Args:
            paths: `seq2exp predict` folders of the same cell, model, window and resolution, one per seed.

        Raises:
            InputError: where they are not of one cell and model, or a seed comes twice.
        """
        folders = sorted((PredictionFolder.open(p) for p in paths), key=lambda f: int(f.manifest["seed"]))
        if not folders:
            raise InputError("no prediction folder was given: pass --prediction once per seed")
        for field in ("cell", "model", "window", "resolution", "masked", "forced", "trained_on", "sequence"):
            values = sorted({str(f.manifest.get(field)) for f in folders})
            if len(values) > 1:
                raise InputError(
                    f"the prediction folders differ in {field} ({', '.join(values)}): pass the seeds of one cell and model"
                )
        seeds = tuple(int(f.manifest["seed"]) for f in folders)
        if len(set(seeds)) < len(seeds):
            raise InputError(f"two prediction folders of {folders[0].manifest['model']} have the same seed: pass each seed once")
        first = folders[0].manifest
        floor = float(np.mean([f.manifest["floor"] or 0.0 for f in folders]))
        taus = [float(f.manifest["tau"]) for f in folders if f.manifest.get("tau") is not None]
        return cls(
            folders=tuple(folders),
            cell=str(first["cell"]),
            model=str(first["model"]),
            seeds=seeds,
            floor=floor,
            masked=bool(first["masked"]),
            forced=int(first.get("forced", 0)),
            tau=float(np.mean(taus)) if len(taus) == len(folders) else None,
            window=int(first["window"]),
            resolution=int(first["resolution"]),
        )

    @property
    def trained_on(self) -> tuple[str, ...]:
        """The cells that the model was trained on; empty where a prediction does not say so."""
        return trained_on(self.folders[0])

    @property
    def unseen(self) -> bool:
        """Whether the model was trained on other cells alone."""
        return bool(self.trained_on) and self.cell not in self.trained_on

    @property
    def name(self) -> str:
        """`<cell>.<model>`, the stem of every file about them."""
        return f"{self.cell}.{self.model}"

    def expression(self) -> pd.DataFrame:
        """One row per gene, by gene id: gene_id, gene_name, split, observed, predicted (mean over seeds), sd, mask_ratio (mean).

        `sd` is the sample sd of the seeds' predictions, on the log10(x + 1) scale; with one seed the model's own, or NaN.
        """
        tables = pd.concat([f.expression for f in self.folders], ignore_index=True)
        by_gene = tables.groupby("gene_id", sort=True)
        out = by_gene[["gene_name", "split", "observed"]].first()
        out["predicted"] = by_gene["predicted"].mean()
        out["sd"] = by_gene["predicted"].std(ddof=1) if len(self.folders) > 1 else by_gene["sd"].mean()
        out["mask_ratio"] = by_gene["mask_ratio"].mean()
        return out.reset_index()

    def windows(self) -> pd.DataFrame:
        """gene_id, chrom, start, end of every gene that has a mask in all seeds, sorted by chrom and start."""
        tables = [pd.read_parquet(f.path / "masks" / "index.parquet").set_index("gene_id") for f in self.folders]
        common = tables[0].index
        for table in tables[1:]:
            common = common.intersection(table.index)
        index = tables[0].loc[common].rename_axis("gene_id").reset_index()[["gene_id", "chrom", "start", "end"]]
        return index.sort_values(["chrom", "start", "gene_id"], ignore_index=True)

    def mask(self, gene_id: str) -> tuple[Interval, Floats, Floats]:
        """The mask of a gene over its window.

        Returns:
            The window (0-based half-open; may run past the chromosome), the mean mask of the seeds (window,) and its sd (window,):
            the root of the seeds' mean Beta variance plus the variance of their means (law of total variance).
        """
        parts = [f.mask(gene_id) for f in self.folders]
        if len(parts) == 1:
            return parts[0]
        means, sds = np.stack([p[1] for p in parts]), np.stack([p[2] for p in parts])
        spread = np.sqrt((sds**2).mean(axis=0) + means.var(axis=0))
        return parts[0][0], means.mean(axis=0), spread

    def relative(self, mask: Floats) -> Floats:
        """(mask - floor) / (1 - floor), cut to [0, 1]: 0 for a base without evidence, 1 for a base that is surely kept."""
        room = max(1.0 - self.floor, 1e-6)
        relative: Floats = np.clip((mask - np.float32(self.floor)) / np.float32(room), 0.0, 1.0)
        return relative


def trained_on(folder: PredictionFolder) -> tuple[str, ...]:
    """The cells that the model of a prediction was trained on."""
    return tuple(map(str, folder.manifest.get("trained_on") or ()))


def grouped(paths: Sequence[Path]) -> list[Seeds]:
    """Prediction folders by cell × model, in the order of their names."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        manifest = PredictionFolder.open(path).manifest
        groups.setdefault((str(manifest["cell"]), str(manifest["model"])), []).append(path)
    return [Seeds.open(groups[key]) for key in sorted(groups)]
