"""Known vulnerabilities of pinned packages: `python tools/audit.py PIP_AUDIT LOCK…`, exit status 1 if any."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from seq2exp_py.errors import InputError
from seq2exp_py.progress import say

DATABASES = ("pypi", "osv")  # as pip-audit calls them


def ask(program: str, database: str, lock: Path) -> list[dict[str, Any]]:
    """Return pip-audit's entries of the packages that a database knows.

    A mirror may serve packages without the database: pip-audit then finds nothing wrong and skips every package.

    Raises:
        InputError: it knows none of them, or does not answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "found.json")
        options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "--output", str(found)]
        done = subprocess.run([program, "--vulnerability-service", database, *options, "-r", lock], capture_output=True, text=True)
        if not found.exists():
            raise InputError(f"{database}: {(done.stderr.strip() or 'no answer').splitlines()[-1][:100]}")
        known = [entry for entry in json.loads(found.read_text())["dependencies"] if "vulns" in entry]
    if not known:
        raise InputError(f"{database}: it knows none of the packages")
    return known


def audit(program: str, lock: Path) -> list[str]:
    """Return a line for each vulnerability, from the first database that answers; say how many packages it knows.

    Raises:
        InputError: no database can be reached.
    """
    reasons = []
    for database in DATABASES:
        try:
            known = ask(program, database, lock)
        except InputError as error:
            reasons.append(str(error))
            continue
        say(f"{lock}: packages looked up in the database {database}: {len(known)}")
        return [
            f"{entry['name']} {entry['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'no release'}"
            for entry in known
            for found in entry["vulns"]
        ]
    raise InputError(f"{lock} was not checked: no database of vulnerabilities can be reached from here ({'; '.join(reasons)})")


def main() -> None:
    """Audit each lock file named on the command line."""
    program, *locks = sys.argv[1:]
    try:
        lines = [line for lock in locks for line in audit(program, Path(lock))]
    except InputError as error:
        say(f"error: {error}")
        sys.exit(2)
    print("\n".join(lines) or "no known vulnerabilities")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
