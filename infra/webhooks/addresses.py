"""Where webhooks may be sent: to public servers over https, and to those inside the network that an operator opens."""

from collections.abc import Sequence
from ipaddress import ip_address

from infra.errors import ConfigurationError, Rejected
from infra.settings.webhooks import WebhookSettings
from infra.sources.addresses import is_within, literal_address, refuse_private, refuse_private_host
from schemas.texts.uris import DEFAULT_PORTS, InvalidUri, SourceUri, parse_authority, parse_uri

SETTING = "VEDETTE_WEBHOOKS__ALLOWED_PRIVATE_HOSTS"
PRIVATE = (
    "The address leads into a private network. An operator can allow that with "
    f"{SETTING}=host:port or VEDETTE_WEBHOOKS__ALLOWED_PRIVATE_NETWORKS."
)
NO_HTTP = f"The address has scheme http; use https. An operator can allow http to a private host with {SETTING}."


class AddressNotAllowed(ValueError):
    """No webhook may be sent to this address; the message is a sentence that says why, and what to do."""


class WebhookAddresses:
    """The rules for addresses of endpoints, for when one is entered and for every connection."""

    def __init__(self, settings: WebhookSettings) -> None:
        """Raises ``ConfigurationError`` for an entry of the settings that names no host and port."""
        self._private_hosts = frozenset(map(_host_and_port, settings.allowed_private_hosts))
        self.private_networks = tuple(settings.allowed_private_networks)

    def check(self, url: str) -> SourceUri:
        """Return the address if it may be sent to, as far as it tells by itself; raises ``AddressNotAllowed``."""
        try:
            address = parse_uri(url)
        except InvalidUri as problem:
            raise AddressNotAllowed(f"The address {problem}.") from None
        if address.port is None:
            raise AddressNotAllowed("The address is not a web address. Begin it with https://.")
        if "#" in url:
            raise AddressNotAllowed("The address has a fragment, which is never sent. Remove # and what follows.")
        if not self._is_open(address):
            self._require_public(address)
        return address

    def check_resolved(self, address: SourceUri, answers: Sequence[str]) -> None:
        """Raise ``AddressNotAllowed`` where the name leads to an address that webhooks may not be sent to."""
        if self.is_private_host_allowed(address.host, address.port or 0):
            return
        found = [ip_address(answer) for answer in answers]
        try:
            refuse_private(each for each in found if not is_within(each, self.private_networks))
        except Rejected:
            raise AddressNotAllowed(PRIVATE) from None

    def is_private_host_allowed(self, host: str, port: int) -> bool:
        """Whether an operator has opened this server inside the network."""
        return (host, port) in self._private_hosts

    def _is_open(self, address: SourceUri) -> bool:
        literal = literal_address(address.host)
        within = literal is not None and is_within(literal, self.private_networks)
        return within or self.is_private_host_allowed(address.host, address.port or 0)

    def _require_public(self, address: SourceUri) -> None:
        if address.scheme == "http":
            raise AddressNotAllowed(NO_HTTP)
        try:
            refuse_private_host(address.host)
        except Rejected as problem:
            raise AddressNotAllowed(PRIVATE if "private" in problem.detail else _reworded(problem.detail)) from None


def authority_of(address: SourceUri) -> str:
    """Return host and port as a request names them, without the port that the scheme stands for."""
    return address.authority.removesuffix(f":{DEFAULT_PORTS[address.scheme]}")


def _reworded(detail: str) -> str:
    return detail.replace("The URI's host", "The address's host")


def _host_and_port(entry: str) -> tuple[str, int]:
    try:
        host, port = parse_authority("https", entry)
    except InvalidUri as problem:
        raise ConfigurationError(f"{SETTING}: an entry {problem}") from None
    if not entry.endswith(f":{port}"):
        raise ConfigurationError(f"{SETTING}: write {host}:443 or another port")
    return host, port
