"""A task does its work twice in one process: the whole less twice the second time is what everything but its work takes."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.row import Result, Row, summary

ROW = Row("start of the slowest task that is neither a network's nor gbm's: all of its time but its work's", "s", 1.2, 0.7)
OWN_ROW = "train gbm"
REPEATS = 5
TWICE = """
import json, sys, time
from seq2exp_py.cli import group
words, *outs = json.loads(sys.argv[1])
for out in outs:
    began = time.perf_counter()
    group([*words, "--out", out], standalone_mode=False)
print("work:", time.perf_counter() - began)
"""
FITTED, MASKED = ("ridge", "gbm"), "evidence"
SEQ2EXP = Path(sys.executable).with_name("seq2exp")


def measure() -> Result:
    with tempfile.TemporaryDirectory() as name:
        tasks = {task: words for task, words in prepared(Path(name)).items() if task != OWN_ROW}
        return slowest(tasks, Path(name))


def slowest(tasks: dict[str, list[str]], folder: Path) -> Result:
    """The start of the slowest of some tasks, and of all."""
    begun: dict[str, list[float]] = {task: [] for task in tasks}
    for turn in range(REPEATS):
        for task, words in tasks.items():
            begun[task].append(start(words, folder / f"{task} {turn}"))
    return Result(
        max(statistics.median(times) for times in begun.values()), {task: summary(times) for task, times in begun.items()}
    )


def start(words: list[str], out: Path) -> float:
    """Seconds that a task takes beside its work."""
    out.mkdir(parents=True)
    given = json.dumps([words, str(out / "first"), str(out / "second")])
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", TWICE, given], cwd=out, capture_output=True, text=True)
    whole = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr)
    return whole - 2 * float(done.stdout.rpartition("work:")[2])


def prepared(folder: Path) -> dict[str, list[str]]:
    """The words of each task but its --out, on a simulated cell that has been through the stages before."""
    world, stores = folder / "world", ["--genome", f"{folder}/genome", "--cell", f"{folder}/A"]
    given = ["--fasta", f"{world}/genome.fa", "--genes", f"{world}/genes.gtf", "--blacklist", f"{world}/blacklist.bed"]
    given += ["--splits", "train=chr1;valid=chr2;test=chr3", "--window", "32000"]
    sheet = ["--input", f"{world}/samplesheet.csv"]
    predictions = [word for model in (*FITTED, MASKED) for word in ("--prediction", f"{folder}/{model}.predict")]
    tasks = {"check": ["check", *sheet, *given]}
    run(["simulate", "--preset", "tiny", "--cells", "A"], world)
    run(["prepare-genome", "--name", "sim", *given], folder / "genome")
    run(["prepare-cell", "--genome", f"{folder}/genome", *sheet, "--cell", "A"], folder / "A")
    for model in (*FITTED, MASKED):
        steps = {
            "train": ["train", *stores, "--model", model, "--preset", "tiny"],
            "predict": ["predict", *stores, "--checkpoint", f"{folder}/{model}.train"],
        }
        for step, words in steps.items():
            run(words, folder / f"{model}.{step}")
            if model in FITTED:
                tasks[f"{step} {model}"] = words
    tasks["annotate"] = ["annotate", *stores, "--prediction", f"{folder}/{MASKED}.predict"]
    tasks["evaluate"] = ["evaluate", *stores, *predictions, "--truth", f"{world}/truth", "--control", "ridge"]
    run(tasks["annotate"], folder / "results" / "A")
    run(tasks["evaluate"], folder / "evaluation")
    evaluation = ["--evaluation", f"{folder}/evaluation"]
    tasks["report"] = ["report", *evaluation, "--annotation", f"{folder}/results/A", "--checkpoint", f"{folder}/ridge.train"]
    tasks["hub"] = ["hub", "--results", f"{folder}/results", *stores, *evaluation]
    return tasks


def run(words: list[str], out: Path) -> None:
    """Run a command of `seq2exp`."""
    done = subprocess.run([SEQ2EXP, *words, "--out", out], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
