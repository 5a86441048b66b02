"""The folder that keeps downloads: each file whole or absent, with a manifest that says what it is and that every user checks."""

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from seq2exp_py.errors import InputError
from seq2exp_py.files import whole
from seq2exp_py.tracks.catalogue import Remote

MANIFEST = "manifest.json"
MAGIC = {  # first bytes of each format: a login page saved as a bigWig is caught here, not in the middle of a run
    "bigwig": (b"\x26\xfc\x8f\x88", b"\x88\x8f\xfc\x26"),
    "hic": (b"HIC",),
    "cool": (b"\x89HDF",),
    "mcool": (b"\x89HDF",),
    "bam": (b"\x1f\x8b",),
    "average": (b"\x1f\x8b",),
}


class Cache:
    """Downloaded files and their manifest.

    `manifest.json` has, for each file: size in bytes, MD5, the address it came from, cell, assay, assembly and output type, and the
    time of change and the inode at which the MD5 was last compared. A file is read through again where these differ, as after a
    copy to another machine, and not otherwise.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, remote: Remote) -> Path:
        """Where the file lies, or will."""
        return self.folder / remote.name

    def entries(self) -> dict[str, dict[str, Any]]:
        """The manifest, by file name.

        Raises:
            InputError: it cannot be read.
        """
        path = self.folder / MANIFEST
        try:
            found = json.loads(path.read_text()) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read ({error}); delete it, and the files beside it are checked anew") from error
        if not isinstance(found, dict):
            raise InputError(f"{path}: expected an object of files by name; delete it, and the files beside it are checked anew")
        return found

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold `name`, so that tasks that want one file download it once; in a folder that cannot be written nothing is held."""
        try:
            handle = (self.folder / f".{name}.lock").open("w")
        except PermissionError:
            yield
            return
        except OSError as error:
            if (self.folder / name).exists():
                yield
                return
            raise InputError(f"{self.folder}: nothing can be written there ({error.strerror}); name another --cache_dir") from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def wrong(self, remote: Remote, path: Path) -> str | None:
        """What is wrong with a file, by the catalogue and the manifest; None where it is the one described."""
        size = path.stat().st_size
        known = self.entries().get(remote.name, {}) if path == self.path(remote) else {}
        for expected, who in ((remote.size, "the catalogue"), (known.get("size"), MANIFEST)):
            if expected is not None and size != expected:
                return f"has {size:,} bytes instead of {expected:,} ({who})"
        if remote.format in MAGIC and not _head(path).startswith(MAGIC[remote.format]):
            return f"is no {remote.format} file: it begins with {_head(path)!r}"
        if known.get("checked") == _stamp(path):
            return None
        for expected, who in ((remote.md5, "the catalogue"), (known.get("md5"), MANIFEST)):
            if expected is not None and (found := md5(path)) != expected:
                return f"has the MD5 {found} instead of {expected} ({who})"
        return None

    def record(self, remote: Remote, url: str = "") -> None:
        """Note a file that was found right; a folder that cannot be written is left as it is."""
        path, known = self.path(remote), self.entries().get(remote.name, {})
        if known.get("checked") == _stamp(path):
            return
        entry = {
            "size": path.stat().st_size,
            "md5": known.get("md5") or md5(path),
            "url": url or known.get("url", ""),
            "cell": remote.cell,
            "assay": remote.assay,
            "assembly": remote.assembly,
            "output_type": remote.output_type,
            "checked": _stamp(path),
        }
        with suppress(PermissionError), self.locked(MANIFEST):
            entries = self.entries() | {remote.name: entry}
            with whole(self.folder / MANIFEST) as temporary:
                temporary.write_text(json.dumps(dict(sorted(entries.items())), indent=1) + "\n")


def _stamp(path: Path) -> list[int]:
    """Time of change and inode: another value means that the file may be another one."""
    stat = path.stat()
    return [stat.st_mtime_ns, stat.st_ino]


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(8)


def md5(path: Path) -> str:
    """The MD5 of a file as 32 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "md5").hexdigest()
