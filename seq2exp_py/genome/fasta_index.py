"""Whether a FASTA index (`.fai`) is of the file beside it: an earlier version's shifts every base without an error.

The records of an index and the lines of names between them must fill the file: the bytes between the end of one sequence, as the
index has it, and the first base of the next are that one's `>` line and nothing else, the last sequence ends where the file ends,
and the first line of each is as wide as the index says.
"""

import bisect
from pathlib import Path
from typing import Any

from Bio.bgzf import make_virtual_offset

NEWLINES = b"\r\n"
NAME_LINE = 1 << 16  # bytes; a longer line of a name is taken for a misfit
BLOCK = 1 << 16  # most bytes in a block of bgzip


def age(index: Path, file: Path) -> str:
    """A sentence's end where an index is older than its file; else ""."""
    return "is older than its file" if index.stat().st_mtime < file.stat().st_mtime else ""


def misfit(opened: Any) -> str:
    """Why the index of an opened `pyfaidx.Faidx` is not of its file, as a sentence's end; "" where it is.

    Raises:
        OSError, ValueError, RuntimeError: the file cannot be read where the index says.
    """
    end = 0  # of the sequence before, one past its last base, in bytes of the text
    for name, record in opened.index.items():
        between = _bytes(opened, end, min(record.offset - end, NAME_LINE)).lstrip(NEWLINES)
        line, newline, rest = between.partition(b"\n")
        if not newline or rest or line[:1] != b">" or line[1:].split()[:1] != [name.encode()]:
            return f"is of another file: {name} does not begin where it says"
        if record.rlen > record.lenc and _bytes(opened, record.offset + record.lenc, 1) not in (b"\n", b"\r"):
            return f"is of another file: the lines of {name} have another length"
        lines, more = divmod(max(record.rlen - 1, 0), record.lenc or 1)
        last = record.offset + lines * record.lenb + more
        if record.rlen and _bytes(opened, last, 1) in (b"", b"\n", b"\r", b">"):
            return f"is of another file: {name} does not end where it says"
        end = last + 1 if record.rlen else record.offset
    return "is of another file, which ends where this one goes on" if _bytes(opened, end, NAME_LINE).strip(NEWLINES) else ""


def _bytes(opened: Any, start: int, count: int) -> bytes:
    """`count` bytes of the FASTA text from `start`; fewer, or none, where it ends."""
    if count <= 0:
        return b""
    if opened._bgzf:
        block = opened.gzi_index[max(bisect.bisect_right(opened.gzi_index, start, key=lambda b: b.ustart) - 1, 0)]
        if start - block.ustart >= BLOCK:
            return b""
        start = make_virtual_offset(block.cstart, start - block.ustart)
    opened.file.seek(start)
    return bytes(opened.file.read(count))
