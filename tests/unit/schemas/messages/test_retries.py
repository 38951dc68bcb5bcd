"""What a retry topic's headers hold, and what becomes of a message that lacks them."""

from datetime import UTC, datetime

import pytest

from schemas.dead_letters import Headers
from schemas.images import Origin
from schemas.messages.retries import Retry, decode_headers, encode_headers, strip_headers

ORIGIN = Origin(topic="image-references", partition=3, offset=1207, appended_at_ms=1_741_073_672_241)
RETRY = Retry(attempt=2, not_before=datetime(2026, 3, 1, 12, tzinfo=UTC), origin=ORIGIN, detail="It did not come.")
SENT: Headers = [("correlation-id", b"c-1"), ("tombstone", None)]


def test_what_is_written_is_read_back_and_the_producers_headers_are_kept() -> None:
    written = encode_headers(RETRY, SENT)
    assert decode_headers(written) == RETRY
    assert strip_headers(written) == list(SENT)


def test_a_producer_cannot_put_in_headers_of_its_own() -> None:
    forged = [*SENT, ("retry-offset", b"1"), ("retry-attempt", b"0")]
    assert decode_headers(encode_headers(RETRY, forged)) == RETRY


@pytest.mark.parametrize(
    "changed",
    [
        {"retry-attempt": None},
        {"retry-attempt": b"0"},
        {"retry-attempt": b"many"},
        {"retry-not-before": b"tomorrow"},
        {"retry-not-before": b"0001-01-01T00:00:00+23:59"},
        {"retry-offset": b"-1"},
        {"retry-topic": b"\xff"},
    ],
)
def test_headers_that_do_not_tell_are_an_error(changed: dict[str, bytes | None]) -> None:
    headers = [(name, changed.get(name, value)) for name, value in encode_headers(RETRY, ())]
    with pytest.raises(ValueError):  # noqa: PT011 - whichever field is at fault
        decode_headers(headers)
