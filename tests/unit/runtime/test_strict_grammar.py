"""The rules of Nextflow's strict grammar that this pipeline once broke; `nextflow lint` in .github/workflows holds them all."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from groovy_code import code

from seq2exp_py.runtime.schema import parameters

ROOT = Path(__file__).parents[3]
Files = dict[str, str]
SCHEDULERS = ("slurm", "sge", "lsf", "awsbatch", "googlebatch", "k8s")


def pipeline() -> Files:
    """Text of every script and configuration by its path in the repository."""
    places = [ROOT, *(ROOT / name for name in ("workflows", "subworkflows", "modules", "conf"))]
    found = [path for place in places for path in (place.glob("*.*") if place == ROOT else place.rglob("*.*"))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(found) if path.suffix in (".nf", ".config")}


def nowhere(pattern: str, only: str = "", but: str = "") -> Callable[[Files], Iterator[str]]:
    """A rule: code of the files that end with `only`, the file `but` left out, nowhere holds the pattern."""

    def rule(files: Files) -> Iterator[str]:
        for path, text in files.items():
            if path.endswith(only) and path != but:
                for found in re.finditer(pattern, code(text), flags=re.MULTILINE):
                    yield f"{path}: {found[0].strip()}"

    return rule


def closures_called_as_functions(files: Files) -> Iterator[str]:
    for path, text in files.items():
        for name in set(re.findall(r"\bdef (\w+) = \{", code(text))):
            yield from (f"{path}: {name}(…)" for _ in re.finditer(rf"(?<![.\w]){name}\s*\(", code(text)))


def unused_catch_parameters(files: Files) -> Iterator[str]:
    for path, text in files.items():
        for found in re.finditer(r"^( *)catch \(\S+ ([A-Za-z]\w*)\) \{(?: *\}|(.*?)^\1\})", text, flags=re.DOTALL | re.MULTILINE):
            if not re.search(rf"\b{found[2]}\b", found[3] or ""):
                yield f"{path}: catch ({found[2]})"


def untyped_params_in_configuration(files: Files) -> Iterator[str]:
    """Text in a text is safe; a number or a truth value that stands alone is the strict parser's text."""
    allowed = {"integer": r"\s+as int\b|\s*\?", "number": r"\s+as double\b|\s*\?", "boolean": r"\.toString\(\) == "}
    for name, rule in parameters().items():
        if rule["type"] != "string":
            wrong = rf"(?<!\$\{{)\bparams\.{name}\b(?!{allowed[rule['type']]})"
            yield from nowhere(wrong, only=".config")(files)


def limits_in_two_places(files: Files) -> Iterator[str]:
    """A plain name in -profile gpu, the full name for schedulers: the full one wins in any order of profiles."""
    lines = {path: re.findall(r"withName: '(.*?)' \{ maxForks", text) for path, text in files.items() if "maxForks" in code(text)}
    wanted = {"nextflow.config": ["TRAIN|PREDICT"], "conf/scheduler.config": [".*:(TRAIN|PREDICT)"]}
    yield from (f"{path}: maxForks" for path in lines.keys() | wanted.keys() if lines.get(path) != wanted.get(path))
    for name in SCHEDULERS:
        if "includeConfig 'scheduler.config'" not in files[f"conf/{name}.config"]:
            yield f"conf/{name}.config: no scheduler.config"


def included_twice_with_includes(files: Files) -> Iterator[str]:
    """The strict parser of 25.04 and 25.10 runs a script once for each that includes it: what it includes would be there twice."""
    owners: dict[str, set[str]] = {}
    for path, text in files.items():
        for place in re.findall(r"^include \{.*\} from '(\..*)'", text, flags=re.MULTILINE):
            owners.setdefault(os.path.normpath(Path(path).parent / place / "main.nf"), set()).add(path)
    for path, included_by in owners.items():
        if len(included_by) > 1 and re.search("^include ", files[path], flags=re.MULTILINE):
            yield f"{path}: included by {', '.join(sorted(included_by))}"


def default_arguments(files: Files) -> Iterator[str]:
    """Nextflow takes them for a second function of the same name."""
    yield from nowhere(r"^def \w+\([^)]*=.*\) \{", only=".nf")(files)


