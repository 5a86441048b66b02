"""The table of docs/performance.md, from the results."""

import json
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks: begin (written by python -m benchmarks) -->", "<!-- benchmarks: end -->"


def write(folder: Path, rows: Sequence[str]) -> None:
    """Replace what stands between the page's two marks."""
    results = [json.loads((folder / f"{name}.json").read_text()) for name in rows if (folder / f"{name}.json").exists()]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{render(results)}\n{END}{after}")


def render(results: list[dict]) -> str:
    lines = ["| what | measured | must | aim | |", "|---|---|---|---|---|", *map(line, results)]
    machines = sorted({told(result["machine"]) for result in results})
    return "\n".join([*lines, "", "Taken on " + "; ".join(machines) + "."])


def line(result: dict) -> str:
    sign = "≥" if result["more_is_better"] else "≤"
    must, aim = (f"{sign} {bar:g}" if bar is not None else "" for bar in (result["must"], result["aim"]))
    if result["value"] is None:
        return f"| {result['what']} | not measured: {result['reason']} | {must} | {aim} | |"
    return f"| {result['what']} | {figure(result['value'])} {result['unit']} | {must} | {aim} | {result['verdict']} |"


def figure(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 3 else f"{value:.2f}"


def told(machine: dict) -> str:
    card = f", {machine['card']}" if machine["card"] else ""
    where = f"{machine['processor']}, {machine['cores']} cores, {machine['vectors']}{card}"
    return f"{where}; torch {machine['torch']}, {machine['kernels']} kernels"
