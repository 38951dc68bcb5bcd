"""Connections to checked addresses alone: a name is resolved, judged and connected to in one step."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

import certifi
import httpcore

from infra.errors import ConfigurationError, Rejected, SourceUnavailable
from infra.sources.addresses import Address, is_within, literal_address, refuse_private
from schemas.dead_letters import Reason

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

RESOLVER_THREADS = 4


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked, so that a name cannot change its answer in between."""

    def __init__(
        self,
        resolve: Resolve,
        is_private_host_allowed: Callable[[str, int], bool],
        private_networks: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        """Addresses in ``private_networks`` are allowed, whatever the name that leads to them."""
        self._resolve = resolve
        self._is_private_host_allowed = is_private_host_allowed
        self._private_networks = private_networks
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that answers; raises ``Rejected`` where one is private."""
        failure: Exception = SourceUnavailable("The image's server has no address.")
        for address in await self._checked_addresses(host, port):
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: an image is not fetched from a socket on this machine."""
        raise Rejected(Reason.ADDRESS_NOT_ALLOWED, "The URI's host is the machine itself.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked_addresses(self, host: str, port: int) -> list[Address]:
        literal = literal_address(host)
        addresses = [literal] if literal else [ip_address(answer) for answer in await self._resolve(host, port)]
        if not self._is_private_host_allowed(host, port):
            refuse_private(each for each in addresses if not is_within(each, self._private_networks))
        return addresses


def trusted_authorities(own: Path | None, setting: str) -> ssl.SSLContext:
    """Trust the public authorities, those of the operating system, and the operator's own, which ``setting`` names.

    Raises ``ConfigurationError`` where these cannot be read.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    if own is None:
        return context
    try:
        context.load_verify_locations(own)
    except OSError as error:
        raise ConfigurationError(f"{setting} cannot be read: {error}") from None
    return context


class SystemResolver:
    """Names resolved by the operating system, in a small pool of threads, since it blocks."""

    def __init__(self, threads: int = RESOLVER_THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="source-resolver")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return the addresses of ``host``; raises ``SourceUnavailable`` where it has none now."""
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self._threads, _lookup, host, port)
        except OSError:
            raise SourceUnavailable("The name of the image's server could not be resolved.") from None
        return list(dict.fromkeys(answers))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int) -> list[str]:
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
