"""`make audit`: what pip-audit says, and above all what it does not say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / "tools" / "audit.py"

# Stands for pip-audit: writes the answer of the database asked for, or fails as it does without a network
PROGRAM = """#!{python}
import json, sys
answer = json.loads({answers!r}).get(sys.argv[sys.argv.index("--vulnerability-service") + 1])
if answer is None:
    sys.exit("requests.exceptions.ConnectionError: no route")
open(sys.argv[sys.argv.index("--output") + 1], "w").write(json.dumps({{"dependencies": answer}}))
"""
SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found"}
SOUND = {"name": "numpy", "version": "2.4.6", "vulns": []}
WEAK = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.10.1"]}]}


@pytest.fixture
def audit(tmp_path):
    def run(**answers):
        program = tmp_path / "pip-audit"
        program.write_text(PROGRAM.format(python=sys.executable, answers=json.dumps(answers)))
        program.chmod(0o755)
        command = [sys.executable, AUDIT, program, "requirements.lock"]
        return subprocess.run(command, capture_output=True, text=True)

    return run


def test_a_vulnerability_is_named_with_its_remedy(audit):
    done = audit(pypi=[SOUND, WEAK])
    assert done.returncode == 1
    assert done.stdout == "jinja2 2.10: PYSEC-1, fixed in 2.10.1\n"


def test_the_second_database_is_asked_where_the_first_knows_nothing(audit):
    done = audit(pypi=[SKIPPED], osv=[SOUND])
    assert (done.returncode, done.stdout) == (0, "no known vulnerabilities\n")
    assert "packages looked up in the database osv: 1" in done.stderr


def test_nothing_checked_is_not_nothing_found(audit):
    done = audit(pypi=[SKIPPED])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "no database of vulnerabilities can be reached from here" in done.stderr
    assert "no route" in done.stderr
