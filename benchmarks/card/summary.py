"""What the parts of `benchmarks/gpu.sh` said, in a few lines: `python -m benchmarks.card.summary FOLDER`; fails if a part did."""

import json
import sys
from pathlib import Path

from benchmarks.card.__main__ import PARTS


def main(folder: Path) -> int:
    """Print a line for each part; 1 if one of them failed, was cut short, or found values that differ."""
    bad = 0
    for name in PARTS:
        body = json.loads((folder / f"{name}.json").read_text())
        wrong = [row for row in body["rows"] if row.get("equal") is False]
        bad += bool(body["failed"] or wrong or not body["finished"])
        state = "finished" if body["finished"] else "cut short"
        print(f"{name:<10} {state}, {len(body['rows'])} rows, {len(wrong)} not equal, {len(body['failed'])} failed")
        for failed in body["failed"]:
            print(f"           {failed['what']}: {failed['reason']}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
