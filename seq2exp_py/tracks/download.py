"""One file from one address: resumed by byte ranges when the connection breaks, and asked for its size without being read."""

import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

BLOCK = 1 << 20
TIMEOUT = 60.0  # seconds without a byte before a connection counts as broken
ATTEMPTS = 6  # in a row without a new byte; waits of 1, 2, 4, 8, 16 s between them ride out a minute of trouble
FINAL = (401, 403, 404, 410)  # asking again changes nothing
HEAD_BYTES = 1024  # what `probe` reads of a file
BROKEN = (OSError, HTTPException)  # what a connection that fails raises


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says of a file: its size in bytes, None where it does not say; its first bytes, at most 1,024."""

    size: int | None
    head: bytes = b""


def download(url: str, partial: Path, wait: float) -> None:
    """Append to `partial` until the server says that it is whole.

    Args:
        url: the address.
        partial: what has arrived; it may hold the beginning already.
        wait: seconds before the first retry; doubled each time.

    Raises:
        OSError: the server refuses, or `ATTEMPTS` in a row brought nothing.
    """
    failures = 0
    while True:
        before = partial.stat().st_size if partial.exists() else 0
        try:
            if _continue(url, partial, before):
                return
            error: Exception = OSError("the connection broke before the file was whole")
        except urllib.error.HTTPError as refused:
            if refused.code == 416:  # our part is longer than the file: it belongs to another one
                partial.unlink()
            elif refused.code in FINAL:
                raise
            error = refused
        except BROKEN as broken:
            if offline(broken):
                raise
            error = broken
        grown = partial.exists() and partial.stat().st_size > before
        failures = 0 if grown else failures + 1
        if failures >= ATTEMPTS:
            raise error if isinstance(error, OSError) else OSError(str(error))
        time.sleep(wait * 2 ** max(failures - 1, 0))


def offline(error: Exception) -> bool:
    """Whether the host's name cannot be found from here."""
    return isinstance(getattr(error, "reason", None), socket.gaierror)


def reason(error: Exception) -> str:
    """What went wrong, in the server's or the system's words."""
    return str(getattr(error, "reason", None) or error or type(error).__name__)


def _continue(url: str, partial: Path, offset: int) -> bool:
    """Ask for the bytes from `offset` on; True where the file is then whole."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={offset}-"} if offset else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        resumed = answer.status == 206
        length = answer.headers.get("Content-Length")
        total = int(length) + (offset if resumed else 0) if length else None
        with partial.open("ab" if resumed else "wb") as out:
            while block := answer.read(BLOCK):
                out.write(block)
    return total is None or partial.stat().st_size == total


def size(url: str, timeout: float = TIMEOUT) -> int | None:
    """The size of a file in bytes by a HEAD request; None where the server does not say.

    Raises:
        OSError: no answer, or a refusal.
    """
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=timeout) as answer:
        length = answer.headers.get("Content-Length")
    return int(length) if length else None


def probe(url: str, timeout: float = TIMEOUT) -> Answer:
    """Ask by HEAD, then for the first 1,024 bytes, which some servers answer alone.

    Raises:
        OSError: neither is answered.
    """
    try:
        said = size(url, timeout)
    except BROKEN as error:
        if offline(error):
            raise
        said = None
    request = urllib.request.Request(url, headers={"Range": f"bytes=0-{HEAD_BYTES - 1}"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            head = answer.read(HEAD_BYTES)
            if answer.status == 206:
                whole = answer.headers.get("Content-Range", "").rpartition("/")[2]
                return Answer(int(whole) if whole.isdigit() else said, head)
            length = answer.headers.get("Content-Length")
    except HTTPException as error:
        raise OSError(str(error)) from error
    return Answer(int(length) if length else said, head)
