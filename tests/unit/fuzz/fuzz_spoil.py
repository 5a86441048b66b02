"""What happens to people's files: cut off, columns swapped, other types and line ends, NUL bytes, huge numbers, rows twice."""

import gzip
from collections.abc import Callable

import numpy as np

Rng = np.random.Generator
ODD = [
    "",
    "NA",
    "-1",
    "1e9",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "abc",
    "\0",
    "9" * 30,
    "1.5",
    "0x10",
    "１２",
    "-",
    "1,5",
    " 7 ",
    "#",
    '"',
    "chr3",
    "é",
]


def lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")[:-1] or [data]


def joined(rows: list[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in rows)


def row_changed(data: bytes, rng: Rng, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Change the fields of one line."""
    rows = lines(data)
    at = int(rng.integers(len(rows)))
    sep = b"," if b"\t" not in rows[at] and b"," in rows[at] else b"\t"
    rows[at] = sep.join(change(rows[at].split(sep)))
    return joined(rows)


def truncated(data: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def field_odd(data: bytes, rng: Rng) -> bytes:
    def change(fields: list[bytes]) -> list[bytes]:
        fields[int(rng.integers(len(fields)))] = ODD[int(rng.integers(len(ODD)))].encode()
        return fields

    return row_changed(data, rng, change)


def swapped(data: bytes, rng: Rng) -> bytes:
    """Two columns swapped, in one line or in all."""
    rows = lines(data)
    sep = b"," if b"\t" not in rows[-1] and b"," in rows[-1] else b"\t"
    count = max(len(rows[-1].split(sep)), 2)
    one, two = sorted(int(i) for i in rng.choice(count, 2, replace=False))
    some = rng.random() < 0.3
    for at, row in enumerate(rows):
        fields = row.split(sep)
        if two < len(fields) and (not some or rng.random() < 0.2):
            fields[one], fields[two] = fields[two], fields[one]
            rows[at] = sep.join(fields)
    return joined(rows)


def shorter_or_longer(data: bytes, rng: Rng) -> bytes:
    return row_changed(data, rng, lambda f: f[:-1] if rng.random() < 0.5 else [*f, b"more"])


def line_ends(data: bytes, rng: Rng) -> bytes:
    ends = [[b"\r\n"], [b"\r"], [b"\n", b"\r\n"], [b"\n", b"\n\n"]][int(rng.integers(4))]
    return b"".join(row + ends[int(rng.integers(len(ends)))] for row in lines(data))


def encoded(data: bytes, rng: Rng) -> bytes:
    decoded = data.decode("latin-1")
    kind = int(rng.integers(4))
    if kind == 0:
        return b"\xef\xbb\xbf" + data
    if kind == 1:
        return field_odd(data, rng).decode("utf-8", "replace").encode("latin-1", "replace")
    return decoded.encode("utf-16" if kind == 2 else "utf-16-le")


def nul(data: bytes, rng: Rng) -> bytes:
    at = int(rng.integers(len(data) + 1))
    return data[:at] + b"\0" * int(rng.integers(1, 5)) + data[at:]


def repeated(data: bytes, rng: Rng) -> bytes:
    rows = lines(data)
    at = int(rng.integers(len(rows)))
    return joined([*rows[: at + 1], *[rows[at]] * int(rng.integers(1, 3)), *rows[at + 1 :]])


def shuffled(data: bytes, rng: Rng) -> bytes:
    rows = lines(data)
    return joined([rows[i] for i in rng.permutation(len(rows))])


def headless(data: bytes, rng: Rng) -> bytes:
    rows = lines(data)
    return joined(rows[1:] if rng.random() < 0.5 else [rows[0], *rows])


def commented(data: bytes, rng: Rng) -> bytes:
    rows = lines(data)
    at = int(rng.integers(len(rows) + 1))
    return joined([*rows[:at], [b"# x", b"track name=x", b"browser position chr1", b""][int(rng.integers(4))], *rows[at:]])


def packed(data: bytes, rng: Rng) -> bytes:
    whole = gzip.compress(data, mtime=0)
    return whole if rng.random() < 0.5 else truncated(whole, rng)


def flipped(data: bytes, rng: Rng) -> bytes:
    """A few bytes in the first part, where binary formats say what they hold."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        changed[int(rng.integers(min(len(data), 64)))] = int(rng.integers(256))
    return bytes(changed)


def untouched(data: bytes, _rng: Rng) -> bytes:
    return data


TEXT = [truncated, field_odd, field_odd, swapped, shorter_or_longer, line_ends, encoded, nul, repeated, shuffled, headless]
TEXT += [commented, packed]
BINARY = [truncated, nul, packed, flipped, untouched]
