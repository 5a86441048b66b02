"""Ten random kills over a run of the test profile, each followed by -resume: the end is that of an unbroken run."""

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from same_results import hashes

from seq2exp_py.runtime.nextflow import Nextflow

pytestmark = [pytest.mark.pipeline, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
KILLS = 10
PATIENCE = 600.0  # seconds until the next task starts


class Run:
    """One start of Nextflow in a folder, in a process group of its own."""

    def __init__(self, folder: Path, program: Nextflow, number: int):
        command = [program.command, "run", str(ROOT), "-profile", "test", "--outdir", "results", "-resume"]
        self.work, self.log = folder / "work", folder / f"log{number}"
        with self.log.open("w") as log:
            self.nextflow = subprocess.Popen(command, cwd=folder, env=program.env, stdout=log, stderr=log, start_new_session=True)

    def submitted(self) -> int:
        """Number of tasks that this start has set off."""
        return len(re.findall("ubmitted process", self.log.read_text()))

    def reaches(self, tasks: int) -> bool:
        """Wait until that many tasks were set off; False where the run ends before."""
        deadline = time.monotonic() + PATIENCE
        while self.submitted() < tasks:
            if self.nextflow.poll() is not None:
                return False
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return True

    def kill_all(self) -> None:
        """Nextflow and its tasks, as a machine that loses its power."""
        os.killpg(self.nextflow.pid, signal.SIGKILL)
        self.nextflow.wait()

    def kill_nextflow(self) -> None:
        """Nextflow alone; the tasks that run stay behind."""
        for process in [process for process in processes() if process_group(process) == self.nextflow.pid]:
            if words(process)[0].endswith("java"):
                os.kill(process, signal.SIGKILL)
        self.nextflow.kill()
        self.nextflow.wait()

    def kill_task(self, chance: random.Random) -> bool:
        """What one of the running tasks runs, if any does; Nextflow tries it again."""
        scripts = [process for process in processes() if f"{ROOT}/bin/" in " ".join(words(process)) and self.holds(process)]
        if scripts:
            os.kill(chance.choice(sorted(scripts)), signal.SIGKILL)
        return bool(scripts)

    def holds(self, process: int) -> bool:
        """Whether a process works in this run's work folder."""
        try:
            return self.work in Path(f"/proc/{process}/cwd").readlink().parents
        except OSError:
            return False


def processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def process_group(process: int) -> int:
    try:
        return os.getpgid(process)
    except ProcessLookupError:
        return 0


def words(process: int) -> list[str]:
    """Its command line; that of a process that has ended is empty."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return [""]


def test_ten_random_kills_leave_the_results_of_an_unbroken_run(finished, program, tmp_path):
    chance = random.Random(7)
    killed = {"all": 0, "nextflow": 0, "task": 0}
    starts, run, seen = 1, Run(tmp_path, program, 0), 0
    while sum(killed.values()) < KILLS:
        seen += chance.randint(1, 2)
        assert run.reaches(seen), run.log.read_text()  # it ends too early for as many kills, or failed
        time.sleep(chance.uniform(0, 4))
        what = chance.choice(list(killed))
        if what == "task":
            killed[what] += run.kill_task(chance)
            continue
        getattr(run, f"kill_{what}")()
        killed[what] += 1
        run, seen, starts = Run(tmp_path, program, starts), 0, starts + 1
    assert run.nextflow.wait(1500) == 0, run.log.read_text()
    print(f"killed {killed}, {starts} starts")
    assert all(killed.values())
    assert hashes(tmp_path / "results") == hashes(finished / "results")
