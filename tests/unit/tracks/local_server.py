"""An HTTP server on the loopback that serves byte ranges, breaks connections and lies, for tests of downloads."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONTENT = b"\x26\xfc\x8f\x88" + bytes(range(256)) * 2000


class Server(ThreadingHTTPServer):
    """Serves `files` by path, else `body`; `break_after` bytes end an answer, `ranges` and `heads` may be off."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.files, self.ranges, self.heads, self.break_after = CONTENT, None, True, True, None
        self.requests = []  # the range of each GET
        self.paths = []  # and its path

    def url(self, path="a.bigWig"):
        return f"http://127.0.0.1:{self.server_port}/{path}"

    def content(self, path):
        if "missing" in path:
            return None
        return self.body if self.files is None else self.files.get(path)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        body = self.server.content(self.path)
        if not self.server.heads or body is None:
            self.send_error(404 if body is None else 405)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.requests.append(wanted)
        server.paths.append(self.path)
        body = server.content(self.path)
        if body is None:
            self.send_error(404)
            return
        first, _, last = wanted.split("=")[1].partition("-") if wanted and server.ranges else ("0", "", "")
        start, end = int(first), int(last) + 1 if last else len(body)
        if start > len(body):
            self.send_error(416)
            return
        part = body[start:end]
        ranged = wanted is not None and server.ranges
        self.send_response(206 if ranged else 200)
        if ranged:
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: server.break_after])
        if server.break_after is not None and server.break_after < len(part):
            self.close_connection = True
