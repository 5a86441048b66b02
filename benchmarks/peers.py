"""The peers' own packages, installed beside ours in the user's cache, at the versions the figures were taken with."""

import importlib
import os
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

from benchmarks.row import SkipError

PACKAGES = ("mamba-ssm==2.3.2.post1", "einops==0.8.2", "mambapy==1.2.0")
FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seq2exp" / "peers"


def mamba_reference() -> Callable[..., object]:
    """Return mamba_ssm's `selective_scan_ref`, without the CUDA extension that the package imports on its way there."""
    _install()
    if "mamba_ssm" not in sys.modules:
        package = types.ModuleType("mamba_ssm")  # its __init__ imports models and their dependencies
        package.__path__ = [str(FOLDER / "mamba_ssm")]
        sys.modules |= {"mamba_ssm": package, "selective_scan_cuda": types.ModuleType("selective_scan_cuda")}
    module = importlib.import_module("mamba_ssm.ops.selective_scan_interface")
    scan: Callable[..., object] = module.selective_scan_ref
    return scan


def mambapy_scan() -> Callable[..., object]:
    """Return mambapy's `MambaBlock.selective_scan`, which discretises, runs its `pscan`, and reads out; its `self` is not used."""
    _install()
    scan: Callable[..., object] = importlib.import_module("mambapy.mamba").MambaBlock.selective_scan
    return scan


def _install() -> None:
    """Install the peers once; they are never part of our environment."""
    done = FOLDER / "installed.txt"
    if not done.exists() or done.read_text() != " ".join(PACKAGES):
        shutil.rmtree(FOLDER, ignore_errors=True)
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", str(FOLDER)]
        environment = os.environ | {"MAMBA_FORCE_BUILD": "TRUE", "MAMBA_SKIP_CUDA_BUILD": "TRUE"}
        command = [sys.executable, "-m", "pip", "install", *options, *PACKAGES]
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        if result.returncode:
            raise SkipError(f"the peers could not be installed: {(result.stderr.strip().splitlines() or ['pip failed'])[-1]}")
        done.write_text(" ".join(PACKAGES))
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
