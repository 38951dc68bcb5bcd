"""What a message claims in its headers is judged by the same rule as what it claims in its value."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.recognition.intake import Intake
from schemas.dead_letters import Reason
from schemas.images import Origin
from schemas.messages.replays import encode_headers
from schemas.topics import REFERENCE_TOPICS
from schemas.wire import InvalidReference
from tests.fakes.streams import message

OWNERS = ("shop", "bank")
RULES = st.dictionaries(st.sampled_from(REFERENCE_TOPICS), st.lists(st.sampled_from(OWNERS), unique=True))


def sent(owner: str, topic: str, replayed: str | None = None, headers: Sequence[Any] = ()) -> Any:
    value = json.dumps({"owner": owner, "uri": "s3://shop/a.jpg"}).encode()
    replays = encode_headers(_origin(replayed)) if replayed else []
    return message(value, topic=topic, offset=9, headers=[*headers, *replays])


def _origin(topic: str) -> Origin:
    return Origin(topic=topic, partition=5, offset=5, appended_at_ms=1_600_000_000_000)


@given(RULES, st.sampled_from(OWNERS), st.sampled_from(REFERENCE_TOPICS), st.sampled_from([None, *REFERENCE_TOPICS]))
def test_both_the_topic_and_the_topic_of_what_is_replayed_must_be_allowed_to_name_the_workspace(
    rules: Mapping[str, Sequence[str]], owner: str, topic: str, replayed: str | None
) -> None:
    allowed = all(owner in rules.get(name, OWNERS) for name in (topic, replayed) if name is not None)
    if allowed:
        assert Intake(rules).accept(sent(owner, topic, replayed)).identity.owner == owner
        return
    with pytest.raises(InvalidReference) as refused:
        Intake(rules).accept(sent(owner, topic, replayed))
    assert (refused.value.reason, refused.value.identity) == (Reason.OWNER_NOT_ALLOWED, None)


@pytest.mark.parametrize(
    "headers",
    [
        [("retry-attempt", b"3"), ("retry-topic", b"image-references-batch"), ("retry-offset", b"1")],
        [("dlq-topic", b"image-references-batch"), ("dlq-owner", b"bank"), ("dlq-image-id", b"a")],
        [("dlq-resolution", b"discarded"), ("dlq-promoted", b"false"), ("promoted", b"false")],
        [("retry-topic", None), ("Replay-Of", b"image-references:1:2:3"), ("owner", b"bank"), ("image_id", b"a")],
    ],
)
def test_the_platforms_own_headers_on_a_reference_change_nothing(headers: Sequence[Any]) -> None:
    plain, marked = (Intake({}).accept(sent("shop", "image-references", None, some)) for some in ((), headers))
    assert (marked.identity, marked.origin, marked.replay) == (plain.identity, plain.origin, None)
    assert marked.message.attempt == 0
