"""Which network addresses a caller's URL may lead to: public ones, checked at the moment of connecting.

Sources: the IANA special-purpose address registries, and the metadata addresses of the large clouds.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore

from infra.errors import Rejected, SourceUnavailable
from schemas.dead_letters import Reason

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# Beyond what is_global refuses: the platform address of Azure, protocol assignments, the relays of 6to4, benchmarks.
CLOSED_IPV4 = tuple(
    map(IPv4Network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10"))
)
# IPv6 is open only where unicast addresses are handed out, less protocol assignments with Teredo, 6to4, documentation.
OPEN_IPV6 = IPv6Network("2000::/3")
CLOSED_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
NAT64 = IPv6Network("64:ff9b::/96")

RESOLVER_THREADS = 4
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def is_public(address: Address) -> bool:
    """Whether ``address`` belongs to the public internet; one behind NAT64 is judged by the IPv4 address inside."""
    if isinstance(address, IPv6Address) and address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED_IPV4)
    return address in OPEN_IPV6 and not any(address in network for network in CLOSED_IPV6)


def refuse_private_host(host: str) -> None:
    """Reject a host that is a closed address in any notation, or the machine itself; names are judged when resolved."""
    address = _literal(host)
    if address is not None:
        refuse_private([address])
    elif _NUMERIC.fullmatch(host):
        raise Rejected(Reason.ADDRESS_NOT_ALLOWED, "The URI's host is an address that is not in dotted decimal form.")
    elif host == "localhost" or host.endswith(".localhost"):
        raise Rejected(Reason.ADDRESS_NOT_ALLOWED, "The URI's host is the machine itself.")


def refuse_private(addresses: Iterable[Address]) -> None:
    """Reject if any of ``addresses`` is not public: a name with a private address among its own is a trap."""
    if not all(map(is_public, addresses)):
        raise Rejected(Reason.ADDRESS_NOT_ALLOWED, "The URI's host is an address inside a private network.")


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked, so that a name cannot change its answer in between."""

    def __init__(self, resolve: Resolve, is_private_host_allowed: Callable[[str, int], bool]) -> None:
        self._resolve = resolve
        self._is_private_host_allowed = is_private_host_allowed
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
        literal = _literal(host)
        addresses = [literal] if literal else [ip_address(answer) for answer in await self._resolve(host, port)]
        if not self._is_private_host_allowed(host, port):
            refuse_private(addresses)
        return addresses


class SystemResolver:
    """Names resolved by the operating system, in a small pool of threads, since it blocks."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="source-resolver")

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


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
