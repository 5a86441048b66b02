"""The smallest form of `tests/real/run.sh`: K562 and GM12878 through the whole pipeline on the real files."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SEQ2EXP_REAL_DATA", ROOT.parent / "shared" / "data"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.pipeline,
    pytest.mark.skipif(not (DATA / "README.md").exists(), reason=f"no real data in {DATA} (SEQ2EXP_REAL_DATA)"),
]


def test_the_pipeline_runs_from_the_real_files_to_a_report_of_held_out_genes(tmp_path):
    program = Path(sys.executable).with_name("seq2exp")
    run = subprocess.run(
        [ROOT / "tests" / "real" / "run.sh", "--smallest", tmp_path],
        env=os.environ | {"SEQ2EXP": str(program), "SEQ2EXP_REAL_DATA": str(DATA), "NXF_ANSI_LOG": "false"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    results = tmp_path / "results"
    metrics = pd.read_csv(results / "evaluation" / "metrics.tsv", sep="\t")
    held_out = metrics[metrics.split == "test"]
    assert set(held_out.cell) == {"K562", "GM12878"}
    assert (held_out.n == 77).all()  # genes of chr22 whose 32 kb hold at least 95 % known bases (67 at 200 kb)
    assert {"seq2exp_soft", "ridge", "train_mean"} <= set(held_out.model)
    assert (results / "multiqc" / "multiqc_report.html").stat().st_size > 100_000
    assert (results / "K562" / "masks" / "K562.seq2exp_soft.max.bw").exists()
