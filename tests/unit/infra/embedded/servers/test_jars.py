"""Jars enter the cache whole and as pinned, or not at all; the repository here is a small HTTP server on loopback."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stamina

from infra.embedded.homes.errors import StackError
from infra.embedded.servers.jars import JarCache, LockedJar, read_lock
from infra.embedded.servers.lock_jars import ROOTS

CLOSED = {"closed": "http://127.0.0.1:9"}


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder without a line on standard error for each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    folder = tmp_path / "repository"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, {"test": f"http://127.0.0.1:{server.server_port}"}
        server.shutdown()
        thread.join()


def publish(repository: Path, coordinate: str, content: bytes) -> LockedJar:
    jar = LockedJar(coordinate, len(content), hashlib.sha256(content).hexdigest())
    group, artifact, *_, version = coordinate.split(":")
    folder = repository.joinpath(*group.split("."), artifact, version)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / jar.file_name).write_bytes(content)
    return jar


def test_jars_are_fetched_in_order_with_progress(tmp_path: Path, repository: tuple[Path, dict[str, str]]) -> None:
    folder, address = repository
    jars = [publish(folder, f"org.example:part{n}:jar:1.0", b"x" * n) for n in (3, 1, 2)]
    seen: list[tuple[int, int]] = []
    paths = JarCache(tmp_path / "cache", address).fetch_jars("s", jars, lambda *counts: seen.append(counts))

    assert [path.name for path in paths] == ["part3-1.0.jar", "part1-1.0.jar", "part2-1.0.jar"]
    assert [path.stat().st_size for path in paths] == [3, 1, 2]
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_classifier_stands_in_the_file_name(tmp_path: Path, repository: tuple[Path, dict[str, str]]) -> None:
    folder, address = repository
    jar = publish(folder, "io.netty:epoll:jar:linux-x86_64:4.1", b"native")
    [path] = JarCache(tmp_path / "cache", address).fetch_jars("s", [jar])

    assert path.name == "epoll-4.1-linux-x86_64.jar"


def test_a_complete_cache_needs_no_network(tmp_path: Path, repository: tuple[Path, dict[str, str]]) -> None:
    folder, address = repository
    jars = [publish(folder, "org.example:part:jar:1.0", b"content")]
    JarCache(tmp_path / "cache", address).fetch_jars("s", jars)
    [path] = JarCache(tmp_path / "cache", CLOSED).fetch_jars("s", jars)

    assert path.read_bytes() == b"content"


def test_a_jar_that_was_changed_on_its_way_is_refused(tmp_path: Path, repository: tuple[Path, dict[str, str]]) -> None:
    folder, address = repository
    pinned = publish(folder, "org.example:part:jar:1.0", b"original")
    publish(folder, "org.example:part:jar:1.0", b"tampered")

    with pytest.raises(StackError, match="not the pinned"):
        JarCache(tmp_path / "cache", address).fetch_jars("s", [pinned])
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_a_cut_off_jar_in_the_cache_is_fetched_again(tmp_path: Path, repository: tuple[Path, dict[str, str]]) -> None:
    folder, address = repository
    jar = publish(folder, "org.example:part:jar:1.0", b"content")
    cache = JarCache(tmp_path / "cache", address)
    [path] = cache.fetch_jars("s", [jar])
    path.write_bytes(b"cont")
    cache.fetch_jars("s", [jar])

    assert path.read_bytes() == b"content"


def test_a_missing_network_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    jar = LockedJar("org.example:part:jar:1.0", 1, "0" * 64)

    with stamina.set_testing(True), pytest.raises(StackError, match=r"cannot fetch .* Check the network"):
        JarCache(tmp_path / "cache", CLOSED).fetch_jars("s", [jar])


def test_two_stacks_may_fill_one_cache_at_once(tmp_path: Path, repository: tuple[Path, dict[str, str]]) -> None:
    folder, address = repository
    jars = [publish(folder, f"org.example:part{n}:jar:1.0", b"x" * 50_000) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        fetches = [pool.submit(JarCache(tmp_path / "cache", address).fetch_jars, "s", jars) for _ in range(4)]
        paths = [fetch.result() for fetch in fetches]

    assert all(path.stat().st_size == 50_000 for path in paths[0])
    assert paths.count(paths[0]) == 4


@pytest.mark.parametrize("server", ROOTS)
def test_the_committed_locks_hold_the_pinned_roots_and_no_jar_twice(server: str) -> None:
    jars = read_lock(server)
    pinned = {":".join(part for part in jar.coordinate.split(":") if part != "jar") for jar in jars}

    assert set(ROOTS[server]) <= pinned
    assert len({jar.file_name for jar in jars}) == len(jars)
