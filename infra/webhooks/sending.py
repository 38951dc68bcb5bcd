"""One attempt to deliver: a signed request to a guarded address, and what came of it in words."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore

from infra.errors import Rejected, SourceUnavailable
from infra.settings.webhooks import WebhookSettings
from infra.sources.network import GuardedNetwork, Resolve, SystemResolver, trusted_authorities
from infra.webhooks.addresses import PRIVATE, AddressNotAllowed, WebhookAddresses, authority_of
from infra.webhooks.signing import signed_headers
from schemas.texts.uris import SourceUri
from schemas.webhooks.deliveries import Attempt

IDLE_CONNECTION_S = 30.0
# Of an answer's body: what is read at most, and what of a refusal the log keeps.
MOST_ANSWER_BYTES = 4096
KEPT_CHARACTERS = 200
LONGEST_RETRY_AFTER_S = 3600.0
GONE = 410
# A name that nobody answers for keeps a thread for long; others are to be resolved meanwhile.
RESOLVER_THREADS = 32
UNTRUSTED = "The certificate of the endpoint is not trusted. An operator can allow it: VEDETTE_WEBHOOKS__CA_LOCATION."


@dataclass(frozen=True)
class Parcel:
    """What one delivery sends: where to, under which id, and the secrets that sign it."""

    url: str = field(repr=False)
    message_id: str
    body: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


class WebhookSender:
    """Makes attempts. Redirects are not followed, and of an answer little is read and less is kept.

    A request carries no cookie, no credential and no header of anybody's choice, and the environment's proxies are not
    asked. Each connection goes to an address that was just checked.
    """

    def __init__(self, settings: WebhookSettings, resolve: Resolve | None = None) -> None:
        self._addresses = WebhookAddresses(settings)
        self._timeout_s = settings.timeout_s
        self._resolver = SystemResolver(RESOLVER_THREADS)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted_authorities(settings.ca_location, "VEDETTE_WEBHOOKS__CA_LOCATION"),
            max_connections=settings.at_once,
            keepalive_expiry=IDLE_CONNECTION_S,
            network_backend=GuardedNetwork(
                resolve or self._resolver, self._addresses.is_private_host_allowed, self._addresses.private_networks
            ),
        )

    async def send(self, parcel: Parcel) -> Attempt:
        """Return what came of one attempt, which takes no longer than the settings allow."""
        at, began = datetime.now(UTC), time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await self._post(parcel, at)
        except TimeoutError:
            found = {"error": f"The endpoint did not answer within {self._timeout_s:g} s."}
        except (AddressNotAllowed, Rejected, SourceUnavailable, httpcore.NetworkError, OSError) as error:
            found = {"error": _explain(error)}
        except (httpcore.TimeoutException, httpcore.ProtocolError) as error:
            found = {"error": f"The endpoint does not speak HTTP as it should ({type(error).__name__})."}
        return Attempt.model_validate({"at": at, "duration_ms": round((time.monotonic() - began) * 1000, 1), **found})

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
        self._resolver.close()

    async def _post(self, parcel: Parcel, at: datetime) -> dict[str, object]:
        address = self._addresses.check(parcel.url)
        headers = [
            ("Host", authority_of(address)),
            ("User-Agent", "vedette"),
            ("Content-Type", "application/json"),
            ("Accept-Encoding", "identity"),
            *signed_headers(parcel.message_id, at, parcel.body, parcel.secrets),
        ]
        content = parcel.body.encode()
        headers.append(("Content-Length", str(len(content))))
        async with self._pool.stream("POST", _url(address), headers=headers, content=content) as answer:
            return await _judge(answer)


async def _judge(answer: httpcore.Response) -> dict[str, object]:
    code = answer.status
    if 200 <= code < 300:
        # So that the connection can be used again; a long answer costs it instead.
        await _beginning(answer.aiter_stream())
        return {"code": code}
    if 300 <= code < 400:
        return {"code": code, "error": "The endpoint redirects, which is not followed. Enter where it leads to."}
    error = "The endpoint is gone." if code == GONE else f"The endpoint answers with status {code}."
    text = _shown(await _beginning(answer.aiter_stream()))
    return {"code": code, "error": error, "answer": text or None, "retry_after_s": _retry_after_s(answer)}


async def _beginning(chunks: AsyncIterable[bytes]) -> bytes:
    read = bytearray()
    async for chunk in chunks:
        read += chunk[: MOST_ANSWER_BYTES - len(read)]
        if len(read) >= MOST_ANSWER_BYTES:
            break
    return bytes(read)


def _shown(body: bytes) -> str:
    text = body.decode(errors="replace")[: 2 * KEPT_CHARACTERS]
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:KEPT_CHARACTERS]


def _retry_after_s(answer: httpcore.Response) -> float | None:
    """Return how long the endpoint asks to be left alone, where it says so in seconds; never longer than an hour."""
    for name, value in answer.headers:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            return min(float(value.strip()[:9]), LONGEST_RETRY_AFTER_S)
    return None


def _explain(error: Exception) -> str:
    if isinstance(error, AddressNotAllowed):
        return str(error)
    if isinstance(error, Rejected):
        return PRIVATE
    if isinstance(error, SourceUnavailable):
        return "The name of the endpoint's server cannot be resolved."
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UNTRUSTED
        cause = cause.__cause__ or cause.__context__
    return f"The endpoint cannot be reached ({type(error).__name__})."


def _url(address: SourceUri) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.scheme.encode(), host=address.host.encode(), port=address.port, target=address.target.encode()
    )
