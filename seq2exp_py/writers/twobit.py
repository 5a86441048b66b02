"""Write the genome as 2bit, the form of sequence that an assembly hub needs (genome.ucsc.edu/FAQ/FAQformat.html#format7).

Written here because the maintained libraries only read 2bit.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from seq2exp_py.files import whole
from seq2exp_py.genome.intervals import merge, stretches

SIGNATURE = 0x1A412743
CODE = np.array([2, 1, 3, 0, 0], np.uint8)  # A C G T N of the store in 2bit's T0 C1 A2 G3
N = 4  # the store's code of an unknown base
CHUNK = 1 << 24  # bases in memory; a multiple of 4


def packed(bases: npt.NDArray[np.uint8]) -> bytes:
    """Four bases per byte, the first in the highest bits."""
    codes = np.pad(CODE[bases], (0, -len(bases) % 4)).reshape(-1, 4)
    return (codes[:, 0] << 6 | codes[:, 1] << 4 | codes[:, 2] << 2 | codes[:, 3]).astype(np.uint8).tobytes()


def unknown(bases: npt.NDArray[np.uint8] | None, size: int) -> npt.NDArray[np.uint32]:
    """Stretches of N as (n, 2) start and length, 0-based; a chromosome without sequence is N throughout."""
    if bases is None:
        return np.array([[0, size]], np.uint32)
    found = merge(np.concatenate([stretches(bases[at : at + CHUNK] == N) + at for at in range(0, size, CHUNK)]))
    return np.column_stack([found[:, 0], found[:, 1] - found[:, 0]]).astype(np.uint32)


def record(bases: npt.NDArray[np.uint8] | None, size: int) -> Iterator[bytes]:
    """The record of one sequence: length, stretches of N, no lower-case stretches, packed bases."""
    gaps = unknown(bases, size)
    yield struct.pack("<II", size, len(gaps)) + gaps[:, 0].tobytes() + gaps[:, 1].tobytes() + struct.pack("<II", 0, 0)
    for at in range(0, size, CHUNK):
        n = min(CHUNK, size - at)
        yield bytes((n + 3) // 4) if bases is None else packed(bases[at : at + n])


def write_twobit(path: Path, sizes: Mapping[str, int], sequence: Callable[[str], npt.NDArray[np.uint8] | None]) -> None:
    """Write a genome.

    Args:
        path: file to write.
        sizes: length of every chromosome in bp.
        sequence: codes of `ACGTN` of a chromosome, one per base; None where it has no sequence and is N throughout.
    """
    names = sorted(sizes)
    with whole(path) as temporary, temporary.open("wb") as handle:
        handle.write(struct.pack("<IIII", SIGNATURE, 0, len(names), 0))
        index = handle.tell()
        offsets = []
        handle.write(bytes(sum(1 + len(n.encode()) + 4 for n in names)))
        for name in names:
            offsets.append(handle.tell())
            handle.writelines(record(sequence(name), sizes[name]))
        handle.seek(index)
        for name, offset in zip(names, offsets, strict=True):
            handle.write(struct.pack("<B", len(name.encode())) + name.encode() + struct.pack("<I", offset))
