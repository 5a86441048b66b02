"""`--on_error continue` with real failures: what is sound comes to its end, and the report says what failed and why."""

import json
import os
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from seq2exp_py.cli.simulate import command as simulate

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.pipeline

# Stands before bin/ on PATH, so that no task's hash knows of it: gbm is killed as by a machine out of memory, mamba never ends
TRAIN = f"""#!/usr/bin/env bash
case "$*" in
    *"--model gbm"*) kill -9 $PPID; sleep 1 ;;
    *"--model mamba"*) sleep 300 ;;
esac
exec {ROOT}/bin/train.py "$@"
"""
# All peaks are one: too few to learn from
PRETRAIN = f"""#!/usr/bin/env bash
exec {ROOT}/bin/pretrain.py "$@" --set merge=10000000
"""
LIMITS = "process { withName: 'TRAIN' { memory = { 1.GB * task.attempt }; time = { meta.model == 'mamba' ? 4.s : 1.h } } }\n"


def damage(path: Path, share: float) -> bytes:
    """Blank 60 bytes of a file; what it held comes back."""
    sound = path.read_bytes()
    place = int(len(sound) * share)
    path.write_bytes(sound[:place] + bytes(60) + sound[place + 60 :])
    return sound


@pytest.fixture(scope="module")
def ran(program, tmp_path_factory):
    """Folder, output and options of a run where cell `late` breaks while its store is built and cell `early` in the check."""
    folder = tmp_path_factory.mktemp("on_error")
    world = folder / "world"
    made = CliRunner().invoke(simulate, ["--preset", "tiny", "--cells", "good,late,early", "--out", str(world)])
    assert made.exit_code == 0, made.output
    damage(world / "late" / "H3K27ac.bw", 0.25)  # a place that the check does not look at
    (world / "early" / "DNase.bw").write_bytes(b"no bigWig")
    (folder / "tools").mkdir()
    for name, text in (("train.py", TRAIN), ("pretrain.py", PRETRAIN)):
        (folder / "tools" / name).write_text(text)
        (folder / "tools" / name).chmod(0o755)
    (folder / "limits.config").write_text(LIMITS)
    splits = yaml.safe_load((world / "params.yaml").read_text())["splits"]
    files = ["--input", str(world / "samplesheet.csv"), "--fasta", str(world / "genome.fa"), "--gtf", str(world / "genes.gtf")]
    size = ["--genome", "sim", "--preset", "tiny", "--window", "32000", "--epochs", "1", "--splits", splits]
    short = ["--pretrain", "--pretrain_args", "--set least_steps=30 --set epochs=1"]
    options = [*files, *size, *short, "--models", "evidence,ridge,gbm,mamba", "--on_error", "continue", "--outdir", "results"]
    command = [program.command, "run", str(ROOT), "-c", "limits.config", *options]
    env = {**program.env, "PATH": os.pathsep.join([str(folder / "tools"), program.env["PATH"]])}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=900)
    return folder, done, options


def reasons(results: Path) -> dict[str, str]:
    """Why each task failed, from the report's section."""
    table = json.loads(next(results.rglob("seq2exp_failed_mqc.json")).read_text())["data"]
    found = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>.*?</td><td>(.*?)</td></tr>", table)
    return {f"{process} {tag}": why for process, tag, why in found}


def test_what_is_sound_comes_to_its_end(ran):
    folder, done, _ = ran
    assert done.returncode == 0, done.stdout
    assert (folder / "results" / "good" / "expression" / "good.ridge.expression.tsv").exists()
    assert not (folder / "results" / "late").exists()
    metrics = pd.read_csv(folder / "results" / "evaluation" / "metrics.tsv", sep="\t")
    assert set(metrics["cell"]) == {"good"}


def test_report_and_terminal_say_what_failed_and_why(ran):
    folder, done, _ = ran
    said = reasons(folder / "work")
    failed = {"CHECK early", "PREPARE_CELL late", "PRETRAIN sim", "TRAIN good.gbm.1", "TRAIN good.mamba.1"}
    assert set(said) == failed
    assert "peaks of good are left to learn from" in said["PRETRAIN sim"]
    left = json.loads(next((folder / "work").rglob("seq2exp_untrained_mqc.json")).read_text())["data"]
    assert "good.evidence.1</code>: PRETRAIN failed, which learns what multiplies this mask" in left
    assert re.match(r"input\d+/DNase.bw: is not a bigWig file", said["CHECK early"])
    assert re.match(r"input\d+/H3K27ac.bw: is truncated or damaged", said["PREPARE_CELL late"])
    assert "killed (exit status 137), most likely for want of memory, 3 times, the last with 3 GB" in said["TRAIN good.gbm.1"]
    assert "time limit of 4s" in said["TRAIN good.mamba.1"]
    for name in ("PREPARE_CELL (late)", "TRAIN (good.gbm.1)", "TRAIN (good.mamba.1)"):
        assert f"{name} failed: " in done.stdout
    report = (folder / "results" / "multiqc" / "multiqc_report.html").read_text()
    assert "H3K27ac.bw: is truncated or damaged" in report


def test_report_holds_time_and_memory_by_process(ran):
    folder, _, _ = ran
    for key in ("time", "memory"):
        data = json.loads(next((folder / "work").rglob(f"seq2exp_{key}_mqc.json")).read_text())["data"]
        assert set(data) == {"CHECK", "PREPARE_GENOME", "PREPARE_CELL", "TRAIN", "PREDICT", "ANNOTATE", "EVALUATE"}
        assert all(value > 0 for values in data.values() for value in values)


def test_once_mended_the_rest_is_computed_and_nothing_twice(ran, pipeline):
    folder, _, options = ran
    world = folder / "world"
    again = CliRunner().invoke(simulate, ["--preset", "tiny", "--cells", "good,late,early", "--out", str(folder / "sound")])
    assert again.exit_code == 0
    for file in ("late/H3K27ac.bw", "early/DNase.bw"):
        (folder / "sound" / file).replace(world / file)
    done = pipeline(folder, *(word.replace("evidence,ridge,gbm,mamba", "ridge,gbm") for word in options), "-resume")
    assert done.returncode == 0, done.stdout
    for task in ("PREPARE:PREPARE_CELL (good)", "LEARN:TRAIN (good.ridge.1)", "LEARN:PREDICT (good.ridge.1)"):
        assert f"Cached process > SEQ2EXP:{task}" in done.stdout
    metrics = pd.read_csv(folder / "results" / "evaluation" / "metrics.tsv", sep="\t")
    assert {(c, m) for c, m in zip(metrics["cell"], metrics["model"], strict=True) if m != "train_mean"} == {
        (c, m) for c in ("good", "late", "early") for m in ("ridge", "gbm")
    }
