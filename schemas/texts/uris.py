"""Image URIs as text: what may be kept of them, and what exactly they name."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import parse_qs, quote, unquote

OBJECT_STORES = frozenset({"s3", "gs", "az"})
DEFAULT_PORTS = {"https": 443, "http": 80}
SCHEMES = OBJECT_STORES | DEFAULT_PORTS.keys() | {"file"}

BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{0,254}")
HOST = re.compile(r"(?!.{254})[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")

_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<slashes>//)?(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DOT_SEGMENT = re.compile(r"(?:^|/)\.\.?(?:;[^/]*)?(?:/|$)")
_HOST_AND_PORT = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[0-9]{1,5})?)?")
_MOST_ENCODINGS = 3

# What may stand unencoded in a path, so that common keys stay readable.
PLAIN_IN_PATH = "/~!$&'()*+,;=:@"


class InvalidUri(ValueError):
    """The text is no URI that can be fetched; the message says what is wrong and never repeats the text."""


class UnsupportedScheme(InvalidUri):
    """The URI names a way of fetching that the platform does not have."""


class DeceptiveUri(InvalidUri):
    """The URI is written so that two readers may take it for two different places."""


@dataclass(frozen=True, slots=True)
class SourceUri:
    """One place that an image can be fetched from, parsed once and for all.

    ``host`` is the bucket or container for s3, gs and az, empty for file, and for https a lower-case name or an address
    without brackets. ``segments`` are the percent-decoded parts of the path; bytes that are not UTF-8 stand in them as
    surrogates. ``target`` is the path and query exactly as an HTTP request sends them.
    """

    scheme: str
    host: str
    port: int | None
    segments: tuple[str, ...]
    target: str
    version: str | None = None

    @property
    def path(self) -> str:
        """The absolute path of a file."""
        return "/" + "/".join(self.segments)

    @property
    def key(self) -> str:
        """The key of an object in its bucket."""
        return "/".join(self.segments)

    @property
    def authority(self) -> str:
        """``host:port``, an IPv6 address in brackets; the bucket alone for an object store."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def strip_secrets(uri: str) -> str:
    """Return ``uri`` without query string, fragment and user name, which may hold signatures and passwords.

    Never raises: text that is no URI loses everything that could be a secret as well.
    """
    head = re.split(r"[?#]", uri, maxsplit=1)[0]
    scheme, slashes, rest = head.partition("://")
    if not slashes:
        return head.rpartition("@")[2]
    authority, slash, path = rest.partition("/")
    return f"{scheme.rpartition('@')[2].lower()}://{authority.rpartition('@')[2]}{slash}{path}"


def object_version(uri: str) -> str | None:
    """Return the object version that ``uri`` names (``?versionId=``), if any."""
    query = uri.partition("#")[0].partition("?")[2]
    versions = parse_qs(query).get("versionId")
    return versions[0] if versions else None


def object_uri(scheme: str, bucket: str, key: str, version: str | None = None) -> str:
    """Return the URI of the object ``key``: what is not plain in a URI, a space or ``?`` say, is percent-encoded."""
    uri = f"{scheme}://{bucket}/{quote(key, safe=PLAIN_IN_PATH)}"
    return uri if not version else f"{uri}?versionId={quote(version, safe='')}"


def parse_uri(uri: str) -> SourceUri:
    """Return the place that ``uri`` names; raises ``InvalidUri`` or one of its kinds.

    Nothing is corrected: a URI that would need it (dot segments, backslashes, user names, encoded hosts) is refused, so
    that what is checked is what is fetched. Percent-encoding is read as RFC 3986 has it, in object keys as well.
    """
    parts = split_uri(uri)
    scheme, authority, path = parts["scheme"], parts["authority"], parts["path"]
    if scheme in OBJECT_STORES:
        return _object(scheme, authority, path, parts)
    if scheme == "file":
        return _file(authority, path, parts)
    host, port = parse_authority(scheme, authority)
    query = f"?{parts['query']}" if parts["query"] else ""
    target = quote((path or "/") + query, safe="/?%:@!$&'()*+,;=~")
    return SourceUri(scheme, host, port, tuple(map(decode, (path or "/")[1:].split("/"))), target)


