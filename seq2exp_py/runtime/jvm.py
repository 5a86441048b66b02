"""How Java starts the cached release: with Nextflow's classes as it lays them out in memory, which takes two thirds of the time.

Java holds the archive against its own version and the jars, and does without it where they differ (class data sharing, JEP 350).
"""

import re
import subprocess
import tempfile
from pathlib import Path

from seq2exp_py.runtime.tools import cache_dir

SCRIPT = "process ONE {\n    script:\n    'true'\n}\n\nworkflow {\n    ONE()\n}\n"  # loads what every run loads
PATIENCE = 120.0  # seconds
QUIET = "-Xlog:disable"  # an archive that does not fit is no news
COLLECTOR = "-XX:+UseSerialGC"  # a run's heap is small: the default takes three times the memory, and threads from the tasks
LARGE_PAGES = "-XX:+UseTransparentHugePages"  # a tenth to a fifth of a start on a virtual machine, where new memory is dear
PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")  # Java warns where the kernel gives none


def archive(release: str) -> Path:
    """Where the archive of a release is kept."""
    return cache_dir() / f"nextflow-{release}.jsa"


def options(release: str, given: str = "") -> str:
    """NXF_OPTS with how memory is taken, unless a collector is given, and with the archive, where there is one."""
    place = archive(release)
    memory = [] if re.search(r"-XX:\+Use\w*GC", given) else [COLLECTOR, *([LARGE_PAGES] if large_pages() else [])]
    kept = ["-Xshare:auto", f"-XX:SharedArchiveFile={place}", QUIET] if place.exists() else []
    return " ".join([*given.split(), *memory, *kept])


def large_pages() -> bool:
    """Whether the kernel gives large pages to who asks for them."""
    return PAGES.exists() and "[never]" not in PAGES.read_text()


def keep(release: str, command: str, env: dict[str, str]) -> None:
    """Make the archive, once, by a run of one task; where that does not succeed there is none."""
    place = archive(release)
    if place.exists() or " " in str(place):  # NXF_OPTS has no quotes
        return
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        made = Path(folder) / place.name
        (Path(folder) / "main.nf").write_text(SCRIPT)
        given = env | {"NXF_OPTS": f"-XX:ArchiveClassesAtExit={made} {QUIET}", "NXF_ANSI_LOG": "false"}
        try:
            done = subprocess.run([command, "run", "main.nf"], cwd=folder, env=given, capture_output=True, timeout=PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode == 0 and made.exists():
            made.replace(place)
