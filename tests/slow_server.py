"""A web server of tests whose images come late, come at the third asking, or never come."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SlowServer(ThreadingHTTPServer):
    """``/slow…`` takes ``slow_s``, ``/flaky…`` fails twice, ``/never…`` always, ``/missing…`` is not there."""

    daemon_threads = True

    def __init__(self, image: bytes, slow_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.image = image
        self.slow_s = slow_s
        self.asked: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: SlowServer

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        if self.path.startswith("/slow"):
            time.sleep(self.server.slow_s)
        status = self._status()
        self.send_response(status)
        self.send_header("Content-Length", str(len(self.server.image)))
        self.end_headers()
        self.wfile.write(self.server.image)

    def _status(self) -> int:
        if self.path.startswith("/never") or (self.path.startswith("/flaky") and self.server.asked[self.path] <= 2):
            return 503
        return 404 if self.path.startswith("/missing") else 200

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def running_slow_server(image: bytes, slow_s: float = 30) -> Iterator[SlowServer]:
    with SlowServer(image, slow_s) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
