"""The rules for what may be fetched, as far as the URI alone can tell: no I/O, so that an API can answer at once."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from infra.errors import ConfigurationError, Rejected
from infra.objects.upload_place import UploadPlace
from infra.settings.recognition import SourceSettings
from infra.sources.addresses import refuse_private_host
from schemas.access.prefixes import allows, prefix_above
from schemas.dead_letters import Reason
from schemas.texts.uris import DeceptiveUri, InvalidUri, SourceUri, UnsupportedScheme, parse_authority, parse_uri

OPEN_FOLDERS = (
    "the folders that workers may read. An operator opens its folder with VEDETTE_SOURCES__FILE_ROOTS and starts the "
    "workers again."
)


class PlaceNotAllowed(Rejected):
    """None of the workspace's prefixes allows the place."""

    def __init__(self, source: SourceUri) -> None:
        super().__init__(
            Reason.SOURCE_NOT_ALLOWED,
            "The workspace may not read this address. "
            "An administrator can allow it with `vedette admin workspace allow`.",
        )
        self._prefix = prefix_above(source)

    def to(self, workspace: str) -> Rejected:
        """Return the same rejection as the workspace is told of it, with the command that allows the place."""
        if self._prefix is None:
            return self
        command = shlex.join(["vedette", "admin", "workspace", "allow", workspace, self._prefix])
        return Rejected(
            self.reason,
            f"Workspace {workspace} may not read this address. An administrator can allow it with: {command}",
        )


class SourceRules:
    """What the settings and a workspace's prefixes allow."""

    def __init__(self, settings: SourceSettings, closed: UploadPlace | None = None) -> None:
        """``closed`` is a place that no reference may name, whatever prefixes allow."""
        self._closed = closed
        self.private_hosts = frozenset(map(_host_and_port, settings.allowed_private_hosts))
        self.file_roots = tuple(Path(os.path.normpath(root.expanduser().absolute())) for root in settings.file_roots)
        self._root_names = [root.parts[1:] for root in self.file_roots]

    def check_uri(self, uri: str, allowed_prefixes: Sequence[str]) -> SourceUri:
        """Return the parsed ``uri`` if it may be fetched; raises ``Rejected`` with the reason why not.

        A host that is an address is judged before the prefixes, so that the reason is the precise one.
        """
        source = _parse(uri)
        self.refuse_closed(source)
        if source.port is not None:
            self._check_host(source)
        if source.scheme == "file" and not self._is_beneath_a_root(source):
            raise Rejected(Reason.SOURCE_NOT_ALLOWED, f"The file lies outside {OPEN_FOLDERS}")
        self.check_prefixes(source, allowed_prefixes)
        return source

    def refuse_closed(self, source: SourceUri) -> None:
        """Reject what lies where the platform keeps pictures that were uploaded."""
        if self._closed is not None and self._closed.holds(source):
            raise Rejected(
                Reason.SOURCE_NOT_ALLOWED, "The address belongs to the platform itself. No reference may name it."
            )

    def check_prefixes(self, source: SourceUri, allowed_prefixes: Sequence[str]) -> None:
        """Reject a place that none of the workspace's prefixes allows."""
        if not allows(allowed_prefixes, source):
            raise PlaceNotAllowed(source)

    def is_private_host_allowed(self, host: str, port: int) -> bool:
        """Whether an operator has opened this server inside the network."""
        return (host, port) in self.private_hosts

    def _is_beneath_a_root(self, source: SourceUri) -> bool:
        """Whether a file, as its path is written, lies beneath one of the folders that may be read."""
        return any(source.segments[: len(names)] == names for names in self._root_names)

    def _check_host(self, source: SourceUri) -> None:
        if source.port is not None and self.is_private_host_allowed(source.host, source.port):
            return
        if source.scheme == "http":
            raise Rejected(Reason.UNSUPPORTED_SCHEME, "The URI has scheme http; use https.")
        refuse_private_host(source.host)


def _parse(uri: str) -> SourceUri:
    try:
        return parse_uri(uri)
    except UnsupportedScheme as problem:
        raise Rejected(Reason.UNSUPPORTED_SCHEME, f"The URI {problem}.") from None
    except DeceptiveUri as problem:
        raise Rejected(Reason.SOURCE_NOT_ALLOWED, f"The URI {problem}.") from None
    except InvalidUri as problem:
        raise Rejected(Reason.INVALID_REFERENCE, f"The URI {problem}.") from None


def _host_and_port(entry: str) -> tuple[str, int]:
    host, port = _parse_entry(entry)
    if not entry.endswith(f":{port}"):
        raise ConfigurationError(f"VEDETTE_SOURCES__ALLOWED_PRIVATE_HOSTS: write {host}:443 or another port")
    return host, port


def _parse_entry(entry: str) -> tuple[str, int]:
    try:
        return parse_authority("https", entry)
    except InvalidUri as problem:
        raise ConfigurationError(f"VEDETTE_SOURCES__ALLOWED_PRIVATE_HOSTS: an entry {problem}") from None
