import os
import signal
import subprocess
import sys
import threading

import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.runtime import doctor, jvm, launch, nextflow, tools


def fake(path, says, status=0):
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("says", "fits"),
    [
        ("nextflow version 24.10.0.5928", True),
        ("nextflow version 26.08.0-edge", True),
        ("nextflow version 24.04.4", False),
        ("nextflow version 27.04.0", False),
        ("", False),
    ],
)
def test_nextflow_fits_from_24_10_to_26(tmp_path, says, fits):
    assert nextflow.fits(fake(tmp_path / "nextflow", says), {}) is fits


def test_unsupported_nextflow_on_path_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys):
    program = fake(tmp_path / "nextflow", "nextflow version 23.10.1.5891")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(nextflow, "cached", lambda kind: fake(tmp_path / "pinned", "nextflow version 24.10.0.5928"))
    sentence = f"{program} is version 23.10.1, and the pipeline runs on Nextflow 24.10.0 to 26.x"
    assert nextflow.find().command == str(tmp_path / "pinned")
    assert sentence in capsys.readouterr().err
    monkeypatch.setattr(doctor, "cached", nextflow.cached)
    assert sentence in next(finding for finding in doctor.examine() if finding.name == "Nextflow").advice


def test_only_setup_installs(tmp_path, monkeypatch):
    """On a machine with neither Java, Nextflow nor bedtools a run says what to do, and touches nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "install", lambda requirement: pytest.fail(f"installed {requirement}"))
    monkeypatch.setattr(tools.subprocess, "run", lambda *_, **__: pytest.fail("started a program"))
    monkeypatch.setattr(nextflow, "cached", lambda kind: None)
    monkeypatch.setattr(nextflow, "from_launcher", lambda env: pytest.fail("asked the network"))
    with pytest.raises(InputError, match=r"bedtools is not on PATH: .*seq2exp setup"):
        tools.bedtools()
    monkeypatch.setattr(tools, "find_java", lambda: None)
    with pytest.raises(InputError, match=r"no Java 17-23 .*seq2exp setup"):
        nextflow.find()
    monkeypatch.setattr(tools, "find_java", lambda: ("/opt/java/bin/java", "PATH"))
    with pytest.raises(InputError, match=r"no Nextflow 24\.10\.0 .*seq2exp setup"):
        nextflow.find()


def test_doctor_finds_the_memory_where_the_kernel_does_not_tell_it(monkeypatch):
    monkeypatch.setattr(doctor.Path, "read_text", lambda *_, **__: "")
    assert doctor._free_memory() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_lock_list_names_the_release_and_full_checksums():
    locked = nextflow.locked()
    assert f"io.nextflow:nextflow:{nextflow.RELEASE}" in locked
    assert all(len(digest) == 64 for digest in locked.values())


def test_a_changed_jar_is_refused(tmp_path):
    for coordinates in nextflow.locked():
        (tmp_path / nextflow.jar(coordinates)).write_text("not a jar")
    with pytest.raises(InputError, match="not what was pinned"):
        nextflow.check(tmp_path)


def test_failed_download_leaves_nothing_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQ2EXP_CACHE", str(tmp_path))
    monkeypatch.setattr(nextflow.shutil, "which", lambda name: "mvn")
    monkeypatch.setattr(nextflow, "by_maven", lambda library: (library / "nextflow-24.10.0.jar").write_text("half"))
    with pytest.raises(InputError):
        nextflow.from_maven()
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "version"), [('openjdk version "17.0.15" 2025-04-15', 17), ('openjdk version "21" 2023-09-19', 21)]
)
def test_java_version_is_read(tmp_path, line, version):
    assert tools.java_version(str(fake(tmp_path / "java", line))) == version


def test_doctor_covers_everything_and_advises_where_something_lacks():
    findings = list(doctor.examine())
    names = "Python Java Nextflow bedtools torch CUDA mamba-ssm Docker Podman Apptainer Slurm".split()
    assert [finding.name for finding in findings] == [*names, "free disk", "free memory"]
    assert all(finding.advice or finding.state == "ok" for finding in findings)


@pytest.mark.parametrize("status", [0, 1, 2, 75])
def test_exit_status_of_nextflow_is_passed_on(status):
    assert launch.wait(subprocess.Popen([sys.executable, "-c", f"raise SystemExit({status})"])) == status


def test_termination_is_passed_on_to_nextflow():
    child = subprocess.Popen(["sleep", "60"])
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    assert launch.wait(child) == 128 + signal.SIGTERM


def test_classes_are_kept_once_and_only_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQ2EXP_CACHE", str(tmp_path))
    place = jvm.archive("1")
    monkeypatch.setattr(jvm, "PAGES", tmp_path / "pages")
    assert jvm.options("1", "-Xmx1g") == f"-Xmx1g {jvm.COLLECTOR}"
    assert jvm.options("1", "-XX:+UseZGC") == "-XX:+UseZGC", "Java refuses two collectors"
    program = tmp_path / "nextflow"
    program.write_text('#!/bin/sh\nf=${NXF_OPTS#*ArchiveClassesAtExit=}\necho half > "${f%% *}"\nexit 1\n')
    program.chmod(0o755)
    jvm.keep("1", str(program), dict(os.environ))
    assert not place.exists() and [path.name for path in tmp_path.iterdir()] == ["nextflow"]
    program.write_text(program.read_text().replace("exit 1", "exit 0"))
    jvm.keep("1", str(program), dict(os.environ))
    assert place.read_text() == "half\n"
    program.write_text("#!/bin/sh\nexit 9\n")
    jvm.keep("1", str(program), dict(os.environ))
    assert jvm.options("1", "-Xmx1g") == f"-Xmx1g {jvm.COLLECTOR} -Xshare:auto -XX:SharedArchiveFile={place} -Xlog:disable"


def test_java_is_asked_for_large_pages_where_the_kernel_has_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQ2EXP_CACHE", str(tmp_path))
    monkeypatch.setattr(jvm, "PAGES", tmp_path / "pages")
    for text, asked in (("always [madvise] never\n", True), ("always madvise [never]\n", False)):
        jvm.PAGES.write_text(text)
        assert (jvm.LARGE_PAGES in jvm.options("1").split()) == asked
