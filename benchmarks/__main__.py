"""Measure the rows, each in a process of its own, and write the results and the table: `python -m benchmarks [ROW …]`."""

import argparse
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import machine, table
from benchmarks.row import Row, SkipError
from seq2exp_py.machine import HUGE_PAGES, keep_freed

FOLDER = Path(__file__).parent / "results"
ROWS = (
    *("scan_forward", "scan_backward", "scan_gemm", "scan_pscan", "scan_ggml", "scan_numba", "first_layer", "soft_forward"),
    *("soft_memory", "training_memory", "hard_mask", "windows", "growth", "gpu_layer", "gpu_memory"),
    *("start_help", "start_task", "start_gbm", "demo", "demo_again"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="rows to measure; default: all")
    parser.add_argument("--here", action="store_true", help="measure in this process")
    chosen = parser.parse_args()
    if chosen.here:
        for name in chosen.rows:
            record(name)
        return
    failed = [name for name in chosen.rows or ROWS if alone(name)]
    table.write(FOLDER, ROWS)
    if failed:
        sys.exit(f"rows that failed: {', '.join(failed)}")


def alone(name: str) -> int:
    """Measure one row in a process of its own; return its exit status."""
    row: Row = importlib.import_module(f"benchmarks.{name}").ROW
    env = os.environ | {HUGE_PAGES: "1" if row.kept else "0"}
    return subprocess.run([sys.executable, "-m", "benchmarks", name, "--here"], env=env).returncode


def record(name: str) -> None:
    """Measure one row and write its JSON."""
    machine.use_all_cores()
    module = importlib.import_module(f"benchmarks.{name}")
    row: Row = module.ROW
    if row.kept:
        keep_freed()
    head = {"row": name, "what": row.what, "unit": row.unit, "must": row.must, "aim": row.aim, "more_is_better": row.more}
    try:
        value, details = module.measure()
        body = {"value": value, "verdict": row.verdict(value), "details": details}
    except SkipError as reason:
        body = {"value": None, "verdict": "skipped", "reason": str(reason)}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(head | body | {"machine": machine.describe()}, indent=2) + "\n")
    print(f"{name}: {body['verdict']} {body['value'] if body['value'] is not None else body['reason']}", flush=True)


if __name__ == "__main__":
    main()
