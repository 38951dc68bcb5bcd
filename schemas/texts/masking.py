"""Text of others without the secrets in it: signatures, passwords and tokens, however the text is written.

Messages that were refused are shown to people, and may be anything: JSON that is cut off, nested or a list, a header,
plain text. So nothing is parsed. Addresses are found by ``://`` and lose user names, query strings and fragments, as
``strip_secrets`` has it; what goes by the name of a secret is masked. Characters that matter are known in every way
that a producer may write them: plainly, escaped for JSON (``\\/``, ``\\u003f``, however often),
percent-encoded (``%3F``, ``%253F``) or both. What is percent-encoded in an address that is not belongs to its path.

Every pattern takes for good what it has looked at, or looks at no more than a bounded length: time grows with the text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

MASK = "***"

# Stand in a view for what is percent-encoded, and for a quote that is escaped. Text that holds them itself is masked
# more than need be.
_ENCODED = dict(zip(":/?#@=", map(chr, range(0xE000, 0xE006)), strict=True))
_ESCAPED_QUOTE = chr(0xE006)
_COLON, _SLASH, _QUESTION, _HASH, _AT, _EQUALS = _ENCODED.values()

_ESCAPE = re.compile(
    r"(?P<percent>%|(?<!\\)\\++u0025)(?:25)*+(?P<encoded>3a|2f|3f|23|40|3d)"
    r"|(?<!\\)(?P<backslashes>\\++)(?:u00(?P<code>[0-9a-f]{2})|(?P<plain>[\"/]))",
    re.IGNORECASE,
)

# A word ends where no address goes on.
_END = rf"\s\"<>{_ESCAPED_QUOTE}"
_BEGINNING = "://"
_ENCODED_BEGINNING = rf"(?:{_COLON}[/{_SLASH}]{{2}}|:{_SLASH}[/{_SLASH}]|:/{_SLASH})"
_ANY_BEGINNING = rf"[:{_COLON}][/{_SLASH}]{{2}}"
_PORT = rf"[0-9]{{0,5}}(?:[/?#{_SLASH}{_QUESTION}{_HASH}{_END}]|$)"
# Without its encoding where it should have one, a password may hold anything: all up to the last @ of the word, or to
# its end, where that was cut off. What is no port after a host's name is nothing else that could be shown.
_PASSWORD = rf"[^/?#@:\[{_SLASH}{_QUESTION}{_HASH}{_AT}{_COLON}{_END}]*+[:{_COLON}](?!{_PORT})"
_REST_OF_PASSWORD = rf"(?:(?:[^@{_AT}{_END}]{{0,256}}+[@{_AT}])+|[^{_END}]*+)"
_NAME = (
    r"(?=[xsahgcwirbopt])(?:x[-_](?:amz|goog|ms|oss|cos|obs)[-_](?:signature|credential|security[-_]token|key)"
    r"|signature|sig|hmac|aws_?access_?key_?id|google_?access_?id|access_?key(?:_?id)?|account_?key|shared_?key"
    r"|(?:client|app|aws|shared|signing|webhook)?[-_]?secret(?:[-_]?(?:access)?[-_]?key)?"
    r"|(?:access|refresh|id|session|security|auth|api|bearer|sas|csrf|oauth|x[-_]auth|x[-_]vault)?[-_]?token"
    r"|pass(?:word|wd|phrase|code)?|pwd|(?:x[-_])?api[-_]?key|private[-_]?key|credentials?"
    r"|(?:proxy[-_])?authorization|(?:set[-_])?cookie2?)"
)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# Of each of these, group 1 is left out.
_LEFT_OUT = (
    _compile(rf"{_BEGINNING}((?:[^/?#@{_END}]*+@)+|{_PASSWORD}{_REST_OF_PASSWORD})"),
    _compile(
        rf"{_ENCODED_BEGINNING}((?:[^/?#@{_SLASH}{_QUESTION}{_HASH}{_AT}{_END}]*+[@{_AT}])+|{_PASSWORD}{_REST_OF_PASSWORD})"
    ),
    _compile(rf"{_BEGINNING}[^?#{_END}]*+([?#][^{_END}]*+)?"),
    _compile(rf"{_ENCODED_BEGINNING}[^?#{_QUESTION}{_HASH}{_END}]*+([?#{_QUESTION}{_HASH}][^{_END}]*+)?"),
    # An address that fills a JSON string ends with it, whatever else it holds.
    _compile(rf"\"\s*+[^?#:{_COLON}{_END}]*+{_BEGINNING}[^?#\"]*+([?#][^\"]*+)?"),
    _compile(
        rf"\"\s*+[^?#:{_QUESTION}{_HASH}{_COLON}{_END}]*+{_ENCODED_BEGINNING}"
        rf"[^?#{_QUESTION}{_HASH}\"]*+([?#{_QUESTION}{_HASH}][^\"]*+)?"
    ),
    # A query string whose address was cut off or never there.
    _compile(r"(\?(?=[\w.~%+\[\]-]{1,64}=)" + rf"[^{_END}]*+)"),
)
# Of each of these, group 1 is masked.
_MASKED = (
    _compile(r"(?<!://)(?<![\w.+%-])([\w.+%-]{1,64}+:[^\s\"/@:]{1,256}+)@(?=[\w-])"),
    _compile(
        rf"(?<![a-z0-9]){_NAME}[\"'{_ESCAPED_QUOTE}]?\s*+[=:{_EQUALS}]\s*+[\"'{_ESCAPED_QUOTE}]?"
        rf"((?:(?:bearer|basic|digest|token|aws4-hmac-sha256)\s++)?[^{_END}]++)"
    ),
    _compile(rf"(?<![a-z0-9]){_NAME}\"\s*+:\s*+\"([^\"]++)"),
)
_SECRET_NAME = _compile(_NAME)


class _Span(NamedTuple):
    """A part of a view that is not shown, and what is shown in its place."""

    start: int
    end: int
    shown: str


def mask_secrets(text: str) -> str:
    """Return ``text`` without what may be a secret; never raises, and changes nothing else."""
    view = _View(text)
    parts: list[str] = []
    shown_to = 0
    for span in sorted(_secrets_in(view.text), key=lambda span: (span.start, -span.end)):
        if span.start >= shown_to:
            parts += (view.source(shown_to, span.start), span.shown)
        shown_to = max(shown_to, span.end)
    return "".join([*parts, view.source(shown_to, len(view.text))])


def is_secret_name(name: str) -> bool:
    """Whether a header, field or parameter of this name holds a secret as a whole."""
    return _SECRET_NAME.fullmatch(name.strip()) is not None


def _secrets_in(text: str) -> Iterator[_Span]:
    for shown, patterns in (("", _LEFT_OUT), (MASK, _MASKED)):
        for pattern in patterns:
            yield from (_Span(*found.span(1), shown) for found in pattern.finditer(text) if found[1])


class _View:
    """A text with its escapes undone, one character for each, and the way back to the text itself."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._places: list[int] = []
        self._shifts = [0]
        parts: list[str] = []
        seen_to = length = 0
        for found in _ESCAPE.finditer(text):
            if (character := _unescaped(found)) is None:
                continue
            parts += (text[seen_to : found.start()], character)
            length += found.start() - seen_to + 1
            seen_to = found.end()
            self._places.append(length - 1)
            self._shifts.append(seen_to - length)
        self.text = "".join([*parts, text[seen_to:]])

    def source(self, start: int, end: int) -> str:
        """Return what stands in the text itself between two places of the view."""
        return self._source[self._place(start) : self._place(end)]

    def _place(self, place: int) -> int:
        return place + self._shifts[bisect_left(self._places, place)]


def _unescaped(found: re.Match[str]) -> str | None:
    """Return the character that an escape stands for; None for a quote that is not escaped itself."""
    if found["encoded"]:
        return _ENCODED[chr(int(found["encoded"], 16))]
    if found["code"]:
        return chr(int(found["code"], 16))
    if found["plain"] == "/":
        return "/"
    return _ESCAPED_QUOTE if len(found["backslashes"]) % 2 else None
