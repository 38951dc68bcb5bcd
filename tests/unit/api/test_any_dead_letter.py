"""Whatever a producer sent, its dead letter is listed, shown, replayed and discarded, by API and by command."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.kafka.event_bus import Record
from infra.operations.dead_letters.commands import describe_message
from infra.terminal import visible_line
from processors.recognition.changes import ChangeReader
from processors.recognition.intake import Intake
from processors.recognition.outcomes import dead_letter
from processors.streams.delivery import Message
from schemas.dead_letters import Rejection, Resolution, decode_event, strip_headers
from schemas.images import Origin
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES
from schemas.wire import InvalidReference
from tests.api_world import ApiWorld

STOOD = Origin(topic=IMAGE_REFERENCES, partition=0, offset=3, appended_at_ms=1_700_000_000_000)
LETTER_AT = Origin(topic=DEAD_LETTERS, partition=0, offset=0, appended_at_ms=1_700_000_000_001)

ODD_JSON = st.sampled_from(
    [
        b'{"uri":"\\ud800"}',
        b"[" * 990 + b"]" * 990,
        b'{"a":' * 2000,
        b"1" * 5000,
        b"[NaN, Infinity, 1e999]",
        b'{"owner":"shop","uri":"s3://b/a","image_id":""}',
        b'{"metadata":{"\x1b[2J\xe2\x80\xae":[]},"owner":"shop","uri":"s3://b/a"}',
        b'\xff\xfe{\x00"\x00u\x00"\x00',
        "[\ud800]".encode(errors="surrogatepass"),
    ]
)
VALUES = (
    st.none() | st.binary() | ODD_JSON | ODD_JSON.map(lambda value: b"\0\0\0\0\7" + value) | st.text().map(str.encode)
)
NAMES = st.text(max_size=9) | st.sampled_from(["dlq-topic", "retry-attempt", "replay-of", "Authorization", "\x1b[2J\n"])
HEADERS = st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=40)), max_size=4)


def rejected(message: Message) -> Record | None:
    """Return the dead letter that a worker makes of a message; None for one that it accepts."""
    try:
        Intake({}).accept(message)
    except InvalidReference as error:
        return dead_letter(message, error.reason, error.detail, "worker-1", identity=error.identity)
    return None


def read_as_sinks_do(record: Record) -> Rejection:
    changes = ChangeReader(Intake({}), "sink-1").read([Message(LETTER_AT, record.key, record.value, record.headers)])
    (rejection,) = changes.rejections
    return rejection


@given(VALUES, st.none() | st.binary(max_size=40), HEADERS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_dead_letter_is_listed_shown_replayed_and_discarded(
    world: ApiWorld, admin: httpx.AsyncClient, value: bytes | None, key: bytes | None, headers: Sequence[Any]
) -> None:
    record = rejected(Message(STOOD, key, value, headers))
    if record is None:
        return
    world.images.rejections.clear()
    world.images.resolutions.clear()
    world.publisher.records.clear()
    world.messages.kept[LETTER_AT] = record
    rejection = read_as_sinks_do(record)
    await world.images.save_rejections([rejection])

    (listed,) = (await admin.get("/v1/dead-letters")).raise_for_status().json()["items"]
    path = f"/v1/dead-letters/{listed['id']}"
    shown = (await admin.get(path)).raise_for_status().json()["message"]
    assert len(shown["headers"]) == len(strip_headers(headers))
    (await admin.post(f"{path}/replay")).raise_for_status()
    (await admin.post(f"{path}/discard")).raise_for_status()

    published = [one for one in world.publisher.records if one.topic in (IMAGE_REFERENCES, DEAD_LETTERS)]
    assert published[0] == Record(IMAGE_REFERENCES, value, key, strip_headers(headers))
    acts: list[Any] = [decode_event(one.headers) for one in published[1:]]
    assert [act.resolution for act in acts] == [Resolution.REPLAYED, Resolution.DISCARDED]


@given(VALUES, st.none() | st.binary(max_size=40), HEADERS)
def test_any_message_is_a_line_for_each_of_its_parts(value: Any, key: Any, headers: Sequence[Any]) -> None:
    lines = describe_message(Record(IMAGE_REFERENCES, value, key, headers)).split("\n")
    assert len(lines) == 3 + len(headers)
    assert all(line == visible_line(line) for line in lines)
    assert json.loads(json.dumps(lines)) == lines
    "\n".join(lines).encode()
