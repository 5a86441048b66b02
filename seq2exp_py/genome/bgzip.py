"""Blocks of a bgzip file (SAM specification, section 4.1): gzip in pieces of at most 64 kb, the last of them empty."""

import re
import struct
from pathlib import Path
from typing import NamedTuple

from seq2exp_py.errors import InputError

HEADER = re.compile(rb"\x1f\x8b\x08\x04.{6}(?P<extra>..)BC\x02\x00(?P<size>..)", re.DOTALL)
HEADER_BYTES = 18
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # the empty block that ends a file
NO_END = "the empty block that ends a bgzip file is missing"


class Block(NamedTuple):
    """Where a block begins, in bytes of the file and of what is packed in it."""

    packed: int
    plain: int


def is_bgzip(path: Path) -> bool:
    """Whether a file begins with the header of a bgzip block; an ordinary gzip file does not."""
    with path.open("rb") as handle:
        return HEADER.match(handle.read(HEADER_BYTES)) is not None


def check_end(path: Path) -> None:
    """Refuse a bgzip file without its last block: cut short between two blocks, it would be unpacked without an error.

    Raises:
        InputError: the file is cut short.
    """
    if is_bgzip(path):
        with path.open("rb") as handle:
            handle.seek(-min(len(END), path.stat().st_size), 2)
            if handle.read() != END:
                raise InputError(f"{path}: is cut short: {NO_END}; copy it again")


def blocks(path: Path) -> tuple[list[Block], int]:
    """The blocks that hold anything, and the number of bytes packed in the file; nothing is unpacked.

    Raises:
        InputError: the file is cut short: its blocks do not fill it, or the empty one that ends it is missing.
    """
    found: list[Block] = []
    at = plain = last = 0
    total = path.stat().st_size
    with path.open("rb") as handle:
        while at < total:
            header = HEADER.match(handle.read(HEADER_BYTES))
            end = at + int.from_bytes(header["size"], "little") + 1 if header else total + 1
            if end > total:
                raise InputError(f"{path}: is cut short or damaged after {at} of its {total} bytes; copy it again")
            handle.seek(end - 4)
            (last,) = struct.unpack("<I", handle.read(4))
            found += [Block(at, plain)] if last else []
            at, plain = end, plain + last
    if last:
        raise InputError(f"{path}: is cut short: {NO_END}; copy it again")
    return found, plain


def write_gzi(path: Path, blocks: list[Block]) -> None:
    """Write the index of blocks as `bgzip -i` does: their number without the first, and two uint64 for each."""
    path.write_bytes(struct.pack("<Q", len(blocks[1:])) + b"".join(struct.pack("<QQ", *block) for block in blocks[1:]))
