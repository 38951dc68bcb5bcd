"""Where a browser may be sent with an authorization code: redirect URIs, compared as text."""

import re

MOST_CHARACTERS = 512
# RFC 3986 without the fragment, and without what would end a value in a header or a policy.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&()*+=%]+")
_HTTPS = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[^?]*)?(\?.*)?")
_LOOPBACK = re.compile(r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?(?P<rest>/.*)?")
# A name of somebody's own domain turned round (RFC 8252, section 7.1): no one-word scheme can belong to one program.
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+:/[^?]*(\?.*)?")
_DOTS = re.compile(r"(^|/)\.\.?(/|$)|%2e", re.IGNORECASE)


def validate_redirect(uri: str, *, native: bool) -> str:
    """Return ``uri``; raises ``ValueError`` for what no code may be sent to."""
    if len(uri) > MOST_CHARACTERS or not _PLAIN.fullmatch(uri):
        raise ValueError(f"must be plain ASCII without a fragment, of at most {MOST_CHARACTERS} characters")
    if "*" in uri or "@" in uri or _DOTS.search(uri.partition("?")[0].partition("://")[2]):
        raise ValueError("must be written out: no wildcard, user name or dots that lead elsewhere")
    if _HTTPS.fullmatch(uri) or _LOOPBACK.fullmatch(uri):
        return uri
    if native and _OWN_SCHEME.fullmatch(uri):
        return uri
    kinds = "https://…, http://127.0.0.1/… or com.example.app:/…" if native else "https://…, or http://127.0.0.1/…"
    raise ValueError(f"must be {kinds}, its host in lower case")


def is_same_redirect(registered: str, given: str, *, native: bool) -> bool:
    """Whether ``given`` is the registered address, to the letter.

    The port of a loopback address is the one exception, for programs on a user's machine, which take what is free
    (RFC 8252, section 7.3).
    """
    if given == registered:
        return True
    here, there = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(given)
    if not native or here is None or there is None:
        return False
    return here.groups() == there.groups() and here["host"] != "localhost"
