"""Image addresses as text: what may be kept of them."""

from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

# What may stand unencoded in a path, so that common keys stay readable.
PLAIN_IN_PATH = "/~!$&'()*+,;=:@"


def strip_secrets(uri: str) -> str:
    """Return ``uri`` without query string, fragment and user name, which may hold signatures and passwords."""
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def object_uri(scheme: str, bucket: str, key: str, version: str | None = None) -> str:
    """Return the address of an object whose ``key`` is given as the store knows it, not yet percent-encoded."""
    uri = f"{scheme}://{bucket}/{quote(key, safe=PLAIN_IN_PATH)}"
    return uri if not version else f"{uri}?versionId={quote(version, safe='')}"


def object_version(uri: str) -> str | None:
    """Return the object version that ``uri`` names (``?versionId=``), if any."""
    versions = parse_qs(urlsplit(uri).query).get("versionId")
    return versions[0] if versions else None