def split_uri(uri: str) -> dict[str, str]:
    """Return scheme (lower case), authority, path, query and fragment, absent parts empty; refuses deceptive text."""
    if " " in uri or _CONTROL.search(uri):
        raise InvalidUri("holds a space or control character; percent-encode it")
    if _SURROGATE.search(uri):
        raise InvalidUri("holds half of a character; percent-encode what is not text")
    match = _PARTS.fullmatch(uri)
    if match is None:
        raise InvalidUri("has no scheme; begin it with s3://, gs://, az://, https:// or file:///")
    parts = {name: value or "" for name, value in match.groupdict().items()}
    parts["scheme"] = parts["scheme"].lower()
    if parts["scheme"] not in SCHEMES:
        raise UnsupportedScheme("has a scheme other than s3, gs, az, https and file")
    if not parts["slashes"]:
        raise InvalidUri("lacks // after its scheme")
    _refuse_deception(parts["authority"], parts["path"])
    return parts


def parse_authority(scheme: str, authority: str) -> tuple[str, int]:
    """Return host (lower case, no brackets, no closing dot) and port of a web address."""
    match = _HOST_AND_PORT.fullmatch(authority)
    if match is None:
        raise InvalidUri("has no valid host and port")
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise InvalidUri("has a port beyond 65535")
    if match["ipv6"]:
        return _ipv6(match["ipv6"]), port
    host = match["name"].lower().removesuffix(".")
    if not HOST.fullmatch(host):
        raise InvalidUri("has no valid host")
    return host, port


def decode(text: str) -> str:
    """Return ``text`` with percent-encoding undone; bytes that are not UTF-8 become surrogates."""
    return unquote(text, errors="surrogateescape") if "%" in text else text


def _object(scheme: str, bucket: str, path: str, parts: dict[str, str]) -> SourceUri:
    if not BUCKET.fullmatch(bucket):
        raise InvalidUri("has no valid bucket name")
    if parts["fragment"] or not _is_version(parts["query"]):
        raise InvalidUri("may carry ?versionId= alone; percent-encode ? and # in an object's key")
    key = decode(path)[1:]
    segments = tuple(key.split("/"))
    if not all(segments) or _SURROGATE.search(key):
        raise InvalidUri("has no key, a key with an empty part, or one that is not UTF-8")
    return SourceUri(scheme, bucket, None, segments, "", object_version(f"?{parts['query']}"))


def _file(authority: str, path: str, parts: dict[str, str]) -> SourceUri:
    if authority.lower() not in ("", "localhost"):
        raise InvalidUri("names another machine; write file:/// and an absolute path")
    if parts["query"] or parts["fragment"]:
        raise InvalidUri("may carry no query; percent-encode ? and # in a file's name")
    segments = tuple(segment for segment in decode(path).split("/") if segment)
    return SourceUri("file", "", None, segments, "")


def _refuse_deception(authority: str, path: str) -> None:
    if "@" in authority:
        raise DeceptiveUri("may carry no user name or password")
    if "\\" in authority or "%" in authority or not authority.isascii():
        raise DeceptiveUri("has a host that is not plain ASCII; write an international name in its xn-- form")
    text = path
    for _ in range(_MOST_ENCODINGS):
        _refuse_deceptive_path(text)
        if (decoded := decode(text)) == text:
            return
        text = decoded
    raise DeceptiveUri("is percent-encoded more than twice")


def _refuse_deceptive_path(path: str) -> None:
    if "\\" in path or _DOT_SEGMENT.search(path):
        raise DeceptiveUri("has a backslash or a dot segment in its path")
    if _CONTROL.search(path):
        raise DeceptiveUri("has a control character in its path")


def _is_version(query: str) -> bool:
    return not query or re.fullmatch(r"versionId=[^&;]+", query) is not None


def _ipv6(text: str) -> str:
    try:
        return IPv6Address(text).compressed
    except ValueError:
        raise InvalidUri("has no valid IPv6 address in its brackets") from None
