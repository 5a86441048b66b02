"""Whether the index of a BAM file (`.bai`, `.csi`; SAM specification, section 5) is of the file beside it.

An index keeps, for each chromosome, where its reads begin and end in the file. These stretches must follow each other from the
first read to the last: read at the seams, the file shows an index of an earlier version for what it is.
"""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any

from seq2exp_py.genome import bgzip

Span = tuple[int, int]  # virtual offsets of a chromosome's first read and one past its last
PSEUDO_BIN = 37450  # the bin of a .bai that holds no reads but the span
OTHER = "is of another file"
BROKEN = (struct.error, OSError, EOFError, zlib.error, ValueError, OverflowError)


def age(index: Path, file: Path) -> str:
    """A sentence's end where an index is older than its file; else ""."""
    return "is older than its file" if index.stat().st_mtime < file.stat().st_mtime else ""


def misfit(index: Path, opened: Any) -> str:
    """Why an index cannot be used for a BAM file, as a sentence's end; "" where it can.

    Args:
        index: `.bai` or `.csi`.
        opened: the file as a `pysam.AlignmentFile` at its first read.
    """
    try:
        found = spans(index)
        if len(found) != opened.nreferences:
            return f"{OTHER}: it has {len(found)} chromosomes, the file {opened.nreferences}"
        return _seams(found, Path(opened.filename.decode()), opened)
    except BROKEN as error:
        return f"{OTHER}, or damaged ({str(error) or type(error).__name__})"


def spans(index: Path) -> list[Span | None]:
    """The stretch of each chromosome; None where it has no reads.

    Raises:
        ValueError, struct.error, OSError: this is no whole index.
    """
    raw = index.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    if raw[:4] == b"BAI\x01":
        (count,) = struct.unpack_from("<i", raw, 4)
        return _chromosomes(raw, 8, count, PSEUDO_BIN, linear=True)
    if raw[:4] != b"CSI\x01":
        raise ValueError("no index of a BAM file")
    _, depth, more = struct.unpack_from("<3i", raw, 4)
    (count,) = struct.unpack_from("<i", raw, 16 + more)
    return _chromosomes(raw, 20 + more, count, ((1 << 3 * (depth + 1)) - 1) // 7 + 1, linear=False)


def _chromosomes(raw: bytes, at: int, count: int, pseudo: int, linear: bool) -> list[Span | None]:
    """Walk the bins of every chromosome; a .bai (`linear`) has another list behind them, a .csi an offset in each bin."""
    found: list[Span | None] = []
    for _ in range(count):
        (bins,) = struct.unpack_from("<i", raw, at)
        at, span = at + 4, None
        for _ in range(bins):
            name, chunks = struct.unpack_from("<Ii" if linear else "<I8xi", raw, at)
            at += 8 if linear else 16
            if name == pseudo:
                span = struct.unpack_from("<2Q", raw, at)
            elif chunks < 0:
                raise ValueError("a bin with less than no reads")
            at += 16 * chunks
        if linear:
            (intervals,) = struct.unpack_from("<i", raw, at)
            at += 4 + 8 * intervals
        if at > len(raw) or (bins and span is None):
            raise ValueError("it does not say where chromosomes begin")
        found.append(span)
    return found


def _seams(found: list[Span | None], path: Path, opened: Any) -> str:
    """Read the file where one chromosome ends and the next begins, as the index has it."""
    end = opened.tell()
    for number, span in enumerate(found):
        if span is None:
            continue
        name = opened.get_reference_name(number)
        there = [_read(path, opened, offset) for offset in (end, span[0])]
        if there[0] is None or there[0] != there[1] or there[0][0] != number:
            return f"{OTHER}: the reads of {name} do not begin where it says"
        end = span[1]
    after = _read(path, opened, end)
    return f"{OTHER}, which ends where this one goes on" if after is not None and after[0] >= 0 else ""


def _read(path: Path, opened: Any, offset: int) -> tuple[int, int, int, str] | None:
    """The read at a virtual offset: chromosome, start, flag and name; None at the end of the file.

    Raises:
        ValueError: no block begins there.
    """
    with path.open("rb") as handle:
        handle.seek(offset >> 16)
        head = handle.read(bgzip.HEADER_BYTES)
    if not head:
        return None
    if not bgzip.HEADER.match(head):
        raise ValueError(f"byte {offset >> 16} is not the begin of a block")
    opened.seek(offset)
    read = next(opened, None)
    return None if read is None else (read.reference_id, read.reference_start, read.flag, read.query_name)
