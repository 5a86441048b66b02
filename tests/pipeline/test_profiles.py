"""What the profiles of schedulers and clouds resolve to, as `nextflow config` prints it."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.pipeline
EXECUTORS = {"slurm": "slurm", "sge": "sge", "lsf": "lsf", "awsbatch": "awsbatch", "googlebatch": "google-batch", "k8s": "k8s"}


@pytest.mark.parametrize(("profile", "executor"), EXECUTORS.items())
def test_profile_of_a_scheduler_keeps_the_gpu_request_and_lifts_the_limits_of_this_machine(profile, executor, program, tmp_path):
    command = [program.command, "config", str(ROOT), "-flat", "-profile", f"gpu,{profile},test"]
    shown = subprocess.run(command, cwd=tmp_path, env=program.env, capture_output=True, text=True, timeout=120).stdout
    lines = dict(line.split(" = ", 1) for line in shown.splitlines() if " = " in line)
    assert lines["process.executor"] == f"'{executor}'"
    assert lines["process.resourceLimits"] == "[]"
    assert lines["process.'withName:TRAIN|PREDICT'.maxForks"] == "0"
    assert "params.gpus_per_task" in lines["process.'withLabel:process_gpu'.accelerator"]


SBATCH = """#!/usr/bin/env bash
echo "$@" >> "$RECORD"
number=$(wc -l < "$RECORD")
bash "${@: -1}" > /dev/null 2>&1 < /dev/null
echo "Submitted batch job $number"
"""


def test_only_tasks_with_the_gpu_label_ask_slurm_for_one(program, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("sbatch", SBATCH), ("squeue", "#!/bin/sh\n"), ("scancel", "#!/bin/sh\n")):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    env = {**program.env, "PATH": f"{tools}{os.pathsep}{program.env['PATH']}", "RECORD": str(tmp_path / "record")}
    options = ["-stub-run", "-profile", "slurm,gpu,test", "--gpu_type", "h100", "--queue", "short", "--gpu_queue", "gpu"]
    command = [program.command, "run", str(ROOT), *options, "--models", "ridge", "--outdir", "results"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    asked = {}
    for script in (tmp_path / "work").rglob(".command.run"):
        text = script.read_text()
        name = text.split("#SBATCH -J nf-SEQ2EXP_")[1].split("_(")[0]
        asked[name] = ("--gres=gpu:h100:1" in text, "#SBATCH -p gpu" in text)
    assert {name for name, both in asked.items() if both == (True, True)} == {"LEARN_TRAIN", "LEARN_PREDICT"}
    assert {both for name, both in asked.items() if not name.startswith("LEARN")} == {(False, False)}
