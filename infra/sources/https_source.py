"""Images from web servers: guarded addresses, redirects followed by hand, bytes counted as they come."""

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from string import punctuation
from urllib.parse import quote, urljoin

import httpcore

from infra.errors import Rejected, SourceUnavailable
from infra.settings.recognition import SourceSettings
from infra.sources.contents import FetchedImage, read_capped, refuse_above
from infra.sources.network import GuardedNetwork, Resolve, SystemResolver, trusted_authorities
from infra.sources.rules import SourceRules
from schemas.dead_letters import Reason
from schemas.texts.uris import DEFAULT_PORTS, SourceUri

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MISSING = frozenset({404, 410})
DENIED = frozenset({401, 403, 407})
PASSING = frozenset({408, 425, 429})
IDLE_CONNECTION_S = 30.0
LENGTH = re.compile(r"[0-9]{1,20}")
CONTENT_TYPE = re.compile(r"[!-~]{1,100}")


class HttpsSource:
    """Images from https servers, and from those inside the network that an operator has opened.

    A request carries no cookie, no credential and no header of the caller's, and the environment's proxies are not
    asked. Each redirect passes the same rules as the URI itself.
    """

    def __init__(self, settings: SourceSettings, rules: SourceRules, resolve: Resolve | None = None) -> None:
        self._max_bytes = settings.max_bytes
        self._max_redirects = settings.max_redirects
        self._rules = rules
        self._resolver = SystemResolver()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted_authorities(settings.https_ca_location, "VEDETTE_SOURCES__HTTPS_CA_LOCATION"),
            max_connections=settings.concurrent_fetches,
            keepalive_expiry=IDLE_CONNECTION_S,
            network_backend=GuardedNetwork(resolve or self._resolver, rules.is_private_host_allowed),
        )

    async def fetch(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> FetchedImage:
        """Return the image at ``uri`` or where it redirects to."""
        async with self._answered(uri, allowed_prefixes) as response:
            length = _header(response, b"content-length") or ""
            refuse_above(int(length) if LENGTH.fullmatch(length) else 0, self._max_bytes)
            data = await read_capped(response.aiter_stream(), self._max_bytes)
            return FetchedImage(data, _content_type(response))

    async def pieces(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> AsyncGenerator[bytes, None]:
        """Yield a file that is no image and of any size, piece by piece, by the same rules and with the same errors."""
        async with self._answered(uri, allowed_prefixes) as response:
            async for piece in response.aiter_stream():
                yield piece

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
        self._resolver.close()

    @asynccontextmanager
    async def _answered(self, uri: SourceUri, allowed_prefixes: Sequence[str]) -> AsyncIterator[httpcore.Response]:
        """Ask, follow redirects, and yield the answer whose body is the file."""
        try:
            for _ in range(self._max_redirects + 1):
                async with self._pool.stream("GET", _url(uri), headers=_headers(uri)) as response:
                    if response.status not in REDIRECTS:
                        _refuse_unfit(response)
                        yield response
                        return
                    uri = self._next(uri, response, allowed_prefixes)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise SourceUnavailable(_explain(error)) from None
        raise Rejected(Reason.SOURCE_UNAVAILABLE, f"The server redirects more than {self._max_redirects} times.")

    def _next(self, uri: SourceUri, response: httpcore.Response, allowed_prefixes: Sequence[str]) -> SourceUri:
        location = quote(_header(response, b"location") or "", safe=punctuation, encoding="latin-1")
        try:
            joined = urljoin(f"{uri.scheme}://{uri.authority}{uri.target}", location)
        except ValueError:
            joined = ""
        following = self._rules.check_uri(joined, allowed_prefixes)
        if following.port is None:
            raise Rejected(Reason.SOURCE_NOT_ALLOWED, "The server redirects to an address that is not a web address.")
        return following


def _refuse_unfit(response: httpcore.Response) -> None:
    _refuse_status(response.status)
    if (_header(response, b"content-encoding") or "identity").lower() != "identity":
        raise Rejected(
            Reason.UNSUPPORTED_FORMAT, "The server sends the image compressed. It must send the unchanged file."
        )


def _refuse_status(status: int) -> None:
    if status in MISSING:
        raise Rejected(Reason.NOT_FOUND, f"The server has no such image (status {status}).")
    if status in DENIED:
        raise Rejected(Reason.ACCESS_DENIED, f"The server denies access to the image (status {status}).")
    if status in PASSING or status >= 500:
        raise SourceUnavailable(f"The image's server answers with status {status}.")
    if not 200 <= status < 300:
        raise Rejected(Reason.SOURCE_UNAVAILABLE, f"The server refuses the request for the image (status {status}).")


def _explain(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "The certificate of the image's server is not trusted; see VEDETTE_SOURCES__HTTPS_CA_LOCATION."
        cause = cause.__cause__ or cause.__context__
    return f"The image's server cannot be read from ({type(error).__name__})."


def _url(uri: SourceUri) -> httpcore.URL:
    return httpcore.URL(scheme=uri.scheme.encode(), host=uri.host.encode(), port=uri.port, target=uri.target.encode())


def _headers(uri: SourceUri) -> list[tuple[str, str]]:
    host = uri.authority.removesuffix(f":{DEFAULT_PORTS[uri.scheme]}")
    return [("Host", host), ("User-Agent", "vedette"), ("Accept", "*/*"), ("Accept-Encoding", "identity")]


def _header(response: httpcore.Response, name: bytes) -> str | None:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1").strip()
    return None


def _content_type(response: httpcore.Response) -> str | None:
    media_type = (_header(response, b"content-type") or "").partition(";")[0].strip()
    return media_type if CONTENT_TYPE.fullmatch(media_type) else None
