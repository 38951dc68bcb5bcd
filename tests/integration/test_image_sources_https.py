"""Images from a real TLS server: what is followed, what is cut off, and what is never sent."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
import stamina
import trustme

from infra.errors import Rejected, SourceUnavailable
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.operations.jobs.items.manifest_text import FetchedManifest, WebPlace
from infra.operations.jobs.items.sources import JobFailed
from infra.settings.recognition import SourceSettings
from infra.settings.settings import Settings
from infra.sources.image_source import ImageSource
from infra.sources.rules import SourceRules
from schemas.dead_letters import Reason

HOST = "img.shop.example"
LIMIT_BYTES = 65_536
PICTURE = b"\xff\xd8 not really, but bytes all the same"

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: str, body: bytes = b"", **headers: str) -> Handler:
    """Return a handler that sends one whole response."""

    async def send(writer: asyncio.StreamWriter) -> None:
        fields = {"Content-Length": str(len(body)), **{name.replace("_", "-"): text for name, text in headers.items()}}
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {text}" for name, text in fields.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return send


async def send_endlessly(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + bytes(4096) + b"\r\n")
        await writer.drain()


async def send_byte_by_byte(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def say_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def send_half(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    writer.close()


async def send_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.shop.example ESMTP\r\n")
    writer.close()


class ImageServer:
    """A TLS server for ``HOST`` whose answers stand by path; it remembers every request."""

    def __init__(self, certificate: trustme.LeafCert) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._tls)
        self.answers: dict[str, list[Handler]] = {}
        self.requests: list[str] = []
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ImageServer":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"

    def serve(self, path: str, *answers: Handler) -> str:
        """Answer ``path`` with each of ``answers`` in turn, the last one for ever; return its URL."""
        self.answers[path] = [*answers]
        return self.url(path)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._tasks.add(asyncio.ensure_future(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(request)
                answers = self.answers[request.split(" ")[1].partition("?")[0]]
                await (answers.pop(0) if len(answers) > 1 else answers[0])(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, as it does once it has seen enough
        finally:
            writer.transport.abort()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[ImageServer]:
    async with ImageServer(authority.issue_cert(HOST)) as server:
        yield server


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def open_source(server: ImageServer, trusted: Path | None, *, timeout_s: float = 120, attempts: int = 1) -> ImageSource:
    settings = SourceSettings(
        allowed_private_hosts=[f"{HOST}:{server.port}"],
        https_ca_location=trusted,
        max_bytes=LIMIT_BYTES,
        timeout_s=timeout_s,
        patience_s=timeout_s,
        attempts=attempts,
        max_redirects=2,
    )
    return ImageSource(settings, resolve=loopback)


@pytest.fixture
async def source(server: ImageServer, trusted: Path) -> AsyncIterator[ImageSource]:
    source = open_source(server, trusted)
    yield source
    await source.close()


async def refused(source: ImageSource, server: ImageServer, url: str) -> Reason:
    with pytest.raises(Rejected) as refusal:
        await source.fetch(url, allowed_prefixes=[server.url("/")])
    assert "hush" not in refusal.value.detail
    return refusal.value.reason


async def unavailable(source: ImageSource, server: ImageServer, url: str) -> str:
    with pytest.raises(SourceUnavailable) as failure:
        await source.fetch(url, allowed_prefixes=[server.url("/")])
    assert "hush" not in str(failure.value)
    return str(failure.value)


async def test_an_image_comes_whole_with_its_media_type(server: ImageServer, source: ImageSource) -> None:
    url = server.serve("/a%20b.jpg", answer("200 OK", PICTURE, Content_Type="image/jpeg; x=1"))
    image = await source.fetch(url + "?sig=hush%2F", allowed_prefixes=[server.url("/")])
    assert (image.data, image.content_type) == (PICTURE, "image/jpeg")
    assert server.requests[0].startswith("GET /a%20b.jpg?sig=hush%2F HTTP/1.1\r\n")


async def test_an_image_exactly_as_large_as_the_limit_comes(server: ImageServer, source: ImageSource) -> None:
    url = server.serve("/a.jpg", answer("200 OK", b"x" * LIMIT_BYTES))
    assert len((await source.fetch(url, allowed_prefixes=[server.url("/")])).data) == LIMIT_BYTES


async def test_connections_are_kept_and_cookies_and_proxies_are_not(
    server: ImageServer, source: ImageSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    url = server.serve("/a.jpg", answer("200 OK", PICTURE, Set_Cookie="session=1"))
    for _ in range(3):
        await source.fetch(url, allowed_prefixes=[server.url("/")])
    names = [line.partition(":")[0].lower() for line in server.requests[-1].strip().split("\r\n")[1:]]
    assert server.connections == 1
    assert names == ["host", "user-agent", "accept", "accept-encoding"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("404 Not Found", Reason.NOT_FOUND),
        ("410 Gone", Reason.NOT_FOUND),
        ("401 Unauthorized", Reason.ACCESS_DENIED),
        ("403 Forbidden", Reason.ACCESS_DENIED),
        ("204 No Content", Reason.EMPTY),
        ("200 OK", Reason.EMPTY),
        ("400 Bad Request", Reason.SOURCE_UNAVAILABLE),
        ("304 Not Modified", Reason.SOURCE_UNAVAILABLE),
    ],
)
async def test_a_status_has_its_own_reason_and_is_not_asked_for_again(
    server: ImageServer, trusted: Path, status: str, reason: Reason
) -> None:
    source = open_source(server, trusted, attempts=3)
    assert await refused(source, server, server.serve("/a.jpg", answer(status)) + "?sig=hush") is reason
    assert len(server.requests) == 1
    await source.close()


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Oops", "503 Service Unavailable", "408 Timeout"])
async def test_a_passing_failure_is_tried_again_until_the_image_comes(
    server: ImageServer, trusted: Path, status: str
) -> None:
    source = open_source(server, trusted, attempts=3)
    url = server.serve("/a.jpg", answer(status), send_half, answer("200 OK", PICTURE))
    assert (await source.fetch(url, allowed_prefixes=[server.url("/")])).data == PICTURE
    assert len(server.requests) == 3
    await source.close()


async def test_a_failure_that_does_not_pass_ends_after_the_last_attempt(server: ImageServer, trusted: Path) -> None:
    source = open_source(server, trusted, attempts=2)
    assert "503" in await unavailable(source, server, server.serve("/a.jpg", answer("503 Busy")) + "?sig=hush")
    assert len(server.requests) == 2
    await source.close()


async def test_an_announced_size_over_the_limit_is_refused_before_the_body(
    server: ImageServer, source: ImageSource
) -> None:
    async def announce(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {LIMIT_BYTES + 1}\r\n\r\n".encode())
        await writer.drain()
        await asyncio.sleep(3600)

    assert await refused(source, server, server.serve("/a.jpg", announce)) is Reason.TOO_LARGE


async def test_a_body_without_end_is_cut_off_at_the_limit(server: ImageServer, source: ImageSource) -> None:
    assert await refused(source, server, server.serve("/a.jpg", send_endlessly)) is Reason.TOO_LARGE


async def test_a_compressed_body_is_refused_and_never_unpacked(server: ImageServer, source: ImageSource) -> None:
    bomb = gzip.compress(bytes(LIMIT_BYTES * 100))
    url = server.serve("/a.jpg", answer("200 OK", bomb, Content_Encoding="gzip"))
    assert len(bomb) < LIMIT_BYTES
    assert await refused(source, server, url) is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("handler", [say_nothing, send_byte_by_byte])
async def test_a_slow_server_is_left_when_the_time_is_up(server: ImageServer, trusted: Path, handler: Handler) -> None:
    source = open_source(server, trusted, timeout_s=0.5)
    assert "0.5 s" in await unavailable(source, server, server.serve("/a.jpg", handler) + "?sig=hush")
    await source.close()


@pytest.mark.parametrize("handler", [send_half, send_nonsense])
async def test_a_broken_answer_is_no_image(server: ImageServer, source: ImageSource, handler: Handler) -> None:
    await unavailable(source, server, server.serve("/a.jpg", handler) + "?sig=hush")


async def test_redirects_are_followed_as_far_as_settings_say(server: ImageServer, source: ImageSource) -> None:
    url = server.serve("/0/a.jpg", answer("301 Moved Permanently", Location="/1/a.jpg"))
    server.serve("/1/a.jpg", answer("302 Found", Location="../2/b.jpg"))
    server.serve("/2/b.jpg", answer("200 OK", PICTURE))
    assert (await source.fetch(url, allowed_prefixes=[server.url("/")])).data == PICTURE


async def test_a_redirect_may_hold_characters_beyond_ascii(server: ImageServer, source: ImageSource) -> None:
    url = server.serve("/a.jpg", answer("302 Found", Location="/\u00e9.jpg"))
    server.serve("/%C3%A9.jpg", answer("200 OK", PICTURE))
    assert (await source.fetch(url, allowed_prefixes=[server.url("/")])).data == PICTURE


async def test_redirects_in_a_circle_are_left(server: ImageServer, source: ImageSource) -> None:
    url = server.serve("/a.jpg", answer("307 Temporary Redirect", Location="/b.jpg"))
    server.serve("/b.jpg", answer("308 Permanent Redirect", Location="/a.jpg"))
    assert await refused(source, server, url) is Reason.SOURCE_UNAVAILABLE
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://127.0.0.1/a.jpg", Reason.ADDRESS_NOT_ALLOWED),
        ("https://127.0.0.1:{port}/a.jpg", Reason.ADDRESS_NOT_ALLOWED),
        ("https://[::ffff:127.0.0.1]:{port}/a.jpg", Reason.ADDRESS_NOT_ALLOWED),
        ("https://2130706433:{port}/a.jpg", Reason.ADDRESS_NOT_ALLOWED),
        ("//169.254.169.254/latest/meta-data/", Reason.ADDRESS_NOT_ALLOWED),
        ("http://169.254.169.254/latest/meta-data/", Reason.UNSUPPORTED_SCHEME),
        ("gopher://127.0.0.1:6379/_FLUSHALL", Reason.UNSUPPORTED_SCHEME),
        ("https://other.shop.example/a.jpg?sig=hush", Reason.SOURCE_NOT_ALLOWED),
        ("https://img.shop.example/a.jpg", Reason.SOURCE_NOT_ALLOWED),
        ("https://hush@img.shop.example:{port}/a.jpg", Reason.SOURCE_NOT_ALLOWED),
        ("file:///etc/passwd", Reason.SOURCE_NOT_ALLOWED),
        ("s3://shop/a.jpg", Reason.SOURCE_NOT_ALLOWED),
        ("https://[/", Reason.INVALID_REFERENCE),
        ("", Reason.SOURCE_UNAVAILABLE),
    ],
)
async def test_a_redirect_passes_the_same_rules_as_the_reference(
    server: ImageServer, source: ImageSource, location: str, reason: Reason
) -> None:
    url = server.serve("/a.jpg", answer("302 Found", Location=location.format(port=server.port)))
    with pytest.raises(Rejected) as refusal:
        await source.fetch(url, allowed_prefixes=[server.url("/"), "s3://shop/", "https://127.0.0.1/"])
    assert refusal.value.reason is reason
    assert "hush" not in refusal.value.detail


async def test_a_redirect_to_a_name_that_resolves_to_loopback_is_refused(
    server: ImageServer, source: ImageSource
) -> None:
    url = server.serve("/a.jpg", answer("302 Found", Location=f"https://rebound.shop.example:{server.port}/a.jpg"))
    with pytest.raises(Rejected) as refusal:
        await source.fetch(url, allowed_prefixes=[server.url("/"), f"https://rebound.shop.example:{server.port}/"])
    assert refusal.value.reason is Reason.ADDRESS_NOT_ALLOWED
    assert server.connections == 1


async def test_an_untrusted_certificate_is_not_accepted(server: ImageServer) -> None:
    source = open_source(server, None)
    assert "VEDETTE_SOURCES__HTTPS_CA_LOCATION" in await unavailable(source, server, server.url("/a.jpg"))
    assert server.requests == []
    await source.close()


async def test_a_certificate_for_another_name_is_not_accepted(authority: trustme.CA, trusted: Path) -> None:
    async with ImageServer(authority.issue_cert("other.shop.example", "127.0.0.1")) as server:
        source = open_source(server, trusted)
        assert "certificate" in await unavailable(source, server, server.url("/a.jpg"))
        assert server.requests == []
        await source.close()


async def test_a_server_that_is_not_there_is_unavailable(authority: trustme.CA, trusted: Path) -> None:
    async with ImageServer(authority.issue_cert(HOST)) as server:
        source = open_source(server, trusted, attempts=2)
    await unavailable(source, server, server.url("/a.jpg?sig=hush"))
    await source.close()


def manifest_at(url: str, server: ImageServer, trusted: Path, folder: Path, timeout_s: float = 120) -> FetchedManifest:
    settings = SourceSettings(
        allowed_private_hosts=[f"{HOST}:{server.port}"],
        https_ca_location=trusted,
        max_bytes=1024,
        timeout_s=timeout_s,
        max_redirects=2,
    )
    place = WebPlace(url, [server.url("/")], SourceRules(settings), settings, loopback)
    files = JobFiles(UploadPlace.of(Settings(home=folder)))
    return FetchedManifest(place, files, "shop", UUID(int=1))


async def test_a_manifest_is_fetched_once_whatever_its_size_and_stays_as_it_was(
    server: ImageServer, trusted: Path, tmp_path: Path
) -> None:
    lines = b'{"uri": "s3://shop-media/a.jpg"}\n' * 10_000
    url = server.serve("/all.jsonl", answer("302 Found", Location="/real.jsonl"))
    server.serve("/real.jsonl", answer("200 OK", lines), answer("200 OK", b"changed"))
    for _ in range(2):
        # Another process goes on with the job.
        manifest = manifest_at(url, server, trusted, tmp_path)
        assert await manifest.size_bytes() == len(lines)
        assert await manifest.read_part(33, 66) == lines[33:66]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (answer("404 Not Found"), "The server has no such manifest."),
        (answer("403 Forbidden"), "The server denies access to the manifest."),
        (answer("302 Found", Location="https://elsewhere.example/"), "cannot be fetched"),
        (answer("200 OK", gzip.compress(b"{}"), Content_Encoding="gzip"), "compressed"),
        (say_nothing, "does not answer"),
        (send_half, "does not answer"),
    ],
)
async def test_a_manifest_that_cannot_be_fetched_says_why(
    server: ImageServer, trusted: Path, tmp_path: Path, handler: Handler, told: str
) -> None:
    manifest = manifest_at(server.serve("/hush.jsonl", handler), server, trusted, tmp_path, timeout_s=0.3)
    with stamina.set_testing(True, attempts=2), pytest.raises(JobFailed) as failed:
        await manifest.size_bytes()
    assert told in str(failed.value)
    assert "hush" not in str(failed.value)