def when_without_its_reason(files: Files) -> Iterator[str]:
    for path, text in files.items():
        yield from (f"{path}: when" for line in re.findall(r"^ +when:.*$", text, flags=re.MULTILINE) if "nf-core" not in line)


RULES: dict[str, Callable[[Files], Iterator[str]]] = {
    "feature flags": nowhere(r"^\s*nextflow\.(preview|enable)\..*"),
    "increments": nowhere(r"\+\+|--"),
    "imports": nowhere(r"^\s*import\s.*", only=".nf"),
    "switch": nowhere(r"\bswitch\s*\("),
    "reserved words": nowhere(r"\.(enum|switch|import)\b"),
    "closures": closures_called_as_functions,
    "exit": nowhere(r"(?<![.\w])exit(?:\s*\(|\s+\d)"),
    "listFiles": nowhere(r"\blistFiles\("),
    "params below main.nf": nowhere(r"(?<![.\w])params\b", only=".nf", but="main.nf"),
    "untyped params in main.nf": nowhere(r"(?<![.\w])params(?!, schema\))", only="main.nf"),
    "untyped params in configuration": untyped_params_in_configuration,
    "unused catch parameters": unused_catch_parameters,
    "maxForks": limits_in_two_places,
    "owners of scripts with includes": included_twice_with_includes,
    "default arguments": default_arguments,
    "when": when_without_its_reason,
}

# What was there, put back into a file of today
OLD = {
    "feature flags": ("main.nf", "include { SEQ2EXP", "nextflow.preview.topic = true\n\ninclude { SEQ2EXP"),
    "increments": ("utils_staging/main.nf", "(placed << path).size()", "(++place + 1)"),
    "imports": ("utils_tasks/main.nf", "def FULL()", "import groovy.json.JsonSlurper\n\ndef FULL()"),
    "switch": ("utils_params/main.nf", "    if (type == 'integer')", "    switch (type) { }\n    if (type == 'integer')"),
    "reserved words": ("utils_params/main.nf", "rule['enum'].join", "rule.enum.join"),
    "closures": (
        "utils_tasks/main.nf",
        "    def err = file(",
        "    def says = { what -> what }\n    says('no')\n    def err = file(",
    ),
    "exit": ("utils_completion/main.nf", "stop(2, ", "exit(2, "),
    "listFiles": ("utils_tasks/main.nf", "java.nio.file.Files.list(folder).toList()", "folder.listFiles()"),
    "params below main.nf": ("local/train/main.nf", "    input:\n", '    container "${params.image}"\n\n    input:\n'),
    "untyped params in main.nf": ("main.nf", "(0..<given.seeds)", "(0..<params.seeds)"),
    "untyped params in configuration": (
        "modules.config",
        "params.allow_unmeasured.toString() == 'true' ?",
        "params.allow_unmeasured ?",
    ),
    "unused catch parameters": ("base.config", "IOException _unwritten", "IOException unwritten"),
    "maxForks": ("slurm.config", "    executor ", "    withName: 'TRAIN|PREDICT' { maxForks = 0 }\n    executor "),
    "owners of scripts with includes": (
        "utils_tasks/main.nf",
        "def FULL()",
        "include { x } from '../utils_params'\n\ndef FULL()",
    ),
    "default arguments": ("utils_params/main.nf", "def guess(name, known, sign)", "def guess(name, known, sign = '')"),
    "when": ("local/check/main.nf", " // nf-core's lint fails without", ""),
}


@pytest.mark.parametrize("name", RULES)
def test_pipeline_keeps_the_rule(name):
    assert list(RULES[name](pipeline())) == []


@pytest.mark.parametrize("name", RULES)
def test_rule_sees_what_was_there_once(name):
    end, today, then = OLD[name]
    files = pipeline()
    path = next(path for path in files if path.endswith(end) and today in files[path])
    assert list(RULES[name](files | {path: files[path].replace(today, then, 1)}))


def test_code_keeps_what_strings_hold_in_braces_and_nothing_else():
    kept = code("a = \"b ${c + 'd'} e\" // f\n/* g */ h / 'i' =~ /j++/")
    assert kept.split() == "a = ${c + } h / =~".split()
    assert kept.index("\n") == len("a = \"b ${c + 'd'} e\" // f")
