"""`make demo` in a fresh clone of the last commit, whose packages uv has in its cache."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.row import Result, Row

ROW = Row("`make demo` in a fresh clone, packages cached by uv, Nextflow by `seq2exp setup`", "s", 165, 120)
ROOT = Path(__file__).parents[1]


def measure() -> Result:
    with tempfile.TemporaryDirectory() as name:
        return Result(made(clone(Path(name))), {})


def clone(folder: Path) -> Path:
    """Clone the repository into a folder."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder / "seq2exp"], check=True)
    return folder / "seq2exp"


def made(place: Path) -> float:
    """Seconds of `make demo` in a clone; what this process sets for itself is not handed on."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "THP_"))}
    began = time.perf_counter()
    subprocess.run(["make", "demo"], cwd=place, env=env, check=True, capture_output=True)
    return time.perf_counter() - began
