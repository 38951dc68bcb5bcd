"""Which network addresses a caller's URL may lead to: those of the public internet.

Sources: the IANA special-purpose address registries, and the metadata addresses of the large clouds.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from infra.errors import Rejected
from schemas.dead_letters import Reason

Address = IPv4Address | IPv6Address

# Beyond what is_global refuses: the platform address of Azure, protocol assignments, the relays of 6to4, benchmarks.
CLOSED_IPV4 = tuple(
    map(IPv4Network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10"))
)
# IPv6 is open only where unicast addresses are handed out, less protocol assignments with Teredo, 6to4, documentation.
OPEN_IPV6 = IPv6Network("2000::/3")
CLOSED_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
NAT64 = IPv6Network("64:ff9b::/96")

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
    address = literal_address(host)
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


def is_within(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether ``address`` belongs to one of ``networks``."""
    return any(address.version == network.version and address in network for network in networks)


def literal_address(host: str) -> Address | None:
    """Return the address that ``host`` is, or ``None`` for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
