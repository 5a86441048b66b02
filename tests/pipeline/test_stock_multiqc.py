"""A MultiQC that knows nothing of this package renders a finished run, as a core facility's would."""

import json
import os
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def stock(environment):
    python = environment(f"multiqc=={version('multiqc')}")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def multiqc(folder: Path, out: Path) -> tuple[str, str]:
        assert subprocess.run([python, "-c", "import seq2exp_py"], cwd=out.parent, env=env, capture_output=True).returncode
        command = [python.with_name("multiqc"), "--strict", "--no-version-check", "-e", "htseq", "-o", out, folder]
        done = subprocess.run(command, cwd=out.parent, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return (out / "multiqc_report.html").read_text(), done.stdout + done.stderr

    return multiqc


def sections(folder: Path) -> dict[str, dict]:
    found = {path.name: json.loads(path.read_text()) for path in folder.rglob("*_mqc.json")}
    assert len(found) > 8
    return found


def test_every_section_is_rendered(finished, stock, tmp_path):
    page, _ = stock(finished / "results", tmp_path / "out")
    for said in sections(finished / "results").values():
        if said["plot_type"] != "generalstats":
            assert f'<h3 id="{said["id"]}"' in page, said["id"]
    table = (tmp_path / "out/multiqc_data/multiqc_general_stats.txt").read_text()
    assert {line.split("\t")[0] for line in table.splitlines()[1:]} >= {"cellA | Seq2Exp-soft", "cellB | Ridge on features"}
    assert "Software Versions" in page and "ANNOTATE" in page


def test_a_broken_file_is_named_and_the_others_are_rendered(finished, stock, tmp_path):
    shutil.copytree(finished / "results/multiqc/sections", tmp_path / "sections")
    broken = tmp_path / "sections/seq2exp_scatter_mqc.json"
    broken.write_text(broken.read_text()[:300])
    page, said = stock(tmp_path / "sections", tmp_path / "out")
    assert re.search(r"Error.*seq2exp_scatter_mqc\.json", said)
    assert 'id="seq2exp_scatter"' not in page
    assert 'id="seq2exp_metrics"' in page and 'id="seq2exp_summary"' in page
