"""Say what a finished run made and where to open it: `python tools/tour.py RESULTS`."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

PLACES = (
    ("multiqc/multiqc_report.html", "the report: open it in a browser"),
    ("*/masks/*.bw", "mask tracks"),
    ("*/elements/*.bed", "regulatory elements"),
    ("*/links/*.bedpe", "element-gene links"),
    ("*/expression/*.htseq.txt", "predicted expression in HTSeq's form"),
    ("hub/hub.txt", "UCSC track hub"),
    ("igv/*.html", "IGV page"),
    ("simulated/truth/*.bed", "the truth of the simulation"),
    ("pipeline_info/execution_timeline*.html", "time line of the run"),
)
SHOWN = ("cell", "model", "n", "pearson", "mse", "mae", "mask_ratio")


def places(results: Path) -> Iterator[str]:
    """Yield one line for each kind of file that is there: an example and how many there are."""
    for pattern, what in PLACES:
        found = sorted(results.glob(pattern))
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield f"  {what + more:<44} {found[0]}"


def scores(table: Path) -> Iterator[str]:
    """Yield the held-out genes' rows of metrics.tsv, in columns."""
    with table.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle, delimiter="\t") if row.get("split") == "test"]
    columns = [name for name in SHOWN if rows and name in rows[0]]
    yield "  " + "".join(f"{name:<18}" for name in columns)
    for row in rows:
        yield "  " + "".join(f"{_short(row[name]):<18}" for name in columns)


def _short(text: str) -> str:
    try:
        return f"{float(text):.4g}" if "." in text else text
    except ValueError:
        return text


def main() -> None:
    """Print the tour of a results folder."""
    results = Path(sys.argv[1])
    print(f"\nMade in {results}:", *places(results), sep="\n")
    table = results / "evaluation" / "metrics.tsv"
    if table.exists():
        print("\nHeld-out genes:", *scores(table), sep="\n")


if __name__ == "__main__":
    main()
