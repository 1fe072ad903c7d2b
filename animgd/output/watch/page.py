"""Serves the page of `animgd watch` to this computer only: one page, one picture, one film, and news of them."""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = "127.0.0.1"
PORT = 8736  # or any, if it is taken
PAGE = Path(__file__).with_name("page.html")
KINDS = {"/still.png": "image/png", "/film.mp4": "video/mp4"}
ALIVE = 10.0  # seconds without news after which a reader is asked whether it is there
LEAVE = 0.3  # seconds that readers have to hear that the program ends
MOST = 64  # bytes of what the page tells
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src blob: data:; media-src blob:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Page:
    """The page and what it shows; `files` are those behind the addresses of KINDS. Raises: OSError."""

    def __init__(self, looked: Callable[[], None] = lambda: None) -> None:
        """`looked` is called, in another thread, when another epoch is looked at."""
        self.looked = looked
        self.files: dict[str, Path] = {}
        self.look: str | float | None = None  # the epoch that the page shows, "end", or None if it shows no film
        self.news = threading.Condition()
        self.state: dict[str, Any] = {"id": secrets.token_hex(4), "change": 0}
        self.readers = 0
        try:
            self._server = _Server(self, PORT)
        except OSError:
            self._server = _Server(self, 0)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://{HERE}:{self._server.server_port}/"

    def show(self, **changes: Any) -> None:
        """Tell the page what has changed."""
        with self.news:
            self.state = {**self.state, **changes, "change": self.state["change"] + 1}
            self.news.notify_all()

    def close(self) -> None:
        """Tell the page that the program ends, and end the server."""
        self.show(ended=True)
        until = time.monotonic() + LEAVE
        while self.readers and time.monotonic() < until:
            time.sleep(0.01)
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Listens on the loopback address."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # there, it would let two programs have one port

    def __init__(self, page: Page, port: int) -> None:
        super().__init__((HERE, port), _Handler)
        self.page = page

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a reader that goes away is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60

    def do_GET(self) -> None:
        """Answer with the page, its files, or its news."""
        address = self.path.partition("?")[0]
        if not self._is_ours():
            self._answer(403)
        elif address == "/":
            self._answer(200, PAGE.read_bytes(), "text/html; charset=utf-8")
        elif address == "/news":
            self._tell_news()
        elif address in KINDS and address in self.server.page.files:
            try:
                self._answer(200, self.server.page.files[address].read_bytes(), KINDS[address])
            except OSError:
                self._answer(404)
        else:
            self._answer(404)

    def do_POST(self) -> None:
        """Note which epoch the page shows."""
        length = self.headers.get("Content-Length", "")
        ours = self._is_ours() and self.headers.get("Origin") == f"http://{self.headers.get('Host')}"
        if not ours or self.path != "/look" or not length.isdecimal() or int(length) > MOST:
            self.close_connection = True
            self._answer(403)
            return
        try:
            look = json.loads(self.rfile.read(int(length)))
        except ValueError:
            look = None
        known = look == "end" or (isinstance(look, float | int) and not isinstance(look, bool) and abs(look) < 1e9)
        self.server.page.look = float(look) if known and look != "end" else look if known else None
        self.server.page.looked()
        self._answer(204)

    def _is_ours(self) -> bool:
        """Whether our own page or a typed address asks: another name for this address would be another site's."""
        port = self.server.server_port
        names = (f"{HERE}:{port}", f"localhost:{port}")
        return self.headers.get("Host") in names and self.headers.get("Sec-Fetch-Site") in (None, "none", "same-origin")

    def _answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _tell_news(self) -> None:
        """Send the state at once, and whenever it changes (server-sent events)."""
        page, told = self.server.page, -1
        self.close_connection = True
        self.send_response(200)
        for name, value in (HEADERS | {"Content-Type": "text/event-stream"}).items():
            self.send_header(name, value)
        self.end_headers()
        page.readers += 1
        try:
            while True:
                with page.news:
                    if page.state["change"] == told:
                        page.news.wait(ALIVE)
                    state = page.state
                new = state["change"] != told
                told = state["change"]
                self.wfile.write(f"data: {json.dumps(state)}\n\n".encode() if new else b": \n\n")
                if state.get("ended"):
                    return
        finally:
            page.readers -= 1

    def version_string(self) -> str:
        """The name in the answers."""
        return "animgd"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the program's."""
