"""A server for a results folder on this machine: byte ranges, CORS and right types, which Python's own server lacks."""

import os
import re
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from seq2exp_py.errors import InputError

BINARY = "application/octet-stream"
TYPES = {".bw": BINARY, ".bb": BINARY, ".2bit": BINARY, ".bed": "text/plain", ".bedpe": "text/plain", ".tsv": "text/plain"}
TYPES |= {".js": "text/javascript", ".json": "application/json", ".sizes": "text/plain", ".xml": "application/xml"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
PIECE = 1 << 16
OWN_NAMES = ("127.0.0.1", "localhost")  # of this machine, in a request's Host; a page of another site would send its own


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and end (half-open) that a Range header asks for; None where it asks for the whole file.

    Args:
        header: the header, one range of bytes; several ranges, which are rare, get the whole file.
        size: length of the file.

    Raises:
        ValueError: no byte of the file is in the range.
    """
    found = RANGE.match(header or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        raise ValueError(header)
    return start, end


class Handler(SimpleHTTPRequestHandler):
    """Serves files below a folder, whole or in part."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012 (as the base class has it)
    rest = 0

    def end_headers(self) -> None:
        """Add what every answer says: ranges are served, to pages of any origin."""
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "Range")
        self.send_header("Access-Control-Expose-Headers", "Content-Range, Content-Length")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def parse_request(self) -> bool:
        """Read a request, and refuse one that was meant for another host: a name that a web page lets point at this machine."""
        if not super().parse_request():
            return False
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        if host not in OWN_NAMES:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "ask for 127.0.0.1 or localhost")
            return False
        return True

    def outside(self, path: Path) -> bool:
        """Whether a file lies outside the folder that is served: above it, or where a link leads."""
        return not path.resolve().is_relative_to(Path(self.directory).resolve())

    def do_OPTIONS(self) -> None:
        """Answer a browser that asks whether it may ask."""
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def send_head(self) -> BinaryIO | None:
        """Answer a request for part of a file; leave the others to the base class."""
        path = Path(self.translate_path(self.path))
        if self.outside(path):
            self.send_error(HTTPStatus.NOT_FOUND, "Outside the folder; publish files, not links, with --publish_dir_mode copy")
            return None
        self.rest = path.stat().st_size if path.is_file() else 1 << 62
        try:
            part = wanted(self.headers.get("Range"), self.rest) if path.is_file() else None
        except ValueError:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{self.rest}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if part is None:
            return super().send_head()
        handle = path.open("rb")
        handle.seek(part[0])
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{self.rest}")
        self.rest = part[1] - part[0]
        self.send_header("Content-Length", str(self.rest))
        self.end_headers()
        return handle

    def copyfile(self, source, outputfile) -> None:  # type: ignore[no-untyped-def]
        """Send as many bytes as were promised."""
        left = self.rest
        while left and (piece := source.read(min(PIECE, left))):
            outputfile.write(piece)
            left -= len(piece)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


class Server(ThreadingHTTPServer):
    """A server that forgets a browser which went away."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a browser that jumps elsewhere breaks off what it no longer needs."""


def server(results: Path, port: int = 0) -> Server:
    """A server of a results folder, to this machine alone.

    Args:
        results: folder of a finished run.
        port: port; 0 = any that is free.

    Raises:
        InputError: there is no page, or the port is taken.
    """
    if not (results / "igv" / "index.html").is_file():
        raise InputError(
            f"{results}: no igv/index.html in it; give the --outdir of a finished run, or make the page with `seq2exp igv`"
        )
    try:
        return Server(("127.0.0.1", port), partial(Handler, directory=os.fspath(results)))
    except OSError as error:
        raise InputError(f"port {port}: {error.strerror}; choose another with --port, or leave it out") from error
