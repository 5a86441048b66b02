"""Find Nextflow on this machine, or put the pinned release into the user's cache."""

import importlib
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from seq2exp_py.errors import InputError
from seq2exp_py.files import remove, sha256, whole
from seq2exp_py.progress import say
from seq2exp_py.runtime import jvm
from seq2exp_py.runtime.tools import cache_dir, install, install_java, java, output

RELEASE = "24.10.0"
OLDEST, BEYOND = (24, 10, 0), (27, 0, 0)
SUPPORTED = "24.10.0 to 26.x"  # docs/CONTRIBUTING.md says what was run with which
LAUNCHER = "https://get.nextflow.io"  # the vendor's installer
PATIENCE = 5.0  # seconds to wait for the vendor's site
JGO = "jgo==3.2.0"  # resolves Maven artifacts in Python, where the machine has no Maven


class Nextflow(NamedTuple):
    """A `nextflow` program, where it came from, and the environment to run it in."""

    command: str
    origin: str
    env: dict[str, str]


def environment() -> dict[str, str]:
    """Return the environment of Nextflow: this Python first on PATH, a Java that fits, nothing fetched at run time."""
    env = dict(os.environ)
    program, _ = java()
    env["JAVA_CMD"] = program
    env["JAVA_HOME"] = str(Path(program).resolve().parents[1])
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    env.setdefault("NXF_HOME", str(cache_dir() / "nextflow-home"))
    env.setdefault("NXF_OFFLINE", "true")
    env.setdefault("NXF_DISABLE_CHECK_LATEST", "true")
    return env


def version(command: str, env: dict[str, str]) -> tuple[int, ...] | None:
    """Return the version of a `nextflow` program; None where it does not run."""
    found = re.search(r"version (\d+)\.(\d+)\.(\d+)", output(command, "-v", env=env))
    return tuple(map(int, found.groups())) if found else None


def fits(command: str | Path | None, env: dict[str, str]) -> bool:
    """Tell whether a `nextflow` program runs and is of a supported version."""
    return command is not None and OLDEST <= (version(str(command), env) or (0,)) < BEYOND


def refusal(command: str, env: dict[str, str]) -> str | None:
    """Say why a `nextflow` program is not used: one sentence, or None where it is fit."""
    if fits(command, env):
        return None
    known = version(command, env)
    what = f"is version {'.'.join(map(str, known))}" if known else "does not run"
    return f"{command} {what}, and the pipeline runs on Nextflow {SUPPORTED}"


def find() -> Nextflow:
    """Return Nextflow from PATH, else from the cache.

    Raises:
        InputError: it is in neither.
    """
    env = environment()
    found = shutil.which("nextflow")
    refused = refusal(found, env) if found else None
    if refused:
        say(f"warning: {refused}: release {RELEASE} from the cache is used instead")
    if found and not refused:
        return Nextflow(found, "PATH", env)
    if place := cached("maven"):  # whole, and held against its checksums, or not there
        return Nextflow(str(place), "the cache", env | {"NXF_OPTS": jvm.options(RELEASE, env.get("NXF_OPTS", ""))})
    if (place := cached("launcher")) and fits(place, env):
        return Nextflow(str(place), "the cache", env)
    raise InputError(f"no Nextflow {SUPPORTED} on PATH: `seq2exp setup` puts release {RELEASE} into {cache_dir()}")


def find_or_install() -> Nextflow:
    """Return Nextflow as `find` does, else by the vendor's launcher, else from Maven Central; Java first where there is none.

    Raises:
        InputError: it is nowhere and cannot be installed.
    """
    install_java()
    try:
        nextflow = find()
    except InputError:
        env = environment()
        if from_launcher(env):
            return Nextflow(str(cached("launcher")), "the official launcher", env)
        nextflow = Nextflow(str(cached("maven")), from_maven(), env)
    if nextflow.command == str(cached("maven")):
        jvm.keep(RELEASE, nextflow.command, nextflow.env)
        return nextflow._replace(env=find().env)
    return nextflow


def cached(kind: str) -> Path | None:
    """Return the program in the cache, of one of both kinds of installation."""
    path = folder(kind) / "nextflow"
    return path if path.exists() else None


