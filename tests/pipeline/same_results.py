"""What two runs must share byte for byte: everything but dates, names of runs and columns of seconds."""

from pathlib import Path

import pandas as pd

from seq2exp_py.files import sha256

TIMED = ("metrics.csv", "metrics.tsv", "summary.tsv")
SAME = ("cell*/**/*", "evaluation/*", "simulated/**/*")


def hashes(results: Path) -> dict[str, str]:
    files = sorted({path for pattern in SAME for path in results.glob(pattern) if path.is_file() and path.name != "params.yaml"})
    return {str(path.relative_to(results)): untimed(path) if path.name in TIMED else sha256(path) for path in files}


def untimed(path: Path) -> str:
    """A table without its columns of seconds, which no two runs share."""
    table = pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t", dtype=str, keep_default_na=False)
    return table.drop(columns=["seconds", "seconds_per_gene"], errors="ignore").to_csv(index=False)
