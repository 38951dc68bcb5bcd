"""Image addresses as text: what may be kept of them."""

from urllib.parse import parse_qs, urlsplit, urlunsplit


def strip_secrets(uri: str) -> str:
    """Return ``uri`` without query string, fragment and user name, which may hold signatures and passwords."""
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def object_version(uri: str) -> str | None:
    """Return the object version that ``uri`` names (``?versionId=``), if any."""
    versions = parse_qs(urlsplit(uri).query).get("versionId")
    return versions[0] if versions else None
