"""`benchmarks/gpu.sh`, rehearsed: every part to its end, in a folder of at most eight files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from seq2exp_py.kernels import selective_scan

ROOT = Path(__file__).parents[2]
PARTS = ("rates", "kernels", "steps", "training", "layer", "windows", "processes")


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """The folder of a dry run."""
    pytest.importorskip("triton", reason="triton is not installed")
    out = tmp_path_factory.mktemp("card")
    environment = {**os.environ, "OUT": str(out), "PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([ROOT / "benchmarks" / "gpu.sh", "--dry"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    return out


def test_every_part_comes_to_its_end(rehearsed):
    assert sorted(path.name for path in rehearsed.iterdir()) == sorted([*(f"{part}.json" for part in PARTS), "log.txt"])
    for part in PARTS:
        body = json.loads((rehearsed / f"{part}.json").read_text())
        assert body["device"] == "cpu (dry run)" and body["finished"] and body["rows"] and not body["failed"], body


def test_kernels_models_and_resumed_runs_equal_what_they_are_held_to(rehearsed):
    for part, fewest in (("kernels", 8), ("processes", 3)):
        rows = json.loads((rehearsed / f"{part}.json").read_text())["rows"]
        assert len(rows) >= fewest and all(row["equal"] for row in rows), rows


def test_a_part_that_fails_leaves_the_others_and_is_told(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "python").write_text('#!/bin/sh\ncase "$*" in *summary*) exec ' + sys.executable + ' "$@" ;; esac\nexit 3\n')
    (tmp_path / "python").chmod(0o755)
    environment = {**os.environ, "OUT": str(tmp_path / "out"), "PYTHON": str(tmp_path / "python")}
    done = subprocess.run([ROOT / "benchmarks" / "gpu.sh", "--dry"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    for part in PARTS:
        body = json.loads((tmp_path / "out" / f"{part}.json").read_text())
        assert not body["finished"] and "exit status 3" in body["failed"][0]["reason"]


def test_the_scan_by_doubling_equals_the_reference_with_its_gradients():
    from benchmarks.card import exact

    g = torch.Generator().manual_seed(0)
    shapes = {"u": (2, 37, 3), "delta": (2, 37, 3), "A": (3, 2), "B": (2, 37, 2), "C": (2, 37, 2), "D": (3,), "z": (2, 37, 3)}
    made = {name: torch.randn(shape, generator=g, dtype=torch.float64) for name, shape in (shapes | {"delta_bias": (3,)}).items()}
    made["A"] = -made["A"].abs()
    for reverse in (False, True):
        runs = []
        for scan, flags in ((exact.selective_scan, {}), (selective_scan, {"delta_softplus": True, "backend": "reference"})):
            leaves = {name: x.clone().requires_grad_() for name, x in made.items()}
            y = scan(**leaves, reverse=reverse, **flags)
            y.square().sum().backward()
            runs.append([y.detach(), *(leaf.grad for leaf in leaves.values())])
        for found, wanted in zip(*runs, strict=True):
            assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-12)
