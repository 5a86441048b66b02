"""One run at a time writes to a folder of results; a run that is stopped from outside says so and leaves the folder free."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.pipeline
ROOT = Path(__file__).parents[2]
STUB = ("-profile", "test", "-stub-run", "--models", "ridge")


def listening():
    """Heed Ctrl-C, which a process that is started in the background of a shell ignores, with all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def going(program, tmp_path):
    """A run that waits in its first task, and its log."""
    (tmp_path / "wait.config").write_text("process { withName: 'SIMULATE' { beforeScript = 'sleep 120' } }\n")
    log = tmp_path / "log"
    with log.open("w") as handle:
        command = [program.command, "run", str(ROOT), *STUB, "-c", "wait.config", "--outdir", "results"]
        run = subprocess.Popen(
            command, cwd=tmp_path, env=program.env, stdout=handle, stderr=handle, start_new_session=True, preexec_fn=listening
        )
    deadline = time.monotonic() + 300
    while "Submitted process" not in log.read_text():
        assert run.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
    yield run, log
    run.kill()
    run.wait()


def test_second_run_is_refused_and_a_stopped_one_says_how_to_go_on(going, pipeline, tmp_path):
    run, log = going
    other = tmp_path / "elsewhere"
    other.mkdir()
    second = pipeline(other, *STUB, "--outdir", str(tmp_path / "results"))
    assert second.returncode == 2
    assert "is in use by the run " in second.stdout and f"(process {run.pid} on " in second.stdout
    run.send_signal(signal.SIGINT)
    assert run.wait(120) != 0
    said = log.read_text()
    assert "Stopped from outside (SIGINT), before its end; what was done is kept, and -resume goes on from there" in said
    assert "the reason given above" not in said
    assert not (tmp_path / "results" / "pipeline_info" / "running.json").exists()


@pytest.mark.parametrize(("host", "status"), [("another", 2), (None, 0)])
def test_lock_of_a_dead_run_is_lifted_and_one_of_another_machine_is_not(host, status, pipeline, tmp_path):
    lock = tmp_path / "results" / "pipeline_info" / "running.json"
    lock.parent.mkdir(parents=True)
    here = subprocess.run(["uname", "-n"], capture_output=True, text=True, check=True).stdout.strip()
    dead = subprocess.Popen(["true"])
    dead.wait()
    lock.write_text(json.dumps({"run": "old_run", "host": host or here, "pid": dead.pid, "begun": "2026-01-01T00:00:00Z"}) + "\n")
    done = pipeline(tmp_path, *STUB, "--outdir", "results")
    assert done.returncode == status, done.stdout
    assert lock.exists() == bool(status)
    if status:
        assert f"is in use by the run old_run (process {dead.pid} on another)" in done.stdout
