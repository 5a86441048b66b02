"""Lines of text files, plain or gzip: the one place that knows encodings, line ends, comments and damaged files."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from seq2exp_py.errors import InputError
from seq2exp_py.genome import bgzip

GZIP = b"\x1f\x8b"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
COMMENT = re.compile(r"#|(?:track|browser)(?:\s|$)")  # of BED and its kin; a comment only at the start of a line
COMMENTS = re.compile(r"^(?:#|(?:track|browser)(?=\s|$)).*$", re.MULTILINE)
LOST = "\ufffd"  # what stands for bytes that are no UTF-8


def open_text(path: Path) -> IO[str]:
    """Open a text file, gzip-compressed or not, whatever its name says.

    UTF-8, or UTF-16 with its mark; lines may end in LF, CRLF or CR. Bytes that are no text are read as `LOST`.
    """
    with path.open("rb") as handle:
        packed = handle.read(2) == GZIP
    if packed:
        bgzip.check_end(path)
    opened = gzip.GzipFile(path) if packed else path.open("rb")  # closed by what is returned
    encoding = "utf-16" if opened.peek(2)[:2] in UTF16 else "utf-8-sig"
    return io.TextIOWrapper(opened, encoding=encoding, errors="replace")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is opened and read into one sentence.

    Raises:
        InputError: the file is missing, no file, or its compressed data ends early or is damaged.
    """
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{path}: the compressed file is truncated or damaged; copy it again") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None


def numbered(path: Path, comment: re.Pattern[str] | None = COMMENT) -> Iterator[tuple[int, str]]:
    """Number, from 1, and text of every line that is neither blank nor a comment (None: no line is one).

    Raises:
        InputError: the file cannot be read, or holds NUL bytes.
    """
    with readable(path), open_text(path) as handle:
        for number, line in enumerate(handle, 1):
            if "\0" in line:
                raise InputError(binary(path, number))
            if line.strip() and not (comment and comment.match(line)):
                yield number, line.rstrip("\n")


def binary(path: Path, number: int) -> str:
    """The sentence for a line that holds a NUL byte."""
    return f"{path}: line {number} holds a NUL byte; expected a text file: copy it again, or give the file that it was made from"


def uncommented(path: Path, handle: IO[str], skipped: int = 0) -> IO[str]:
    """A text file as pandas reads it, without comments; see `_Uncommented`."""
    return cast(IO[str], _Uncommented(path, handle, skipped))


class _Uncommented:
    """A text file as pandas reads it: comment lines are blank, wherever they stand, so that line numbers stay true.

    `skipped` lines that are no comments are blank as well: 1 for a header.
    """

    def __init__(self, path: Path, handle: IO[str], skipped: int) -> None:
        self._path, self._handle, self._line, self._skipped = path, handle, 1, skipped

    def read(self, size: int = -1) -> str:
        """About `size` characters, always whole lines."""
        text = self._handle.read(size)
        text += self._handle.readline()
        if "\0" in text:
            raise InputError(binary(self._path, self._line + text.count("\n", 0, text.index("\0"))))
        self._line += text.count("\n")
        commented = text.startswith(("#", "track", "browser")) or any(mark in text for mark in ("\n#", "\ntrack", "\nbrowser"))
        text = COMMENTS.sub("", text) if commented else text
        while self._skipped and (line := re.search(r"^.*\S.*$", text, re.MULTILINE)):
            text, self._skipped = text[: line.start()] + text[line.end() :], self._skipped - 1
        return text

    def __iter__(self) -> Iterator[str]:
        """The lines."""
        return iter(self.read().splitlines(keepends=True))
