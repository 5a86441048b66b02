"""A run that cannot go on ends in one sentence, and goes on from there once the reason is gone; the tasks are stubs."""

import os
import subprocess

import pytest

pytestmark = pytest.mark.pipeline
STUB = ("-profile", "test", "-stub-run", "--models", "ridge", "--outdir", "results")
KILLED = "process { withName: 'TRAIN' { ext.prefix = '$(kill -9 $$)'; memory = { 1.GB * task.attempt } } }\n"


def test_out_of_memory_is_tried_again_with_more_then_said_in_a_sentence(pipeline, tmp_path):
    (tmp_path / "killed.config").write_text(KILLED)
    done = pipeline(tmp_path, "-c", "killed.config", *STUB)
    assert done.returncode == 1
    assert "Execution is retried (2)" in done.stdout
    assert "failed: it was killed (exit status 137), most likely for want of memory, 3 times, the last with 3 GB" in done.stdout
    assert "Stopped, for the reason given above; what was done is kept, and -resume goes on from there" in done.stdout
    again = pipeline(tmp_path, *STUB, "-resume")
    assert again.returncode == 0, again.stdout
    assert "Cached process > SEQ2EXP:PREPARE:PREPARE_GENOME" in again.stdout  # cells may have been under way


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_full_disk_is_said_in_a_sentence_and_once_there_is_room_the_run_goes_on(pipeline, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        done = pipeline(disk, *STUB)
        assert done.returncode == 1
        assert "Stopped: the disk is full: make room" in done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        again = pipeline(disk, *STUB, "-resume")
        assert again.returncode == 0, again.stdout
        assert "Cached process > SEQ2EXP:PREPARE:CHECK" in again.stdout
        assert (disk / "results" / "multiqc" / "multiqc_report.html").exists()
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)
