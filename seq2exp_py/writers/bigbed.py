"""Write bigBed files that UCSC and igv.js read right."""

import struct
from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import chain
from pathlib import Path

import pybigtools

from seq2exp_py.files import whole

REGIONS = """table regions
"Regions"
(
string chrom; "Chromosome"
uint chromStart; "First base, 0-based"
uint chromEnd; "One past the last base"
string name; "Name"
)
"""
DEFINED_FIELDS_AT = 34  # byte of definedFieldCount, uint16, in the bigBed header


def autosql(name: str) -> str:
    """The autoSql definition `<name>.as` that ships with this package."""
    return (files("seq2exp_py.writers") / f"{name}.as").read_text()


def write_bigbed(
    path: Path, rows: Iterable[tuple[str, int, int, str]], sizes: Mapping[str, int], schema: str, defined: int
) -> None:
    """Write a bigBed file; none where there are no rows, as readers refuse a bigBed without any.

    Args:
        path: file to write.
        rows: chrom, start, end (0-based half-open) and the other fields joined by tabs, sorted by chrom (lexicographic) and start.
        sizes: length of every chromosome in bp.
        schema: the autoSql definition of all fields; rtracklayer knows the standard ones by UCSC's names (`reserved` for itemRgb).
        defined: how many of the leading fields are standard BED (9 for BED9+, 5 for bigInteract).
            pybigtools writes the number of all fields instead, whereupon igv.js takes extra fields for exons.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    with whole(path) as temporary:
        pybigtools.open(str(temporary), "w").write(dict(sorted(sizes.items())), chain([first], rows), autosql=schema)
        with temporary.open("r+b") as handle:
            handle.seek(DEFINED_FIELDS_AT)
            handle.write(struct.pack("<H", defined))
