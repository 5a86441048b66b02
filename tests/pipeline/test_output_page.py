"""docs/output.md is true of a finished run: it names every file, every column, and what it tells to type works."""

import csv
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.pipeline
PAGE = (Path(__file__).parents[2] / "docs" / "output.md").read_text()
SNIPPETS = [found.groups() for found in re.finditer(r"^```(bash|python|r)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)]
OF_THE_RUN = {"K562": "cellA", "GM12878": "cellB", "MYC": "SIM3"}
COMMANDS = {
    "bash": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-W", "error::FutureWarning", "-c"],
    "r": ["Rscript", "-e"],
}


def documented() -> dict[str, bool]:
    """Pattern of every file of the page, and whether a run may lack it."""
    out = {}
    for line in re.findall(r"^- (`.*)$", PAGE, re.MULTILINE):
        names, _, text = line.partition(": ")
        out |= dict.fromkeys(re.findall(r"`([^`]+)`", names), "absent" in text or text.startswith("with `--"))
    return out


def matches(pattern: str, path: str) -> bool:
    parts = re.split(r"<\w+>|\*", pattern)
    return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


def test_every_file_is_on_the_page_and_every_file_of_the_page_is_there(finished):
    files = [path.relative_to(finished / "results").as_posix() for path in (finished / "results").rglob("*") if path.is_file()]
    patterns = documented()
    assert [path for path in files if not any(matches(pattern, path) for pattern in patterns)] == []
    must = [pattern for pattern, optional in patterns.items() if not optional]
    assert len(must) > 30
    assert [pattern for pattern in must if not any(matches(pattern, path) for path in files)] == []


def test_every_column_is_on_the_page(finished):
    words = set(re.findall(r"[\w%]+", PAGE))
    tables = [*finished.glob("results/evaluation/*.tsv"), *finished.glob("results/cell*/*/*.expression.tsv")]
    tables += [*finished.glob("results/hub/genome/*.tsv"), *finished.glob("results/cell*/checkpoints/*/*.csv")]
    assert len(tables) > 10
    for path in tables:
        with path.open(newline="") as handle:
            columns = next(csv.reader(handle, delimiter="," if path.suffix == ".csv" else "\t"))
        named = [column for column in columns if "." not in column]  # the matrix's are <cell>.<model>
        assert [column for column in named if column not in words] == [], path


def imported(code: str) -> set[str]:
    return {name for name in re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE) if name not in sys.stdlib_module_names}


def command(language: str, code: str, environment) -> list[str]:
    """The command that runs a snippet; the test is skipped where what the snippet needs is not here."""
    if language == "python" and any(importlib.util.find_spec(name) is None for name in imported(code)):
        return [str(environment(*sorted(imported(code)))), "-c"]
    if not shutil.which(COMMANDS[language][0]):
        pytest.skip("R is not installed (Debian: apt-get install r-base-core r-bioc-rtracklayer r-bioc-deseq2)")
    for library in re.findall(r"library\((\w+)\)", code):
        if subprocess.run(["Rscript", "-e", f"quit(status = !requireNamespace('{library}', quietly = TRUE))"]).returncode:
            pytest.skip(f"R has no package {library}")
    for program in re.findall(r"\b(bedtools|bigBedToBed)\b", code if language == "bash" else ""):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    return COMMANDS[language]


@pytest.mark.parametrize(("language", "code"), SNIPPETS, ids=[f"{language}{i}" for i, (language, _) in enumerate(SNIPPETS)])
def test_what_the_page_tells_to_type_works(language, code, finished, environment, tmp_path):
    for name, ours in OF_THE_RUN.items():
        code = code.replace(name, ours)
    for name in ("results", "work"):
        (tmp_path / name).symlink_to(finished / name)
    env = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run([*command(language, code, environment), code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_addresses_of_the_page_are_files_of_the_run(finished):
    found = re.findall(r"https://example\.org/(results/\S+)", PAGE)
    assert len(found) >= 4
    assert [path for path in found if not (finished / path.replace("K562", "cellA")).is_file()] == []


def test_the_page_opens_every_kind_of_file():
    typed = "".join(code for _, code in SNIPPETS)
    for ending in (".max.bw", ".bed", ".bb", ".bedpe", ".expression.tsv", ".htseq.txt", "summary.tsv", "comparisons.tsv"):
        assert ending in typed, ending
    assert {language for language, _ in SNIPPETS} == set(COMMANDS)
