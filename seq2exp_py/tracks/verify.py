"""Whether the catalogue's addresses still lead where it says: each is asked for its size and its first kilobyte."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

from seq2exp_py.tracks import download
from seq2exp_py.tracks.cache import MAGIC
from seq2exp_py.tracks.catalogue import Remote

ASKING = 8  # addresses asked at once
PATIENCE = 30.0  # seconds that one of them has
Status = Literal["ok", "changed", "gone", "unreachable"]


class Verdict(NamedTuple):
    """What an address said: `changed` is another file (size or first bytes), `gone` a refusal for good."""

    remote: Remote
    url: str
    status: Status
    says: str


def verify(remotes: Sequence[Remote]) -> list[Verdict]:
    """Ask every address, each once however many cells share it."""
    asked = {str(url): remote for remote in remotes for url in remote.urls}
    with ThreadPoolExecutor(ASKING) as pool:
        return list(pool.map(_ask, asked.values(), asked))


def _ask(remote: Remote, url: str) -> Verdict:
    try:
        answer = download.probe(url, PATIENCE)
    except OSError as error:
        code = getattr(error, "code", None)
        return Verdict(remote, url, "gone" if code in download.FINAL else "unreachable", download.reason(error))
    if remote.size is not None and answer.size is not None and answer.size != remote.size:
        return Verdict(remote, url, "changed", f"has {answer.size:,} bytes instead of {remote.size:,}")
    if remote.format in MAGIC and not answer.head.startswith(MAGIC[remote.format]):
        return Verdict(remote, url, "changed", f"is no {remote.format} file: it begins with {answer.head[:8]!r}")
    return Verdict(remote, url, "ok", "size not said" if answer.size is None else f"{answer.size:,} bytes")
