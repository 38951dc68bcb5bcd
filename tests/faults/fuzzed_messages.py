"""Messages that no producer should send and some will: drawn by chance, the same for the same seed."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.topics import FOREIGN_BATCH_BYTES, IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH

Headers = list[tuple[str, str | bytes | None]]

# A key and what a batch is wrapped in must fit as well.
LARGEST_BYTES = FOREIGN_BATCH_BYTES - 16_384
DEEPEST = 20_000
HUGE_ONES = 0.002

ODD_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "null",
        "../../etc/passwd",
        "a" * 300,
        "\u202egpj.exe",
        "\ud800",
        "{{7*7}}",
        "'; DROP TABLE images",
    ),
    *("%s%s%n", "\N{PILE OF POO}" * 40, "A\nB", "image-references:0:1", "-1", "1e999", "\x7f", "\u0000\u0001"),
)
ODD_NUMBERS = (0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308)
ODD_URIS = (
    *(
        "file:///etc/passwd",
        "file://",
        "s3://",
        "s3:///key",
        "https://127.0.0.1/a.jpg",
        "https://[::ffff:7f00:1]/a.jpg",
    ),
    *("http://169.254.169.254/latest/meta-data", "https://user:secret@host/a", "https://host:99999/a", "gs://b/\u00e9"),
    *(
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//host/a",
        "az://c/%00",
        "https://xn--/a",
        "s3://b/" + "k" * 9000,
    ),
)
ODD_MOMENTS = (
    "0000-00-00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30T00:00:00Z",
    "tomorrow",
)
HEADER_NAMES = (
    *("traceparent", "ce_traceparent", "correlation-id", "ce_id", "ce_type", "content-type", "", "\0", "x" * 1000),
    *("dlq-reason", "dlq-topic", "dlq-partition", "dlq-offset", "dlq-owner", "dlq-image-id", "dlq-time", "\u202e"),
)


@dataclass(frozen=True)
class FuzzedMessage:
    """One message to be published."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def fuzzed_messages(count: int, seed: int, owner: str, uri: str) -> Iterator[FuzzedMessage]:
    """Yield messages on the reference topics; the rare valid one asks for ``uri`` on behalf of ``owner``."""
    fuzzer = Fuzzer(random.Random(seed), {"owner": owner, "uri": uri})  # noqa: S311 - to be repeated, nothing secret
    for _ in range(count):
        yield fuzzer.message()


class Fuzzer:
    """Makes messages; every one by one of several ways to be wrong."""

    def __init__(self, chance: random.Random, valid: dict[str, Any]) -> None:
        self._chance = chance
        self._valid = valid
        self._ways: tuple[Callable[[], bytes | None], ...] = (
            *(self._noise, self._truncated, self._wrong_field, self._wrong_field, self._odd_uri, self._nested),
            *(self._framed, self._not_an_object, self._bad_text, self._many_fields, self._nothing, self._another_owner),
        )

    def message(self) -> FuzzedMessage:
        chance = self._chance
        value = self._huge() if chance.random() < HUGE_ONES else chance.choice(self._ways)()
        key = chance.choice([None, b"", chance.randbytes(chance.randrange(200)), b"k" * 5000])
        topic = IMAGE_REFERENCES if chance.random() < 0.8 else IMAGE_REFERENCES_BATCH
        return FuzzedMessage(topic, key, value, self._headers() if len(value or b"") < LARGEST_BYTES // 2 else [])

    def _headers(self) -> Headers:
        chance = self._chance
        values = (None, b"", b"\xff\xfe\x00", chance.randbytes(50), b"00-" + b"0" * 32, b"not_found", b"9" * 400)
        many = chance.choice([0, 0, 1, 3, 200])
        return [(chance.choice(HEADER_NAMES), chance.choice(values)) for _ in range(many)]

    def _noise(self) -> bytes:
        return self._chance.randbytes(self._chance.randrange(600))

    def _truncated(self) -> bytes:
        whole = json.dumps(self._valid).encode()
        return whole[: self._chance.randrange(len(whole))]

    def _wrong_field(self) -> bytes:
        names = ("owner", "uri", "image_id", "features", "metadata", "submitted_at", "deadline", "options", "version")
        changed = {self._chance.choice(names): self._odd_value() for _ in range(self._chance.randint(1, 3))}
        return json.dumps(self._valid | changed).encode()

    def _odd_uri(self) -> bytes:
        return json.dumps(self._valid | {"uri": self._chance.choice(ODD_URIS)}).encode()

    def _another_owner(self) -> bytes:
        return json.dumps(self._valid | {"owner": f"nobody-{self._chance.randrange(5000)}"}).encode()

    def _nested(self) -> bytes:
        depth = self._chance.randrange(1, DEEPEST)
        opening, closing = self._chance.choice([("[", "]"), ('{"a":', "}"), ('{"metadata":', "}")])
        return (opening * depth + "1" + closing * self._chance.choice([0, depth])).encode()

    def _framed(self) -> bytes:
        return b"\0" + self._chance.randbytes(self._chance.randrange(8)) + self._wrong_field()

    def _not_an_object(self) -> bytes:
        return json.dumps(self._odd_value()).encode()

    def _bad_text(self) -> bytes:
        whole = bytearray(json.dumps(self._valid).encode())
        for _ in range(self._chance.randint(1, 4)):
            whole[self._chance.randrange(len(whole))] = self._chance.randrange(256)
        return bytes(whole)

    def _many_fields(self) -> bytes:
        extra = {f"field-{number}": self._odd_value() for number in range(self._chance.randrange(100))}
        return json.dumps({**self._valid, "metadata": extra}).encode()

    def _nothing(self) -> bytes | None:
        return self._chance.choice([None, b"", b" ", b"\0", b"{}", b"\xef\xbb\xbf{}"])

    def _huge(self) -> bytes:
        """Return something as large as the broker takes."""
        size = LARGEST_BYTES - 200 - len(self._valid["uri"])
        match self._chance.randrange(4):
            case 0:
                return b"[" * size
            case 1:
                return json.dumps({**self._valid, "image_id": "a" * size}).encode()
            case 2:
                return json.dumps({**self._valid, "uri": "s3://b/" + "k" * size}).encode()
            case _:
                return self._chance.randbytes(size)

    def _odd_value(self) -> Any:
        chance = self._chance
        plain: tuple[Any, ...] = (*ODD_TEXTS, *ODD_NUMBERS, *ODD_MOMENTS, None, True, [], {}, [None] * 100)
        value = chance.choice(plain)
        return chance.choice([value, [value], {"a": value}, {chance.choice(ODD_TEXTS): [value, value]}])
