"""What a mask finds of the elements that act, on simulated cells where those are known: the tables of docs/method.md.

    python -m benchmarks.masks corrections OUT    preset tiny: each correction undone by itself, and all of them
    python -m benchmarks.masks small OUT          preset small: Seq2Exp beside its baselines
    python -m benchmarks.masks product OUT        preset tiny: signals multiplied beside signals added, three trainings each
    python -m benchmarks.masks product_small OUT  preset small: the same
    python -m benchmarks.masks sequence OUT       preset small: the mask with P of `seq2exp pretrain`, and without
    python -m benchmarks.masks sequence_tiny OUT  the same at preset tiny
    python -m benchmarks.masks table OUT          what is done so far, into the page

Each seed simulates a genome of its own and trains every row on it. What OUT holds already is not made again; `--seed` and `--row`
pick what is done, so that several processes can share the work.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import simulated
from seq2exp_py import files, pretrain, simulate
from seq2exp_py.evaluate import metrics
from seq2exp_py.evaluate.planted import against_truth
from seq2exp_py.inference.predict import predict
from seq2exp_py.inference.seeds import grouped
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.progress import say
from seq2exp_py.training import Clock, Request, train

PAGE = Path(__file__).parents[1] / "docs" / "method.md"
CELL = "cellA"
YARDSTICKS = ("DNase", "H3K27ac", "HiC", "peaks", "distance")
ADDED = {"signals": "sum"}
FLAT = {"promoter": 1.0, "nearest": 5000.0}  # no decay of contact within its bin, no weight of the promoter: as the simulator is
CORRECTED = MaskConfig.model_validate(ADDED).model_dump(include=set(MaskConfig.__annotations__))  # the mask's own fields


@dataclass(frozen=True, slots=True)
class RowOf:
    """A line of a table: a model, and the fields of its configuration that differ from the preset."""

    name: str
    model: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Study:
    """A table: sizes of simulation and model, its rows, a seed for each simulation, and trainings of each.

    Attributes:
        cells: that are simulated; the first is trained and scored. pretrain: learn P from the peaks of all of them.
    """

    simulation: str
    preset: str
    seeds: tuple[int, ...]
    rows: tuple[RowOf, ...]
    runs: int = 1
    cells: tuple[str, ...] = (CELL,)
    pretrain: bool = False


SEQUENCE = (
    RowOf("`evidence`", "evidence", {"sequence": "none"}),
    RowOf("`evidence` × P", "evidence", {"sequence": "pretrained"}),
    RowOf("`evidence` × P × P at the TSS", "evidence", {"sequence": "pretrained", "tss_gate": True}),
    RowOf("soft, `sequence=none`", "seq2exp_soft", {"sequence": "none"}),
    RowOf("soft, `sequence=pretrained`", "seq2exp_soft", {"sequence": "pretrained"}),
    RowOf("soft, `sequence=pretrained`, gate", "seq2exp_soft", {"sequence": "pretrained", "tss_gate": True}),
)
PRODUCT = (
    RowOf("`evidence`", "evidence"),
    RowOf("`evidence`, no decay within 5 kb, promoter as any base", "evidence", FLAT),
    RowOf("soft", "seq2exp_soft"),
    RowOf("soft, no decay within 5 kb, promoter as any base", "seq2exp_soft", FLAT),
    RowOf("soft, signals added", "seq2exp_soft", ADDED),
    RowOf("`ridge`", "ridge"),
)
STUDIES = {
    "sequence": Study("small", "small", (301, 302, 303), SEQUENCE, cells=(CELL, "cellB"), pretrain=True),
    "sequence_tiny": Study("demo", "tiny", (311, 312, 313), SEQUENCE, cells=(CELL, "cellB"), pretrain=True),
    "product": Study("demo", "tiny", (111, 112, 113), PRODUCT, runs=3),
    "product_small": Study("small", "small", (211, 212, 213), PRODUCT, runs=3),
    "corrections": Study(
        "demo",
        "tiny",
        (101, 102, 103),
        (
            RowOf("soft", "seq2exp_soft", ADDED),
            RowOf("soft, raw signals", "seq2exp_soft", {"variant": "paper", **CORRECTED, **ADDED}),
            RowOf("soft, sparsity by the prior alone", "seq2exp_soft", {**ADDED, "mask_ratio": None}),
            RowOf("soft, mask on the embeddings alone", "seq2exp_soft", {**ADDED, "gate": "embedding"}),
            RowOf("soft, output projections for 64 layers", "seq2exp_soft", {**ADDED, "init_depth": 64}),
            RowOf("soft, pseudo-counts from 1 and unbounded", "seq2exp_soft", {**ADDED, "floor": 1.0, "cap": None}),
            RowOf("soft, a tenth of the sequence's pseudo-counts", "seq2exp_soft", {**ADDED, "sequence_certainty": 1.0}),
            RowOf("soft, product of Betas (minus one)", "seq2exp_soft", {**ADDED, "floor": 1.0, "minus_one": True}),
            RowOf("soft, `variant=paper`", "seq2exp_soft", {"variant": "paper"}),
            RowOf("hard", "seq2exp_hard", ADDED),
            RowOf("hard, no task gradient in the mask", "seq2exp_hard", {**ADDED, "live": False}),
            RowOf("hard, one stack for both", "seq2exp_hard", {**ADDED, "shared": True}),
            RowOf("hard, ten times the sequence's pseudo-counts", "seq2exp_hard", {**ADDED, "sequence_certainty": 10.0}),
            RowOf("hard, `variant=paper`", "seq2exp_hard", {"variant": "paper"}),
            RowOf("`caduceus_signals`", "caduceus_signals"),
            RowOf("`ridge`", "ridge"),
        ),
    ),
    "small": Study(
        "small",
        "small",
        (201, 202, 203),
        (
            RowOf("`ridge`", "ridge"),
            RowOf("`seq2exp_soft`", "seq2exp_soft", ADDED),
            RowOf("`caduceus`", "caduceus"),
            RowOf("`caduceus_signals`", "caduceus_signals"),
        ),
    ),
}


def main() -> None:
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m benchmarks.masks", description=__doc__, formatter_class=plain)
    parser.add_argument("study", choices=[*STUDIES, "table"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, action="append", help="seeds to do; default: all of the study")
    parser.add_argument("--epochs", type=int, help="passes over the training genes, instead of the preset's")
    parser.add_argument("--runs", type=int, help="trainings of each row, instead of the study's")
    parser.add_argument("--row", action="append", help="rows to do, by name; default: all of the study")
    given = parser.parse_args()
    if given.study == "table":
        write(given.out)
        return
    study, more = STUDIES[given.study], {} if given.epochs is None else {"epochs": given.epochs}
    for seed in given.seed or study.seeds:
        folder = given.out / given.study / str(seed)
        stores(study, seed, folder)
        for run in range(given.runs or study.runs):
            for row in (row for row in study.rows if given.row is None or row.name in given.row):
                measure(study, row, seed + 1000 * run, folder, more)


def stores(study: Study, seed: int, folder: Path, world: str = "plain") -> None:
    """Simulate a genome and its cells; make their stores, and P where the study wants it."""
    raw, places = folder / "simulated", {cell: folder / ("cell" if cell == CELL else cell) for cell in study.cells}
    configuration = simulate.preset(study.simulation, world, seed=seed, cells=study.cells)
    simulated.stores(configuration, raw, 200_000 if study.preset == "small" else 32_000, folder / "genome", places)
    pretrained = folder / "sequence"
    if study.pretrain and not pretrained.exists():
        pretrain.pretrain(
            pretrain.Request(folder / "genome", tuple(places.values()), pretrained, folder / "sequence.state"), Clock(None)
        )


def measure(study: Study, row: RowOf, seed: int, folder: Path, more: dict[str, Any]) -> None:
    """Train one row on one simulation, predict its test genes, and keep the figures; the simulation is `seed % 1000`."""
    pretrained = folder / "sequence" if study.pretrain else None
    name = "".join(c if c.isalnum() else "_" for c in row.name) + (f"_{seed // 1000}" if seed >= 1000 else "")
    result, checkpoint, prediction = (folder / f"{name}{end}" for end in (".json", ".checkpoint", ".prediction"))
    if result.exists():
        return
    say(f"seed {seed}: {row.name}")
    if not checkpoint.exists():
        state = checkpoint.with_suffix(".state")
        request = Request(
            folder / "genome",
            (folder / "cell",),
            row.model,
            checkpoint,
            state,
            study.preset,
            seed,
            {**row.fields, **more},
            pretrained=pretrained,
        )
        train(request, Clock(None))
    if not prediction.exists():
        predict(folder / "genome", folder / "cell", checkpoint, prediction, ["test"], "auto", 4, pretrained)
    groups = grouped([prediction])
    figures = metrics.table(groups[0].folders)
    test = figures[(figures["model"] == row.model) & (figures["split"] == "test")].iloc[0]
    planted = against_truth(groups, folder / "simulated" / "truth", folder / "genome", [folder / "cell"])
    found = {"row": row.name, "seed": seed, **{k: float(test[k]) for k in ("n", "mse", "pearson", "mask_ratio")}}
    found |= {f"{r.source}_{r.level}": float(r.auprc) for r in planted[planted["scope"] == "distal"].itertuples()}
    with files.whole(result) as partial:
        partial.write_text(json.dumps(found, indent=2) + "\n")


def write(out: Path) -> None:
    """Put the tables between their marks in the page."""
    text = PAGE.read_text()
    for name, study in STUDIES.items():
        begin, end = f"<!-- {name}: begin (written by python -m benchmarks.masks) -->", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        found = pd.DataFrame([json.loads(path.read_text()) for path in sorted((out / name).glob("*/*.json"))])
        text = f"{before}{begin}\n{render(study, found)}\n{end}{after}" if len(found) and rest else text
    with files.whole(PAGE) as partial:
        partial.write_text(text)


def render(study: Study, found: pd.DataFrame) -> str:
    """Mean ± standard deviation over seeds."""
    columns = {"MSE": "mse", "Pearson": "pearson", "mask ratio": "mask_ratio", "by element": "mask_element", "by base": "mask_base"}
    lines = [f"| | {' | '.join(columns)} |", "| --- " * (len(columns) + 1) + "|"]
    for row in study.rows:
        own = found[found["row"] == row.name]
        if len(own):
            lines.append(f"| {row.name} | " + " | ".join(spread(own[c]) if c in own else "" for c in columns.values()) + " |")
    for source in YARDSTICKS:
        if f"{source}_base" in found:
            once = found.dropna(subset=[f"{source}_base"]).drop_duplicates("seed")
            lines.append(f"| {source} | | | | {spread(once[f'{source}_element'])} | {spread(once[f'{source}_base'])} |")
    seeds = ", ".join(str(seed) for seed in sorted(set(found["seed"])))
    genes = "–".join(str(int(n)) for n in sorted({found["n"].min(), found["n"].max()}))
    return "\n".join([*lines, "", f"Mean ± sd over simulations with seeds {seeds}; {genes} test genes each."])


def spread(values: Sequence[float]) -> str:
    known = [v for v in values if v == v]
    if not known:
        return ""
    return f"{statistics.mean(known):.3f}" + (f" ± {statistics.stdev(known):.3f}" if len(known) > 1 else "")


if __name__ == "__main__":
    main()
