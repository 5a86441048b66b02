"""Tables that scripts write into docs/performance.md, between two marks of their name."""

from benchmarks.table import PAGE


def write(name: str, text: str) -> None:
    """Replace what stands between the marks."""
    begin, end = f"<!-- {name}: begin (written by python -m benchmarks.card.{name}) -->", f"<!-- {name}: end -->"
    before, found, rest = PAGE.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    assert found and closed, f"{PAGE}: no marks of {name}"
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}")
