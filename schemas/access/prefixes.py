"""Source prefixes: which places a workspace may have images fetched from.

A prefix is a URI that ends in ``/`` and allows everything beneath it: ``s3://shop-*/``, ``https://img.shop.example/``,
``file:///srv/pictures/``. ``*`` stands for any characters within one segment of the path, one bucket name or one label
of a host, and never reaches over ``/``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from schemas.texts.uris import (
    BUCKET,
    DEFAULT_PORTS,
    OBJECT_STORES,
    InvalidUri,
    SourceUri,
    decode,
    parse_authority,
    parse_uri,
    split_uri,
)

MAX_PREFIX_CHARACTERS = 1024
MAX_STARS = 4
STAND_IN = "x"


@dataclass(frozen=True, slots=True)
class Prefix:
    """One parsed prefix: a pattern for the host or bucket and one for each leading segment of the path."""

    scheme: str
    host: re.Pattern[str]
    port: int | None
    segments: tuple[re.Pattern[str], ...]

    def allows(self, source: SourceUri) -> bool:
        """Whether ``source`` lies beneath this prefix."""
        return (
            self.scheme == source.scheme
            and self.port == source.port
            and self.host.fullmatch(source.host) is not None
            and len(source.segments) > len(self.segments)
            and all(pattern.fullmatch(part) for pattern, part in zip(self.segments, source.segments, strict=False))
        )


def allows(prefixes: Iterable[str], source: SourceUri) -> bool:
    """Whether one of ``prefixes`` allows ``source``; a prefix that is not valid allows nothing."""
    return any(prefix is not None and prefix.allows(source) for prefix in map(_parse_or_none, prefixes))


def narrowed(prefixes: Iterable[str], left: Iterable[str]) -> tuple[str, ...]:
    """Return prefixes that allow nothing but what both allow: those of either that lie within one of the other."""
    ours, theirs = tuple(prefixes), tuple(left)
    within = [one for one in ours if any(_lies_within(one, other) for other in theirs)]
    beyond = [one for one in theirs if any(_lies_within(one, other) for other in ours)]
    return tuple(dict.fromkeys((*within, *sorted(beyond))))


def _lies_within(inner: str, outer: str) -> bool:
    """Whether ``outer`` surely allows all that ``inner`` does; of two with stars only the same, which cannot err."""
    if inner == outer:
        return True
    around, within = _parse_or_none(outer), _parse_or_none(inner)
    if around is None or within is None or "*" in inner:
        return False
    try:
        return around.allows(parse_uri(f"{inner}{STAND_IN}"))
    except InvalidUri:
        return False


def validate_prefix(prefix: str) -> str:
    """Return ``prefix`` unchanged; raises ``ValueError`` with what an administrator should write instead."""
    parse_prefix(prefix)
    return prefix


def prefix_above(source: SourceUri) -> str | None:
    """Return the prefix that allows ``source`` and all that lies beside it in its folder, for an administrator to add.

    Where the folder's name makes it too long to be a prefix, a folder above it is named. None for a file that lies in
    no folder: no prefix can allow that.
    """
    names = [quote(segment, safe="", errors="surrogateescape") for segment in source.segments[:-1]]
    start = f"{source.scheme}://{_authority_of(source)}/"
    while names and len(start) + len("/".join(names)) >= MAX_PREFIX_CHARACTERS:
        names.pop()
    if source.scheme == "file" and not names:
        return None
    return start + "".join(f"{name}/" for name in names)


def _authority_of(source: SourceUri) -> str:
    if source.scheme == "file":
        return ""
    port = DEFAULT_PORTS.get(source.scheme)
    return source.authority.removesuffix(f":{port}") if source.port == port else source.authority


def parse_prefix(prefix: str) -> Prefix:
    """Return the parsed ``prefix``; raises ``InvalidUri`` if it is malformed or too wide."""
    if len(prefix) > MAX_PREFIX_CHARACTERS:
        raise InvalidUri(f"is longer than {MAX_PREFIX_CHARACTERS} characters")
    if "**" in prefix or prefix.count("*") > MAX_STARS:
        raise InvalidUri(f"may hold at most {MAX_STARS} single *, each for one segment")
    parts = split_uri(prefix)
    if parts["query"] or parts["fragment"]:
        raise InvalidUri("may hold no ? and no #")
    if not parts["path"].endswith("/"):
        raise InvalidUri("must end in /, and allows all that lies beneath it")
    names = parts["path"][1:-1].split("/") if parts["path"] != "/" else []
    host, port = _host(parts["scheme"], parts["authority"], names)
    return Prefix(parts["scheme"], host, port, tuple(_pattern(name, r"[^/]*") for name in names))


@lru_cache(maxsize=4096)
def _parse_or_none(prefix: str) -> Prefix | None:
    try:
        return parse_prefix(prefix)
    except InvalidUri:
        return None


def _host(scheme: str, authority: str, names: list[str]) -> tuple[re.Pattern[str], int | None]:
    if scheme in DEFAULT_PORTS:
        return _web_host(scheme, authority)
    if not all(names):
        raise InvalidUri("has an empty segment in its path")
    if scheme in OBJECT_STORES:
        return _bucket(authority), None
    if authority or not names or names[0].strip("*") == "":
        raise InvalidUri("must name a folder, as in file:///srv/pictures/")
    return re.compile(""), None


def _bucket(name: str) -> re.Pattern[str]:
    if not BUCKET.fullmatch(name.replace("*", STAND_IN)) or not name.strip("*."):
        raise InvalidUri("must name a bucket, as in s3://shop-*/")
    return _pattern(name, r"[^/]*")


def _web_host(scheme: str, authority: str) -> tuple[re.Pattern[str], int]:
    host, port = parse_authority(scheme, authority.replace("*", STAND_IN))
    if "*" not in authority:
        return re.compile(re.escape(host)), port
    name = authority.lower().rpartition(":")[0] if ":" in authority else authority.lower()
    labels = name.removesuffix(".").split(".")
    if len(labels) < 3 or "*" in "".join(labels[-2:]):
        raise InvalidUri("must name the host; * may stand in labels before the last two, as in *.shop.example")
    return re.compile(r"\.".join(re.escape(label).replace(r"\*", "[^.]*") for label in labels)), port


def _pattern(name: str, star: str) -> re.Pattern[str]:
    return re.compile(star.join(re.escape(decode(literal)) for literal in name.split("*")), re.DOTALL)
