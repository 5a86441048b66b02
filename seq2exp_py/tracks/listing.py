"""The catalogue for readers: a line a cell, or a line a file."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from seq2exp_py.tracks import catalogue as cat
from seq2exp_py.tracks.catalogue import Remote
from seq2exp_py.tracks.fetch import ASKING, expected_size, in_bytes

PROVEN = 2  # independent public sources that a file should have


def table(path: Path, ask: bool = False) -> str:
    """A line for each cell: assembly, assays, units of expression, bytes with and without its own contact map, unproven files."""
    entries = cat.read(path)
    sizes = _sizes(entries, ask)
    lines = [("cell", "genome", "tracks", "contacts", "expression", "download", "with --contacts hic")]
    for cell in cat.cells(entries):
        own = [r for r in entries if r.cell == cell]
        lines.append(
            (
                cell,
                own[0].assembly,
                ",".join(_named(r) for r in own if r.assay not in ("HiC", "expression")),
                ",".join(_named(r, "HiC") for r in own if r.assay == "HiC") or "power law",
                ", ".join(_named(r, r.output_type) for r in own if r.assay == "expression") or "none",
                _total([r for r in cat.select(entries, [cell]) if r.cell == cell], sizes),
                _total([r for r in cat.select(entries, [cell], "hic") if r.cell == cell], sizes),
            )
        )
    ends = []
    for genome in dict.fromkeys(r.assembly for r in entries if r.cell == cat.GENOME):
        total = _total([r for r in entries if _shared(r, genome)], sizes)
        ends.append(f"{genome}: sequence, genes and excluded regions {total}, once for all cells")
    ends.append("*: named by fewer than two independent public sources; N ?: N files whose size no public source gives")
    return "\n".join([*_aligned(lines), *ends])


def files(path: Path, names: Sequence[str], ask: bool = False) -> str:
    """A line for each file of some cells.

    Raises:
        InputError: the catalogue has no such cell.
    """
    entries = cat.read(path)
    wanted = [r for name in names for r in cat.select(entries, [name], "hic") if r.cell == name]
    sizes = _sizes(wanted, ask)
    lines = [("cell", "assay", "accession", "values", "biosample", "experiment", "size", "sources")]
    lines += [
        (r.cell, r.assay, r.accession, r.output_type, r.biosample, r.experiment, _total([r], sizes), " ".join(r.sources))
        for r in wanted
    ]
    return "\n".join(_aligned(lines))


def _shared(remote: Remote, genome: str) -> bool:
    return remote.cell == cat.GENOME and remote.assembly == genome and remote.assay != cat.AVERAGE


def _named(remote: Remote, word: str = "") -> str:
    return (word or remote.assay) + ("*" if len(remote.sources) < PROVEN else "")


def _sizes(entries: Sequence[Remote], ask: bool) -> dict[str, int | None]:
    if not ask:
        return {r.name: r.size for r in entries}
    by_name = {r.name: r for r in entries}
    with ThreadPoolExecutor(ASKING) as pool:
        return dict(zip(by_name, pool.map(expected_size, by_name.values()), strict=True))


def _total(remotes: Iterable[Remote], sizes: dict[str, int | None]) -> str:
    """Bytes of files and, where some are not known, how many: `1.2 GB + 2 ?`."""
    found = [sizes[name] for name in dict.fromkeys(r.name for r in remotes)]
    known, unknown = [size for size in found if size is not None], sum(size is None for size in found)
    return " + ".join([*([in_bytes(sum(known))] if known else []), *([f"{unknown} ?"] if unknown else [])]) or "0 B"


def _aligned(lines: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(field.ljust(width) for field, width in zip(line, widths, strict=True)).rstrip() for line in lines]
