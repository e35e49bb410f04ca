"""A web server on this machine that serves files well or badly, and remembers what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """files: what lies where. tags: their ETags. moved: redirects. broken: statuses. cuts: after how many bytes the
    connection ends, one for each request. ranges: whether parts are sent. promise: whether the size is told.
    """

    base: str
    files: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    promise: bool = True
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(self, path: str, data: bytes) -> str:
        """The address of a new file."""
        self.files[path] = data
        return self.base + path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.close_connection = True
        self.site.asked.append((self.path, dict(self.headers.items())))
        if status := self.site.broken.get(self.path):
            self._head(status, {"Content-Length": "0"})
        elif place := self.site.moved.get(self.path):
            self._head(302, {"Location": place, "Content-Length": "0"})
        elif (data := self.site.files.get(self.path)) is None:
            self._head(404, {"Content-Length": "0"})
        else:
            self._send(data, self.site.tags.get(self.path, ""))

    def _send(self, data: bytes, tag: str) -> None:
        start, given = 0, self.headers.get("Range", "")
        if given and self.site.ranges and self.headers.get("If-Range", tag) == tag:
            start = int(given.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                self._head(416, {"Content-Length": "0"})
                return
        lines = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        lines |= {"ETag": tag} if tag else {}
        lines |= {"Content-Length": str(len(data) - start)} if self.site.promise else {}
        self._head(206 if start else 200, lines)
        end = start + self.site.cuts.pop(0) if self.site.cuts else len(data)
        self.wfile.write(data[start:end])

    def _head(self, status: int, lines: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**lines, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        del format, args


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up early is what some tests are about."""
        del request, client_address


@contextmanager
def served() -> Iterator[Site]:
    """A site that is there meanwhile."""
    site = Site("")
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site})) as server:
        site.base = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
