"""What the profiles of schedulers and clouds resolve to, as `nextflow config` prints it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from seq2exp_py.runtime.params import PipelineParams

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.pipeline
EXECUTORS = {"slurm": "slurm", "sge": "sge", "lsf": "lsf", "awsbatch": "awsbatch", "googlebatch": "google-batch", "k8s": "k8s"}


@pytest.mark.parametrize(("profile", "executor"), EXECUTORS.items())
def test_profile_of_a_scheduler_keeps_the_gpu_request_and_lifts_the_limits_of_this_machine(profile, executor, program, tmp_path):
    lines = configuration(program, tmp_path, f"gpu,{profile},test")
    assert lines["process.executor"] == f"'{executor}'"
    assert lines["process.resourceLimits"] == "[]"
    assert lines["process.'withName:.*:(TRAIN|PREDICT)'.maxForks"] == "0"  # a full name wins over -profile gpu's TRAIN|PREDICT
    assert "params.gpus_per_task" in lines["process.'withLabel:process_gpu'.accelerator"]
    if profile == "slurm":
        assert lines == configuration(program, tmp_path, "test,slurm,gpu")


def configuration(program, folder, profiles):
    """What `nextflow config` makes of some profiles, by name; without the files that are named after the time."""
    command = [program.command, "config", str(ROOT), "-flat", "-profile", profiles]
    shown = subprocess.run(command, cwd=folder, env=program.env, capture_output=True, text=True, timeout=120).stdout
    lines = dict(line.split(" = ", 1) for line in shown.splitlines() if " = " in line)
    return {name: value for name, value in lines.items() if "/pipeline_info/" not in value}


@pytest.fixture
def tools(program, tmp_path):
    """Put shell scripts first on PATH; their environment comes back."""

    def write(**scripts):
        folder = tmp_path / "tools"
        folder.mkdir()
        for name, text in scripts.items():
            (folder / name.replace("_", "-")).write_text(f"#!/usr/bin/env bash\n{text}\n")
            (folder / name.replace("_", "-")).chmod(0o755)
        return {**program.env, "PATH": f"{folder}{os.pathsep}{program.env['PATH']}"}

    return write


SBATCH = """
echo "$@" >> "$RECORD"
number=$(wc -l < "$RECORD")
bash "${@: -1}" > /dev/null 2>&1 < /dev/null
echo "Submitted batch job $number"
"""


def test_only_tasks_with_the_gpu_label_ask_slurm_for_one(pipeline, tools, tmp_path):
    env = {**tools(sbatch=SBATCH, squeue="", scancel=""), "RECORD": str(tmp_path / "record")}
    (tmp_path / "fast.config").write_text("executor { submitRateLimit = '10/1sec'; pollInterval = '500ms' }\n")
    options = ["-profile", "slurm,gpu,test", "--gpu_type", "h100", "--queue", "short", "--gpu_queue", "gpu", "--models", "ridge"]
    done = pipeline(tmp_path, "-c", "fast.config", "-stub-run", *options, "--outdir", "results", env=env)
    assert done.returncode == 0, done.stdout
    asked = {}
    for script in (tmp_path / "work").rglob(".command.run"):
        text = script.read_text()
        name = text.split("#SBATCH -J nf-SEQ2EXP_")[1].split("_(")[0]
        asked[name] = ("--gres=gpu:h100:1" in text, "#SBATCH -p gpu" in text)
    assert {name for name, both in asked.items() if both == (True, True)} == {"LEARN_TRAIN", "LEARN_PREDICT"}
    assert {both for name, both in asked.items() if not name.startswith("LEARN")} == {(False, False)}


IMAGE = PipelineParams().image
NO_GPU = "-profile gpu was asked for and this machine shows no GPU"
NO_ENGINE = "-profile docker was asked for and docker does not answer here"
NO_FILE = f"apptainer reads image files and registries, where {IMAGE} is not: --image /path/seq2exp.sif"
NO_IMAGE = f"docker has no image {IMAGE} here: ENGINE=docker make image builds it"


@pytest.mark.parametrize(
    ("profile", "scripts", "said"),
    [
        ("gpu,docker", {"nvidia_smi": "exit 9", "docker": "exit 1"}, {NO_GPU, NO_ENGINE}),
        ("docker,gpu", {"nvidia_smi": "", "docker": '[ "$1" = info ]'}, {NO_IMAGE}),
        ("apptainer", {}, {NO_FILE}),
    ],
)
def test_what_the_machine_lacks_is_said_before_any_task(profile, scripts, said, pipeline, tools, tmp_path):
    done = pipeline(tmp_path, "-profile", profile, "--cells", "K562", env=tools(**scripts))
    assert done.returncode == 2
    assert {words for words in (NO_GPU, NO_ENGINE, NO_IMAGE, NO_FILE) if words in done.stdout} == said
    assert "FETCH" not in done.stdout


def test_inspect_names_the_image_of_each_process_without_an_engine(program, tools, tmp_path):
    command = [program.command, "inspect", str(ROOT), "-profile", "docker,test", "--models", "ridge", "-format", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=tools(docker="exit 1"), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {process["container"] for process in json.loads(done.stdout)["processes"]} == {IMAGE}
