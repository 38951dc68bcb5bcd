"""What both sinks make of the topics: nothing is lost, and garbage is told apart."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from processors.recognition.changes import ChangeReader, Changes
from processors.recognition.intake import Intake
from processors.streams.delivery import Message
from schemas.answers import FeatureAnswers
from schemas.dead_letters import Reason, Rejection, Resolution, Resolved, encode_headers, encode_resolution
from schemas.images import ImageIdentity, Origin
from schemas.messages.replays import encode_headers as replay_headers
from schemas.results import ImageDeleted, ImageFacts, RecognitionResult, StageTimings
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, TOPICS
from tests.fakes.streams import message

NOW = datetime(2025, 1, 2, tzinfo=UTC)
ORIGIN = Origin(topic="image-references", partition=1, offset=2, appended_at_ms=3)
IDENTITY = ImageIdentity(owner="shop", image_id="a-1")
NAMED = {"owner": "shop", "image_id": "a-1", "image_key": IDENTITY.image_key}

RESULT = RecognitionResult(
    **NAMED,
    uri="s3://shop/a.jpg",
    pipeline="standard@1",
    image=ImageFacts(sha256="0" * 64, size_bytes=1, format="JPEG", width=1, height=1),
    features=FeatureAnswers(),
    origin=ORIGIN,
    recognised_at=NOW,
    host="worker-1",
    timings=StageTimings(queue_ms=0, fetch_ms=0, decode_ms=0, inference_ms=0, batch_size=1),
)
DELETION = ImageDeleted(**NAMED, deleted_at=NOW)
REJECTION = Rejection(
    reason=Reason.NOT_FOUND,
    detail="gone",
    origin=ORIGIN,
    owner="shop",
    image_id="a-1",
    host="worker-1",
    rejected_at=NOW,
)


def read(*messages: Message, topic_owners: Any = None) -> Changes:
    return ChangeReader(Intake(topic_owners or {}), "sink-1").read(messages)


def dead_letter(**replaced: bytes | None) -> Message:
    """The dead letter of ``REJECTION``, with ``dlq-`` headers replaced, or left out where ``None``."""
    changes = {f"dlq-{name.replace('_', '-')}": value for name, value in replaced.items()}
    headers = [(name, changes.get(name, value)) for name, value in encode_headers(REJECTION, [("a", b"1")])]
    return message(b"whatever", topic=DEAD_LETTERS, headers=[pair for pair in headers if pair[1] is not None])


def only_rejection(changes: Changes) -> Rejection:
    assert (changes.accepted, changes.results, changes.deletions) == ([], [], [])
    (rejection,) = changes.rejections
    return rejection


def test_each_message_changes_what_it_says() -> None:
    deleted = message(DELETION.model_dump_json().encode(), topic=RECOGNITION_RESULTS, offset=5)
    changes = read(
        message(b'{"owner": "shop", "uri": "s3://shop/a.jpg"}'),
        message(RESULT.model_dump_json(exclude_none=True).encode(), topic=RECOGNITION_RESULTS),
        deleted,
        dead_letter(),
    )
    assert [item.reference.uri for item in changes.accepted] == ["s3://shop/a.jpg"]
    assert changes.results == [RESULT]
    assert changes.deletions == [(DELETION, deleted.origin)]
    assert [rejection.model_copy(update={"letter": None}) for rejection in changes.rejections] == [REJECTION]


def test_an_invalid_reference_changes_nothing_since_its_dead_letter_will() -> None:
    assert read(message(b"not json"), message(None), message(b"{}")) == Changes()


def test_a_topic_that_may_not_name_a_workspace_does_not_mark_its_image_as_accepted() -> None:
    sent = message(b'{"owner": "shop", "uri": "s3://shop/a.jpg", "image_id": "victim"}')
    assert read(sent, topic_owners={"image-references": ["bank"]}) == Changes()
    assert len(read(sent, topic_owners={"image-references": ["shop"]}).accepted) == 1
    assert len(read(sent, topic_owners={"another": ["bank"]}).accepted) == 1


BANKS = {"image-references": ["bank"]}
ELSEWHERE = Origin(topic="elsewhere", partition=0, offset=1, appended_at_ms=2)
BATCH = Origin(topic="image-references-batch", partition=0, offset=1, appended_at_ms=2)
CLAIMS: list[tuple[dict[str, Any], dict[str, list[str]], bool]] = [
    ({}, {}, True),
    ({}, {"image-references": ["shop"]}, True),
    ({}, BANKS, False),
    ({"origin": BATCH}, BANKS, True),
    ({"origin": BATCH, "replay": BATCH}, BANKS, True),
    ({"origin": BATCH, "replay": ORIGIN}, BANKS, False),
    ({"origin": ORIGIN, "replay": BATCH}, BANKS, False),
    ({"origin": ELSEWHERE}, {}, False),
    ({"replay": ELSEWHERE}, {}, False),
    ({"origin": Origin(topic="object-created", partition=0, offset=1, appended_at_ms=2)}, {}, False),
]


@pytest.mark.parametrize(("claimed", "topic_owners", "counts"), CLAIMS)
def test_an_outcome_counts_only_where_the_message_that_it_answers_may_name_its_workspace(
    claimed: dict[str, Any], topic_owners: dict[str, list[str]], counts: bool
) -> None:
    result, rejected = RESULT.model_copy(update=claimed), REJECTION.model_copy(update=claimed)
    discarded = Resolved(rejection=rejected, resolution=Resolution.DISCARDED, by="anna", at=NOW)
    changes = read(
        message(result.model_dump_json(exclude_none=True).encode(), topic=RECOGNITION_RESULTS),
        message(b"", topic=DEAD_LETTERS, headers=encode_headers(rejected, ())),
        message(b"", topic=DEAD_LETTERS, headers=encode_resolution(discarded)),
        topic_owners=topic_owners,
    )
    told = [rejection for rejection in changes.rejections if rejection.identity is not None]
    assert (len(changes.results), len(told), len(changes.resolutions)) == ((1, 1, 1) if counts else (0, 0, 0))
    assert len(changes.rejections) == (1 if counts else 3)


@pytest.mark.parametrize(("topic", "counts"), [(topic.name, True) for topic in TOPICS] + [("a/b\x1b", False)])
def test_what_is_said_of_a_message_without_an_image_counts_on_each_topic_of_the_platform(
    topic: str, counts: bool
) -> None:
    stood = Origin(topic=topic, partition=0, offset=1, appended_at_ms=2)
    nameless = REJECTION.model_copy(update={"owner": None, "image_id": None, "origin": stood})
    (rejection,) = read(
        message(b"", topic=DEAD_LETTERS, headers=encode_headers(nameless, ())), topic_owners=BANKS
    ).rejections
    assert rejection.key == (stood.name if counts else "dead-letters:0:0")


def of_another(**changes: Any) -> bytes:
    return json.dumps({**json.loads(RESULT.model_dump_json(exclude_none=True)), **changes}).encode()


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"garbage",
        b"\xff\xff",
        b"[]",
        b'{"event": "recognised"}',
        b'{"event": "unheard-of"}',
        of_another(image_key=ImageIdentity(owner="bank", image_id="a-1").image_key),
        of_another(owner="No Such"),
        of_another(recognised_at="2025-01-01T00:00:00"),
        of_another(origin={"topic": "t", "partition": 0, "offset": 2**63, "appended_at_ms": 0}),
        of_another(origin={"topic": "t", "partition": 0, "offset": 0, "appended_at_ms": 10**15}),
        json.dumps({"event": "deleted", **NAMED, "deleted_at": NOW.isoformat(), "owner": "bank"}).encode(),
    ],
)
def test_garbage_among_results_becomes_a_rejection_without_identity(value: bytes | None) -> None:
    sent = message(value, topic=RECOGNITION_RESULTS, offset=9)
    rejection = only_rejection(read(sent))
    assert rejection.reason is Reason.INVALID_RESULT
    assert rejection.identity is None
    assert rejection.key == "recognition-results:0:9"


@pytest.mark.parametrize(
    "replaced",
    [
        {"reason": None},
        {"reason": b"horoscope"},
        {"reason": b"\xff"},
        {"offset": b"-1"},
        {"offset": b"9" * 30},
        {"offset": b"9" * 5000},
        {"partition": b"x"},
        {"appended_at_ms": b"9" * 17},
        {"owner": b"No Such"},
        {"time": b"yesterday"},
        {"time": b"0001-01-01T00:00:00+14:00"},
        {"host": None},
    ],
)
def test_garbage_among_dead_letters_becomes_a_rejection_without_identity(replaced: dict[str, bytes | None]) -> None:
    rejection = only_rejection(read(dead_letter(**replaced)))
    assert rejection.reason is Reason.INVALID_DEAD_LETTER
    assert rejection.key == "dead-letters:0:0"


def test_every_sink_says_the_same_of_garbage() -> None:
    sent = message(b"garbage", topic=RECOGNITION_RESULTS, offset=9)
    assert only_rejection(read(sent)) == only_rejection(read(sent))
    assert only_rejection(read(sent)).rejected_at == sent.origin.appended_at


def test_a_replay_tells_no_store_that_its_image_was_accepted_anew() -> None:
    value = json.dumps({"owner": "shop", "uri": "s3://shop/a.jpg"}).encode()
    plain, replay = message(value), message(value, headers=replay_headers(ORIGIN))
    assert [accepted.message for accepted in read(plain, replay).accepted] == [plain]
