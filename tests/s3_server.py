"""A real S3 server for tests, as a child process on loopback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.child_servers import free_port, running


@contextmanager
def running_s3(folder: Path, port: int | None = None) -> Iterator[str]:
    """Start moto's server, with its log in ``folder``; yields its URL."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "moto.server", "-p", str(port)], url, folder / "s3-server.log"):
        yield url
