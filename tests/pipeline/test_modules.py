"""Every module has what nf-core asks of one; its lint cannot see all of it with Nextflow 24.10."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "modules" / "local").rglob("main.nf"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_module_has_name_tag_label_when_stub_and_versions(path):
    text = path.read_text()
    name = "_".join(path.parent.relative_to(ROOT / "modules" / "local").parts).upper()
    assert f"process {name} {{" in text
    for part in ('tag "${meta.id}"', "label '", "task.ext.when == null || task.ext.when", "stub:"):
        assert part in text
    assert re.search(r"eval\(.*emit: versions", text)
    assert len(text.splitlines()) <= 80
    assert all((path.parent / other).exists() for other in ("meta.yml", "environment.yml"))


def test_every_stage_has_an_executable_that_its_module_calls():
    for script in sorted((ROOT / "bin").glob("*.py")):
        assert script.stat().st_mode & 0o111
        module = ROOT / "modules" / "local" / script.stem.replace("_", "/") / "main.nf"
        assert script.name in module.read_text()
