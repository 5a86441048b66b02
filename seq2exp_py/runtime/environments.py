"""The conda environment of each module, from pyproject.toml: Python's packages, bedtools beside them, MACS3 where it is called."""

import re
import tomllib
from pathlib import Path

HEADER = """---
# yaml-language-server: $schema=https://raw.githubusercontent.com/nf-core/modules/master/modules/environment-schema.json
channels:
  - conda-forge
  - bioconda
dependencies:
"""
BESIDE = ("bedtools=2.31.1", "python=3.11")
OTHER_NAMES = {"torch": "pytorch"}  # conda's
EXTRAS = {"call/peaks": "peaks", "check": "peaks"}  # by module: packages of an optional part of pyproject.toml


def environments(root: Path) -> dict[Path, str]:
    """The environment files of a repository and what they must hold."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    modules = root / "modules" / "local"
    found = {}
    for path in sorted(modules.rglob("environment.yml")):
        extra = EXTRAS.get(str(path.parent.relative_to(modules)))
        found[path] = text([*project["dependencies"], *(project["optional-dependencies"][extra] if extra else [])])
    return found


def text(requirements: list[str]) -> str:
    """One environment file."""
    packages = sorted([*BESIDE, *map(conda, requirements)])
    return HEADER + "".join(f"  - {package}\n" for package in [*packages, "pip"])


def conda(requirement: str) -> str:
    """A requirement of PyPI as conda writes it."""
    name, versions = re.fullmatch(r"([\w.-]+)(.*)", requirement.replace(" ", ""), re.DOTALL).groups()  # type: ignore[union-attr]
    return OTHER_NAMES.get(name, name.lower()) + versions
