"""What the report is made of: tables of finished stages, each read if it can be, named if it cannot."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import yaml

from seq2exp_py.annotate import elements
from seq2exp_py.evaluate.curves import curves
from seq2exp_py.models.rows import label
from seq2exp_py.progress import say

T = TypeVar("T")
TABLES = {
    "metrics": ["cell", "model", "seed", "split", "mse", "mae", "pearson"],
    "summary": ["cell", "model", "split", "seeds", "n", "mse_mean", "mse_sd"],
    "comparisons": ["cell", "split", "model", "control", "metric", "difference", "low", "high"],
    "predicted": ["cell", "model", "split", "observed", "predicted", "mask_ratio"],
    "truth": ["cell", "model", "source", "level", "scope", "auprc", "prevalence"],
    "crispri": "cell model subset score pairs positives auprc low high precision threshold base".split(),
    "crispri_differences": "cell model subset score control difference low high".split(),
    "agreement": "cell model one other spearman n".split(),
    "unseen": "cell model genes score n value low high control difference".split(),
}


@dataclass
class Inputs:
    """Tables by name (empty where absent), elements by (cell, model), and what could not be read.

    Attributes:
        tables: those of `seq2exp evaluate`, each with a `run` column where several evaluations are given.
        elements: element table by cell and model.
        beds: its file by the name of the set.
        curves: learning curves; trace: tasks of a Nextflow trace; versions: {process or program: {tool: version}}.
        problems: file and why it was skipped.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    elements: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    beds: dict[str, Path] = field(default_factory=dict)
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    trace: pd.DataFrame = field(default_factory=pd.DataFrame)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def guarded(self, path: Path, read: Callable[..., T], *args: Any) -> T | None:
        """What `read(path, *args)` returns; None, and the file named among the problems, where it fails."""
        try:
            return read(path, *args)
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            self.problems.append((path.name, reason[:300]))
            say(f"warning: {path} is skipped: {reason[:300]}")
            return None


def who(cell: object, model: object, unseen: object = False) -> str:
    """The name of a sample of the report; `unseen`: whether the model was trained on other cells alone (`yes` in tables)."""
    return f"{cell}{' (unseen cell)' if unseen in (True, 'yes') else ''} | {label(str(model))}"


def read_table(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Read a TSV with NA for unknown; fails where a column is missing or the table is cut."""
    table = pd.read_csv(path, sep="\t", na_values=["NA"])
    missing = [c for c in needed if c not in table]
    if missing:
        raise ValueError(f"column {missing[0]} is missing")
    return table


def read_elements(bed: Path) -> pd.DataFrame:
    """Read an element BED of `seq2exp annotate`."""
    table = pd.read_csv(bed, sep="\t", header=None, names=elements.COLUMNS, dtype={"chrom": str, "gene": str, "gene_id": str})
    if not pd.api.types.is_numeric_dtype(table["in_peak"].map({"yes": 1, "no": 0, "unknown": -1})) or table["in_peak"].isna().any():
        raise ValueError(f"expected {len(elements.COLUMNS)} columns of an element BED")
    return table


def load(
    evaluations: Sequence[Path],
    annotations: Sequence[Path],
    checkpoints: Sequence[Path],
    trace: Path | None,
    versions: Sequence[Path],
) -> Inputs:
    """Read everything there is; nothing that is broken stops the rest."""
    got = Inputs()
    for name, needed in TABLES.items():
        paths = [folder / f"{name}.tsv" for folder in evaluations if (folder / f"{name}.tsv").is_file()]
        tables = [t for p in paths if (t := got.guarded(p, read_table, needed)) is not None]
        got.tables[name] = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=needed)
    for summary in sorted(s for folder in annotations for s in folder.glob("annotation/*.json")):
        got.guarded(summary, add_elements, got)
    tables = [t for c in checkpoints if (t := got.guarded(c, lambda path: curves([path]))) is not None]
    got.curves = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if trace is not None:
        found = got.guarded(trace, read_table, ["name", "status"])
        got.trace = pd.DataFrame() if found is None else found
    for path in versions:
        got.versions |= got.guarded(path, read_versions) or {}
    return got


def add_elements(summary: Path, got: Inputs) -> None:
    """Add the elements that an `annotation/<cell>.<model>.json` speaks of."""
    manifest: dict[str, Any] = json.loads(summary.read_text())
    cell, model = str(manifest["cell"]), str(manifest["model"])
    bed = summary.parents[1] / "elements" / f"{cell}.{model}.bed"
    if manifest["masked"] and bed.is_file():
        got.elements[cell, model] = read_elements(bed)
        got.beds[who(cell, model)] = bed


def read_versions(path: Path) -> dict[str, dict[str, str]]:
    """Read a versions.yml of nf-core style: {PROCESS: {tool: version}}."""
    versions = yaml.safe_load(path.read_text())
    if not isinstance(versions, dict) or not all(isinstance(v, dict) for v in versions.values()):
        raise ValueError("expected PROCESS: {tool: version}")
    return {str(k).split(":")[-1]: {str(t): str(v) for t, v in tools.items()} for k, tools in versions.items()}
