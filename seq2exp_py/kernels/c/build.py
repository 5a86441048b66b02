"""The C kernels: compiled for this processor when first needed, kept in the user's cache, left out without a compiler."""

import ctypes
import functools
import hashlib
import itertools
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from seq2exp_py.files import whole
from seq2exp_py.kernels.c.structs import check

SOURCES = [Path(__file__).parent / name for name in ("vectors.c", "scan.c", "conv.c", "match.c")]
COMPILE = ("-O3", "-ffp-contract=fast", "-shared", "-fPIC")
MACHINE = ("-march=native", "-mcpu=native")  # x86 and gcc anywhere; clang on Arm
# Threads come from the OpenMP runtime that torch has loaded, so that one pool serves both; else from our own; else there is one.
THREADS = (("-fopenmp", "-nodefaultlibs", "-lc"), ("-fopenmp",), ())


@functools.cache
def library() -> ctypes.CDLL | None:
    """Load the compiled kernels; None without a compiler, or where SEQ2EXP_NATIVE=0."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler or os.environ.get("SEQ2EXP_NATIVE") == "0":
        return None
    for more in itertools.product(MACHINE, THREADS):
        try:
            loaded = ctypes.CDLL(str(_built(compiler, (more[0], *more[1]))))
        except (OSError, subprocess.SubprocessError):
            continue
        check(loaded)
        return loaded
    return None


def _built(compiler: str, options: tuple[str, ...]) -> Path:
    """Return the shared library for this processor, compiling it if the cache lacks it."""
    key = hashlib.sha256(repr((compiler, options, COMPILE, _processor())).encode())
    for source in SOURCES:
        key.update(source.read_bytes())
    name = f"kernels-{key.hexdigest()[:16]}.so"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seq2exp"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return _compile(compiler, options, cache / name)
    except (OSError, RuntimeError):
        return _compile(compiler, options, Path(tempfile.mkdtemp(prefix="seq2exp-")) / name)


def _compile(compiler: str, options: tuple[str, ...], path: Path) -> Path:
    if not path.exists():
        with whole(path) as partial:
            command = [*compiler.split(), *COMPILE, *map(str, SOURCES[1:]), *options, "-o", str(partial)]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
    return path


def _processor() -> str:
    """What `-march=native` depends on."""
    try:
        return next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return f"{platform.machine()} {platform.processor()}"
