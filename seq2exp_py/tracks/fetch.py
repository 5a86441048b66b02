"""Downloads that survive broken connections: resumed by byte ranges, checked, and whole or absent in the cache."""

import fcntl
import hashlib
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.progress import say
from seq2exp_py.tracks.catalogue import Remote

BLOCK = 1 << 20
TIMEOUT = 60.0  # seconds without a byte before a connection counts as broken
ATTEMPTS = 6  # in a row without a new byte; waits of 1, 2, 4, 8, 16 s between them ride out a minute of trouble
MAGIC = {  # first bytes of each format: a login page saved as a bigWig is caught here, not in the middle of a run
    "bigwig": (b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26"),
    "hic": (b"HIC",),
    "cool": (b"\x89HDF",),
    "mcool": (b"\x89HDF",),
    "bam": (b"\x1f\x8b",),
}


def fetch(remotes: Sequence[Remote], cache: Path, wait: float = 1.0) -> dict[Remote, Path]:
    """Bring every file into `cache`, or say in one message which could not be had and where to put them.

    Args:
        remotes: the files.
        cache: folder that keeps them between runs; a file already there and fitting its size and checksum is used as it is.
        wait: seconds before the first retry; doubled each time.

    Returns:
        The path of each file.

    Raises:
        InputError: some file could not be had, or is not the one described.
    """
    cache.mkdir(parents=True, exist_ok=True)
    have, lack = {}, []
    for remote in remotes:
        try:
            have[remote] = _fetch_one(remote, cache, wait)
        except OSError as error:
            lack.append((remote, error))
    if lack:
        raise InputError(_missing(lack, cache))
    return have


def _missing(lack: Sequence[tuple[Remote, Exception]], cache: Path) -> str:
    lines = [f"  {r.name}  ({r.cell} {r.assay}, {r.accession}) from {r.url}: {_reason(error)}" for r, error in dict(lack).items()]
    return (
        f"{len(lines)} of the files that --cells needs could not be downloaded; on a machine without network, download them "
        f"elsewhere, put them into {cache.resolve()} under these names and run again:\n" + "\n".join(lines)
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error or type(error).__name__)


def _fetch_one(remote: Remote, cache: Path, wait: float) -> Path:
    final = cache / remote.name
    with _locked(cache / f".{remote.name}.lock"):
        if final.exists():
            _check(remote, final)
            return final
        partial = cache / f".{remote.name}.partial"
        say(f"fetch: {remote.name} ({remote.cell} {remote.assay})")
        _download(str(remote.url), partial, wait)
        try:
            _check(remote, partial)
        except InputError:
            partial.unlink()
            raise
        partial.replace(final)
    return final


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold `path` so that two tasks that want one file download it once."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _download(url: str, partial: Path, wait: float) -> None:
    """Append to `partial` until the server says that it is whole; give up after `ATTEMPTS` in a row that brought nothing."""
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
            elif refused.code in (401, 403, 404, 410):  # final: asking again changes nothing
                raise
            error = refused
        except (OSError, HTTPException) as broken:
            if isinstance(getattr(broken, "reason", None), socket.gaierror):  # no such host from here: the machine is offline
                raise
            error = broken
        grown = partial.exists() and partial.stat().st_size > before
        failures = 0 if grown else failures + 1
        if failures >= ATTEMPTS:
            raise error if isinstance(error, OSError) else OSError(str(error))
        time.sleep(wait * 2 ** max(failures - 1, 0))


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


def _check(remote: Remote, path: Path) -> None:
    """Compare size, first bytes and MD5 with what the catalogue says.

    Raises:
        InputError: they differ.
    """
    size = path.stat().st_size
    wrong = None
    if remote.size is not None and size != remote.size:
        wrong = f"has {size:,} bytes instead of {remote.size:,}"
    elif remote.format in MAGIC and not _head(path).startswith(MAGIC[remote.format]):
        wrong = f"is no {remote.format} file: it begins with {_head(path)!r}"
    elif remote.md5 is not None and (found := _md5(path)) != remote.md5:
        wrong = f"has the MD5 {found} instead of {remote.md5}"
    if wrong:
        raise InputError(
            f"{path.parent.resolve() / remote.name}: what {remote.url} gave {wrong}; "
            "delete the file if it is there, and check the address in the catalogue or download it by hand"
        )


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(8)


def _md5(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "md5").hexdigest()
