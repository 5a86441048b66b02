"""What a file says, read a second time without the package: line by line, by pyBigWig, pysam and cooler."""

import gzip
import re
from pathlib import Path
from typing import Any

import cooler
import numpy as np
import pyBigWig
import pysam
from fuzz_world import SIZES
from numpy.typing import NDArray

LARGEST = 1e9
Arrays = dict[str, NDArray[np.float64]]


def decoded(path: Path) -> list[str]:
    """Lines of a text file: plain or gzip, UTF-8 or UTF-16 with its mark, ended in any way."""
    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def rows(path: Path, sep: str | None = "\t") -> list[list[str]]:
    """Fields of every line that is neither blank nor a comment."""
    found = decoded(path)
    kept = [line for line in found if line.strip() and not line.startswith("#") and line.split()[0] not in ("track", "browser")]
    return [line.split(sep) for line in kept]


def usable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Within what a signal may have."""
    largest = values[(values >= 0) & (values <= LARGEST)].max(initial=0)
    return np.where(np.isnan(values) | (values < 0), 0, np.where(values > LARGEST, largest, values))


def painted(places: list[tuple[str, int, int, float]]) -> Arrays:
    """Values added up over their bases, on the genome's chromosomes."""
    found = {chrom: np.zeros(size) for chrom, size in SIZES.items()}
    for chrom, start, end, value in places:
        if chrom in found:
            found[chrom][max(start, 0) : max(end, 0)] += value
    return found


def bedgraph(path: Path) -> Arrays:
    table = rows(path, None)
    values = usable(np.array([float(row[3]) for row in table]))
    return painted([(row[0], int(row[1]), int(row[2]), value) for row, value in zip(table, values, strict=True)])


def tagalign(path: Path) -> Arrays:
    table = rows(path)
    return painted([(row[0], int(row[1]), int(row[2]), 1e6 / len(table)) for row in table])


def labelled(path: Path) -> set[str]:
    """Barcodes of K562 in a table of barcodes and labels, whatever separates its fields."""
    found = [[field.strip().strip('"') for field in re.split(r"[\t,; ]", line)] for line in decoded(path)]
    return {word for fields in found if "K562" in fields for word in fields if word not in ("K562", "")}


def fragments(path: Path, wanted: set[str]) -> Arrays:
    """Both ends of every fragment with one of some barcodes, in cuts per million."""
    table = [row for row in rows(path) if row[3] in wanted]
    cuts = [(row[0], cut) for row in table for cut in (int(row[1]), int(row[2]) - 1)]
    return painted([(chrom, cut, cut + 1, 1e6 / len(cuts)) for chrom, cut in cuts])


def reads(path: Path) -> Arrays:
    with pysam.AlignmentFile(str(path), check_sq=False) as file:
        found = [(r.reference_name, r.reference_start, r.reference_end) for r in file.fetch(until_eof=True) if not r.flag & 0xF04]
    return painted([(*where, 1e6 / len(found)) for where in found])


def bigwig(path: Path) -> Arrays:
    with pyBigWig.open(str(path)) as file:
        found = {
            c: np.asarray(file.values(c, 0, n, numpy=True), float) if c in file.chroms() else np.zeros(n) for c, n in SIZES.items()
        }
    return {chrom: usable(values) for chrom, values in found.items()}


def places(path: Path) -> Arrays:
    found = painted([(row[0], int(float(row[1])), int(float(row[2])), 1.0) for row in rows(path)])
    return {chrom: (values > 0).astype(float) for chrom, values in found.items()}


def fasta(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    found: dict[str, list[str]] = {}
    for line in data.decode("latin-1").replace("\r\n", "\n").split("\n"):
        if line.startswith(">"):
            found[line[1:].split()[0]] = []
        elif line:
            found[list(found)[-1]].append(line.upper())
    return {name: "".join(parts) for name, parts in found.items()}


def matrix(path: Path) -> dict[str, Any]:
    uri = f"{path}::/resolutions/5000" if path.suffix == ".mcool" else str(path)
    opened = cooler.Cooler(uri)
    return {chrom: opened.matrix(balance=False).fetch(chrom) for chrom in SIZES if chrom in opened.chromnames}


def pairs(path: Path) -> dict[str, Any]:
    table = [row for row in rows(path) if finite(row[1]) or finite(row[2])]
    found = {chrom: np.zeros((-(-size // 5000),) * 2) for chrom, size in SIZES.items()}
    for row in table:
        count = 1.0 if len(row) < 8 else float(row[7]) if row[7].strip() not in ("", "NA") else np.nan
        count = 0.0 if np.isnan(count) or count < 0 else min(count, LARGEST)
        one, two = (sum(int(float(x)) for x in part) // 2 // 5000 for part in (row[1:3], row[4:6]))
        if row[0] == row[3] and row[0] in found and max(one, two) < len(found[row[0]]):
            found[row[0]][one, two] += count
            found[row[0]][two, one] += count * (one != two)
    return found


def lines_of(path: Path) -> list[set[str]]:
    """The words of each line, as they are and as numbers."""
    found = decoded(path)
    out = []
    for line in found:
        words = set(line.replace(",", "\t").replace('"', "").replace(";", "\t").replace("=", "\t").replace(" ", "\t").split("\t"))
        words |= set(line.split("\t"))
        out.append(words | {word.split(".")[0] for word in words if word.startswith("ENS")} | {number(word) for word in words})
    return out


def number(word: str) -> str:
    try:
        return f"{float(word):.6g}"
    except ValueError:
        return word


def finite(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False
