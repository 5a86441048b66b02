"""Packages whose pins or compiled parts our environment cannot hold, each in a folder of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("SEQ2EXP_PARITY_CACHE", Path.home() / ".cache" / "seq2exp" / "parity"))
ROOT = Path(__file__).parents[2]


def folder(name: str, *installs: tuple[str, ...], **environment: str) -> Path:
    """A folder to put on PYTHONPATH with what `installs` (arguments of pip) bring; the test is skipped if they cannot be had."""
    place = CACHE / name
    if not (place / ".whole").exists():
        shutil.rmtree(place, ignore_errors=True)
        for arguments in installs:
            done = subprocess.run(
                [*_installer(), "--target", str(place), *arguments], capture_output=True, text=True, env=os.environ | environment
            )
            if done.returncode:
                pytest.skip(f"{name} cannot be installed: {done.stderr.strip().splitlines()[-1]}")
        (place / ".whole").touch()
    return place


def run(script: str, packages: Path, *arguments: Path) -> None:
    """Run a script of this folder with the packages before our own environment's."""
    command = [sys.executable, str(Path(__file__).parent / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(packages)})
    assert done.returncode == 0, done.stderr


def _installer() -> list[str]:
    uv = shutil.which("uv") or (str(p) if (p := Path(sys.executable).with_name("uv")).is_file() else None)
    return [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
