"""The header of a .hic file, looked at before hictk is: of a damaged one hictk may never come back.

Layout by the format's specification (aidenlab/hic-format, versions 8 and 9): magic, version, place of the footer, genome, in
version 9 place and length of an index, attributes, chromosomes with their lengths, bin sizes; little-endian, text ended by NUL.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from seq2exp_py.errors import InputError

MAGIC = b"HIC\0"
VERSIONS = range(6, 10)
LONG = 9  # version from which on lengths have 64 bits
MOST = 1 << 20  # attributes, chromosomes or bin sizes, and bytes of a text, that a sound file has at most


def check(path: Path) -> None:
    """Refuse a file that is cut short or is no .hic file.

    Raises:
        InputError: as said.
    """
    try:
        with path.open("rb") as handle:
            _read(handle, os.fstat(handle.fileno()).st_size)
    except (struct.error, ValueError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it ends within its header"
        raise InputError(f"{path}: is truncated or not a .hic file ({reason}); copy it again") from None


def _read(handle: BinaryIO, size: int) -> None:
    if handle.read(4) != MAGIC:
        raise ValueError("it does not begin with HIC")
    version, footer = _number(handle, "<i"), _number(handle, "<q")
    if version not in VERSIONS:
        raise ValueError(f"version {version} of the format is not known")
    if not 0 < footer < size:
        raise ValueError(f"its footer is at byte {footer} of {size}")
    _text(handle)
    if version >= LONG:
        handle.seek(16, os.SEEK_CUR)
    for _ in range(_count(handle)):
        _text(handle)
        _text(handle)
    for _ in range(_count(handle)):
        _text(handle)
        if _number(handle, "<q" if version >= LONG else "<i") < 0:
            raise ValueError("a chromosome has less than no bases")
    if any(_number(handle, "<i") <= 0 for _ in range(_count(handle))):
        raise ValueError("a bin size is not above 0")


def _number(handle: BinaryIO, kind: str) -> int:
    (value,) = struct.unpack(kind, handle.read(struct.calcsize(kind)))
    return int(value)


def _count(handle: BinaryIO) -> int:
    count = _number(handle, "<i")
    if not 0 <= count <= MOST:
        raise ValueError(f"it lists {count} things")
    return count


def _text(handle: BinaryIO) -> None:
    """Skip a text up to its NUL."""
    for _ in range(MOST):
        letter = handle.read(1)
        if letter in (b"\0", b""):
            break
    if letter != b"\0":
        raise ValueError("a name in it has no end")
