"""The header of a bigWig file, looked at before libBigWig is, which a damaged one can bring down.

Layout by UCSC's bbiFile.h: 64 bytes that say where everything is, then 24 for each zoom level.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from seq2exp_py.errors import InputError

MAGIC, TREE, INDEX = 0x888FFC26, 0x78CA8C91, 0x2468ACE0  # of the file, its list of chromosomes, its indices
SIGNED_VERSION = 4  # from which on the signature ends the file
HEADER, ZOOM = "HHQQQHHQQIQ", "IIQQ"  # behind the magic
MOST_UNPACKED = 1 << 28  # bytes of an unpacked block
MOST_ZOOMS = 32


def check(path: Path) -> None:
    """Refuse a file that is cut short or damaged in its header.

    Raises:
        InputError: as said.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        magic = handle.read(4)
        order = {struct.pack("<I", MAGIC): "<", struct.pack(">I", MAGIC): ">"}.get(magic)
        if order is None:
            raise InputError(f"{path}: is not a bigWig file; name its format in column 'format' of the samplesheet")
        try:
            version, zooms, tree, data, index, *_, summary, unpacked, _ = _unpack(handle, order + HEADER)
            if version >= SIGNED_VERSION and _at(handle, size - 4, "4s") != magic:
                raise InputError(f"{path}: the bigWig file is truncated (its end is missing); copy it again")
            handle.seek(4 + struct.calcsize(order + HEADER))
            zoomed = [_unpack(handle, order + ZOOM)[2:] for _ in range(min(zooms, MOST_ZOOMS + 1))]
            indices = [index, *(place for _, place in zoomed)]
            sound = zooms <= MOST_ZOOMS and unpacked <= MOST_UNPACKED and max(data, summary, *(d for d, _ in zoomed)) < size
            sound = sound and _at(handle, tree, order + "I") == TREE
            sound = sound and all(_at(handle, place, order + "I") == INDEX for place in indices)
        except (struct.error, OSError, OverflowError, ValueError):
            sound = False
    if not sound:
        raise InputError(f"{path}: the bigWig file is truncated or damaged (its header leads astray); copy it again")


def _unpack(handle: BinaryIO, kind: str) -> tuple[int, ...]:
    return struct.unpack(kind, handle.read(struct.calcsize(kind)))


def _at(handle: BinaryIO, place: int, kind: str) -> int | bytes:
    handle.seek(place, os.SEEK_SET)
    found: int | bytes = _unpack(handle, kind)[0]
    return found