def folder(kind: str) -> Path:
    """Return the folder of an installation in the cache."""
    return cache_dir() / (f"nextflow-{RELEASE}" if kind == "maven" else f"nextflow-{RELEASE}-{kind}")


def from_launcher(env: dict[str, str]) -> bool:
    """Try the vendor's launcher with the pinned release; False where its site does not answer at once."""
    try:
        with urllib.request.urlopen(os.environ.get("SEQ2EXP_NEXTFLOW_LAUNCHER", LAUNCHER), timeout=PATIENCE) as answer:
            script = answer.read()
    except (OSError, ValueError):
        return False
    if not script.startswith(b"#!") or b"nextflow" not in script:
        return False
    home = folder("launcher")
    with whole(home) as place:
        place.mkdir(parents=True)
        (place / "nextflow").write_bytes(script)
        (place / "nextflow").chmod(0o755)
    if fits(home / "nextflow", {**env, "NXF_VER": RELEASE, "NXF_OFFLINE": "false"}):
        return True
    remove(home)
    return False


def from_maven() -> str:
    """Resolve the pinned jars from Maven Central, hold each against its checksum, and write the `nextflow` command.

    Returns:
        Where they came from, in words.
    """
    fetch: Callable[[Path], None] = by_maven if shutil.which("mvn") else by_jgo
    origin = "Maven Central by mvn" if fetch is by_maven else "Maven Central by the Python package jgo"
    say(f"no Nextflow on PATH: installing release {RELEASE} from {origin} into {folder('maven')}")
    with whole(folder("maven")) as place:
        library = place / "lib"
        library.mkdir(parents=True)
        fetch(library)
        check(library)
        (place / "nextflow").write_text(_data("nextflow.sh"))
        (place / "nextflow").chmod(0o755)
    return origin


def locked() -> dict[str, str]:
    """Return the SHA-256 of each jar by its Maven coordinates `group:artifact:version`."""
    return dict(line.split() for line in _data("nextflow.jars.txt").splitlines())


def jar(coordinates: str) -> str:
    """Return the file name of a jar."""
    _, artifact, release = coordinates.split(":")
    return f"{artifact}-{release}.jar"


def check(library: Path) -> None:
    """Hold the jars of a folder against the lock list.

    Raises:
        InputError: a jar is missing, differs, or does not belong there.
    """
    want = {jar(coordinates): digest for coordinates, digest in locked().items()}
    have = {path.name: sha256(path) for path in library.iterdir()}
    wrong = sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))
    if wrong:
        names = ", ".join(wrong[:3])
        raise InputError(f"the Nextflow download is not what was pinned ({names}): run again, or put Nextflow {RELEASE} on PATH")


def by_maven(library: Path) -> None:
    """Let Maven resolve the pinned pom; it reads the site's own settings.xml, so that mirrors work."""
    with resources.as_file(resources.files(__package__) / "pom.xml") as pom:
        command = [
            "mvn",
            "-q",
            "-B",
            "--strict-checksums",
            "-f",
            str(pom),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={library}",
        ]
        done = subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise InputError(
            f"mvn could not resolve Nextflow {RELEASE} (its message is above): check the network, or put Nextflow on PATH yourself"
        )


def by_jgo(library: Path) -> None:
    """Fetch the jars of the lock list with the Python package jgo: neither Maven nor Java is needed."""
    install(JGO)
    maven = importlib.import_module("jgo.maven").MavenContext(timeout=60)

    def fetch(coordinates: str) -> None:
        group, artifact, release = coordinates.split(":")
        shutil.copyfile(maven.project(group, artifact).at_version(release).artifact().resolve(), library / jar(coordinates))

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(fetch, locked()))
    except Exception as error:  # whatever its HTTP client raises: the reader needs to know what to do
        raise InputError(
            f"could not fetch Nextflow {RELEASE} from Maven Central ({error}): check the network, or put Nextflow on PATH yourself"
        ) from error


def _data(name: str) -> str:
    return (resources.files(__package__) / name).read_text()
