"""One finished run on simulated data, shared by all tests of this folder, whichever process they run in."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seq2exp_py.runtime import nextflow

ROOT = Path(__file__).parents[2]
UNOBSERVED = Path(__file__).parent / "unobserved.config"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def program() -> nextflow.Nextflow:
    found = nextflow.find_or_install()
    path = [found.env["PATH"], os.environ["PATH"]]
    env = {**found.env, "NXF_ANSI_LOG": "false", "PYTHONPATH": str(ROOT), "PATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1"}
    return found._replace(env=env)


@pytest.fixture(scope="session")
def pipeline(program: nextflow.Nextflow) -> Run:
    """Run `nextflow run` in a folder, without its reports unless they are asked for; output and exit status come back."""

    def run(
        folder: Path, *options: str, observed: bool = False, env: dict[str, str] = program.env
    ) -> "subprocess.CompletedProcess[str]":
        fewer = [] if observed else ["-c", str(UNOBSERVED)]
        command = [program.command, "run", str(ROOT), *fewer, *options]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=1500)

    return run


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process is here."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """A folder, made by the first process that asks; one half made is made again."""
    with alone(folder.with_suffix(".lock")):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "whole").touch()
    return folder


@pytest.fixture(scope="session")
def finished(pipeline: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished run of the test profile: `results`, `work`, `.nextflow`. No test may write to its results."""

    def make(folder: Path) -> None:
        done = pipeline(folder, "-profile", "test", "--outdir", "results", observed=True)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

    base = tmp_path_factory.getbasetemp()  # of this process; pytest-xdist's lie in one folder of the session
    return made_once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished", make)


@pytest.fixture
def resumable(finished: Path) -> Iterator[Path]:
    """The finished run's folder for a test that resumes it into other results; Nextflow lets one at a time do so."""
    with alone(finished.with_suffix(".resumed")):
        yield finished


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a Python environment of some packages, without this one, and return its interpreter; skip where that takes long."""

    def make(*packages: str) -> Path:
        folder = tmp_path_factory.mktemp("environment")
        uv, python = [sys.executable, "-m", "uv"], folder / "bin" / "python"
        try:
            for words in (["venv", "--python", sys.executable, folder], ["pip", "install", "--python", python, *packages]):
                subprocess.run([*uv, *words], check=True, capture_output=True, text=True, timeout=200)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"uv cannot install {', '.join(packages)} here: {str(error.stderr or error)[-200:]}")
        return python

    return make
