"""A dead letter keeps its message whole and carries its reason in headers that any tool can read."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letters import Reason, Rejection, decode_headers, encode_headers, strip_headers
from schemas.images import ImageIdentity, Origin

NOW = datetime(2025, 1, 2, 3, 4, 5, 678_000, UTC)
ORIGIN = Origin(topic="image-references", partition=3, offset=77, appended_at_ms=1_700_000_000_123)


def rejection(**fields: Any) -> Rejection:
    given_: dict[str, Any] = {"reason": Reason.NOT_FOUND, "detail": "gone", "origin": ORIGIN, "host": "w"}
    return Rejection(**{**given_, "rejected_at": NOW, **fields})


NAMED = rejection(owner="shop", image_id="a-1", uri="s3://shop/a.jpg", pipeline="standard@1")


@pytest.mark.parametrize("told", [rejection(), NAMED, rejection(detail="größer als\nerlaubt: 猫")])
def test_a_reason_comes_back_from_its_headers(told: Rejection) -> None:
    assert decode_headers(encode_headers(told, [])) == told


def test_one_letter_can_stand_for_a_range_of_messages() -> None:
    several = rejection(reason=Reason.EXPIRED_UNREAD, last_offset=101)
    assert (several.messages, rejection().messages) == (25, 1)
    assert decode_headers(encode_headers(several, [])) == several


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="last_offset is before the offset of origin"):
        rejection(last_offset=76)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_code_travels(reason: Reason) -> None:
    headers = encode_headers(rejection(reason=reason), [])
    assert dict(headers)["dlq-reason"] == reason.value.encode()
    assert decode_headers(headers).reason is reason


names = st.text(max_size=10).filter(lambda name: not name.startswith("dlq-"))


@given(st.lists(st.tuples(names, st.none() | st.binary(max_size=10)), max_size=5))
def test_a_replay_gets_the_original_headers_back(original: list[tuple[str, bytes | None]]) -> None:
    assert strip_headers(encode_headers(NAMED, original)) == original


def test_a_producer_cannot_forge_a_reason() -> None:
    forged = [("dlq-reason", b"empty"), ("dlq-owner", b"victim"), ("a", b"1")]
    assert decode_headers(encode_headers(rejection(), forged)) == rejection()


def test_a_message_that_fails_again_has_one_reason() -> None:
    once = encode_headers(rejection(reason=Reason.EMPTY), [("a", b"1")])
    twice = encode_headers(NAMED, once)
    assert [name for name, _ in twice].count("dlq-reason") == 1
    assert decode_headers(twice) == NAMED


def test_a_rejection_is_kept_under_its_image_or_else_its_place() -> None:
    assert NAMED.identity == ImageIdentity(owner="shop", image_id="a-1")
    assert NAMED.key == ImageIdentity(owner="shop", image_id="a-1").image_key
    assert (rejection().identity, rejection().key) == (None, "image-references:3:77")
    assert rejection(owner="shop").identity is None


def test_a_missing_header_is_named() -> None:
    headers = [pair for pair in encode_headers(NAMED, []) if pair[0] != "dlq-offset"]
    with pytest.raises(ValueError, match="dead letter without header dlq-offset"):
        decode_headers(headers)


@given(st.dictionaries(st.sampled_from([name for name, _ in encode_headers(NAMED, [])]), st.binary(max_size=40)))
def test_headers_of_any_bytes_are_read_or_refused_as_a_wrong_value(changes: dict[str, bytes]) -> None:
    headers = [(name, changes.get(name, value)) for name, value in encode_headers(NAMED, [])]
    try:
        decode_headers(headers)
    except ValueError:
        return
    assert decode_headers(encode_headers(decode_headers(headers), [])) == decode_headers(headers)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_beyond_the_calendar_is_a_wrong_value(moment: str) -> None:
    headers = [(name, moment.encode() if name == "dlq-time" else value) for name, value in encode_headers(NAMED, [])]
    with pytest.raises(ValueError, match="out of range in header dlq-time"):
        decode_headers(headers)


def test_a_replay_and_a_pipeline_that_does_not_count_survive_the_headers() -> None:
    plain = rejection()
    trial = rejection(promoted=False, replay=ORIGIN.model_copy(update={"offset": 99}))
    assert [decode_headers(encode_headers(one, ())) for one in (plain, trial)] == [plain, trial]
    assert not {"dlq-promoted", "dlq-replay"} & {name for name, _ in encode_headers(plain, ())}
    assert (plain.message, trial.message) == (plain.origin, trial.replay)
