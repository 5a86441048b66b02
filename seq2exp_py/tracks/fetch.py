"""The files of cells, from the catalogue's addresses into the cache: one address after another, one unit of expression for all."""

import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from seq2exp_py.errors import InputError
from seq2exp_py.notes import Note
from seq2exp_py.progress import say
from seq2exp_py.tracks import download
from seq2exp_py.tracks.cache import Cache
from seq2exp_py.tracks.catalogue import Remote, labels
from seq2exp_py.tracks.quantifications import lacks_column

ASKING = 8  # servers asked for sizes at once
PATIENCE = 10.0  # seconds that one of them has


class UnfitError(OSError):
    """Something arrived, and it is not the file described; the message says what is wrong with it."""


def fetch(remotes: Sequence[Remote], cache: Path, wait: float = 1.0) -> dict[Remote, Path]:
    """Bring every file into `cache`, or say in one message which could not be had and where to put them.

    Of the files of expression those of the first unit are taken that all cells have and that can be had: one run has one unit.

    Args:
        remotes: the files.
        cache: folder that keeps them between runs; a file already there and fitting its size and checksum is used as it is.
        wait: seconds before the first retry of a broken connection; doubled each time.

    Returns:
        The path of each file that is used.

    Raises:
        InputError: some file could not be had, or is not the one described, or there is no room for what is known to come.
    """
    cache.mkdir(parents=True, exist_ok=True)
    store, units = Cache(cache), labels(remotes)
    have: dict[Remote, Path] = {}
    announce([r for r in remotes if r.assay != "expression" or r.output_type == units[0]], store)
    lack = _each([r for r in remotes if r.assay != "expression"], store, have, wait)
    refused: list[tuple[Remote, Exception]] = []
    for unit in units:
        missing = _each([r for r in remotes if r.assay == "expression" and r.output_type == unit], store, have, wait)
        if not missing:
            _say_changed(refused, unit)
            break
        have = {remote: path for remote, path in have.items() if remote.assay != "expression"}
        refused += missing
    else:
        lack += refused
    if lack:
        raise InputError(_missing(lack, cache))
    return have


def _say_changed(refused: Sequence[tuple[Remote, Exception]], unit: str) -> None:
    if refused:
        files = "; ".join(f"{name}: {why}" for name, why in {r.name: download.reason(error) for r, error in refused}.items())
        Note.UNIT.add(unit=unit, was=refused[0][0].output_type, files=files)


def _each(remotes: Iterable[Remote], store: Cache, have: dict[Remote, Path], wait: float) -> list[tuple[Remote, Exception]]:
    """Bring each file into `have`; return those that could not be had, and why."""
    lack: list[tuple[Remote, Exception]] = []
    for remote in remotes:
        try:
            have[remote] = _one(remote, store, wait)
        except OSError as error:
            lack.append((remote, error))
    return lack


def _one(remote: Remote, store: Cache, wait: float) -> Path:
    """The path of one file in the cache, downloaded from the first address that gives it."""
    final = store.path(remote)
    with store.locked(remote.name):
        if final.exists():
            if wrong := _wrong(remote, store, final):
                raise InputError(f"{final.resolve()}: {wrong}; delete it, or put the right file there")
            store.record(remote)
            return final
        partial = store.folder / f".{remote.name}.partial"
        failed: list[str] = []
        for url in map(str, remote.urls):
            say(f"fetch: {remote.name} ({remote.cell} {remote.assay}) from {url}")
            try:
                download.download(url, partial, wait)
                if wrong := _wrong(remote, store, partial):
                    raise UnfitError(f"what {url} gave {wrong}")
            except OSError as error:
                failed.append(f"{url}: {download.reason(error)}")
                last = error
                if isinstance(error, UnfitError) or url != str(remote.urls[-1]):
                    partial.unlink(missing_ok=True)  # another address does not go on from this one's bytes
                continue
            partial.replace(final)
            store.record(remote, url)
            if failed:
                Note.ADDRESS.add(name=remote.name, url=url, reasons="; ".join(failed))
            return final
    raise last


def _wrong(remote: Remote, store: Cache, path: Path) -> str | None:
    return store.wrong(remote, path) or (lacks_column(remote, path) if remote.column else None)


def _missing(lack: Sequence[tuple[Remote, Exception]], cache: Path) -> str:
    lines = [
        f"  {r.name}  ({r.cell} {r.assay}, {r.accession}) from {' or '.join(map(str, r.urls))}: {download.reason(error)}"
        for r, error in {remote.name: (remote, error) for remote, error in lack}.values()
    ]
    return (
        f"{len(lines)} of the files that --cells needs could not be had; on a machine without network run `seq2exp fetch --cells … "
        f"--out FOLDER` elsewhere and give the folder as --cache_dir, or put them into {cache.resolve()} under these names and run "
        "again:\n" + "\n".join(lines)
    )


def announce(remotes: Sequence[Remote], store: Cache) -> None:
    """Say what will be fetched, how large it is and how much room there is, before anything is fetched.

    Raises:
        InputError: what is known to come does not fit.
    """
    coming = {r.name: r for r in remotes if not store.path(r).exists()}
    if not coming:
        return
    with ThreadPoolExecutor(ASKING) as pool:
        sizes = dict(zip(coming, pool.map(expected_size, coming.values()), strict=True))
    known, free = sum(size or 0 for size in sizes.values()), shutil.disk_usage(store.folder).free
    unknown = sum(size is None for size in sizes.values())
    for name, remote in coming.items():
        say(f"fetch: will fetch {in_bytes(sizes[name]):>9}  {name} ({remote.cell} {remote.assay}, {remote.output_type})")
    rest = f" and {unknown} of unknown size" if unknown else ""
    say(f"fetch: {len(coming)} files, {in_bytes(known)}{rest}; {in_bytes(free)} free in {store.folder.resolve()}")
    if known > free:
        raise InputError(
            f"{store.folder.resolve()}: {in_bytes(known)} are to come and {in_bytes(free)} are free; make room, or name another "
            "folder with --cache_dir"
        )


def expected_size(remote: Remote) -> int | None:
    """Bytes of a file: the catalogue's figure, else its server's; None where neither says."""
    if remote.size is not None:
        return remote.size
    for url in remote.urls:
        try:
            return download.size(str(url), PATIENCE)
        except download.BROKEN:
            continue
    return None


def in_bytes(size: float | None) -> str:
    """A size to read."""
    if size is None:
        return "unknown"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
