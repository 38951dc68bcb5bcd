"""Acts on dead letters: what is published, in which order, and what is told of it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from infra.errors import NotFound, TransientError
from infra.kafka.event_bus import Record
from infra.operations.audit.acts import command_recorder
from infra.operations.dead_letters.service import MOST_SHOWN_BYTES, DeadLetterOffice, public_value
from schemas.activity import AuditEvent, Outcome
from schemas.dead_letters import (
    Rejection,
    Resolution,
    Resolved,
    decode_event,
    encode_headers,
    parse_letter_id,
)
from schemas.images import Origin
from schemas.messages.cuts import cut_message
from schemas.messages.replays import decode_headers
from schemas.messages.replays import encode_headers as replay_headers
from schemas.queries import DeadLetterQuery
from schemas.topics import ACTIVITY, DEAD_LETTERS, IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, RECOGNITION_RESULTS
from tests import samples
from tests.api_world import FakeMessages, FakePublisher
from tests.fakes.stores import FakeResultStore

VALUE = b'{"owner": "shop", "uri": "s3://shop/a.jpg?X-Amz-Signature=secret"}'
LETTER_AT = Origin(topic=DEAD_LETTERS, partition=1, offset=5, appended_at_ms=9)


class World:
    """One dead letter, whose message is kept on both topics."""

    def __init__(self) -> None:
        self.store, self.publisher, self.messages = FakeResultStore(), FakePublisher(), FakeMessages()
        self.office = DeadLetterOffice(self.store, self.messages, self.publisher)
        self.act = command_recorder(self.publisher).act

    async def reject(self, *, letter: Origin | None = LETTER_AT, **fields: Any) -> Rejection:
        rejection = samples.rejection("shop", letter=letter, **fields)
        await self.store.save_rejections([rejection])
        headers = encode_headers(rejection, [("correlation-id", b"c-1"), ("own", None)])
        if letter is not None:
            self.messages.kept[letter] = Record(DEAD_LETTERS, VALUE, b"key", headers)
        return rejection

    async def follow(self) -> None:
        """Do what the store worker does with what was published."""
        events = [decode_event(record.headers) for record in self.published(DEAD_LETTERS)]
        await self.store.save_resolutions([event for event in events if isinstance(event, Resolved)])

    def published(self, topic: str) -> list[Record]:
        return [record for record in self.publisher.records if record.topic == topic]

    def audited(self) -> list[tuple[str, str, str]]:
        events = [AuditEvent.model_validate_json(record.value or b"") for record in self.published(ACTIVITY)]
        return [(event.action.value, event.actor, event.subject) for event in events]


@pytest.fixture
def world() -> World:
    return World()


def id_of(rejection: Rejection) -> str:
    return samples.letter(rejection).id


async def test_a_replayed_message_is_published_as_it_was_and_then_marked(world: World) -> None:
    rejection = await world.reject()
    await world.office.replay(rejection.origin, "anna", world.act)
    told, again, mark = world.publisher.records
    assert told.topic == ACTIVITY
    assert again == Record(IMAGE_REFERENCES, VALUE, b"key", [("correlation-id", b"c-1"), ("own", None)])
    event = decode_event(mark.headers)
    assert isinstance(event, Resolved)
    assert (event.resolution, event.by, event.rejection.origin) == (Resolution.REPLAYED, "anna", rejection.origin)
    assert (mark.topic, mark.value, mark.key) == (DEAD_LETTERS, None, rejection.key.encode())
    assert world.audited() == [("dead_letter.replayed", "anna", id_of(rejection))]
    await world.follow()
    assert (await world.store.list_rejections(5)).items == ()


async def test_what_is_not_published_is_not_marked_either(world: World) -> None:
    rejection = await world.reject()
    world.publisher.down = True
    with pytest.raises(TransientError):
        await world.office.replay(rejection.origin, "anna", world.act)
    assert world.publisher.records == []


@pytest.mark.parametrize("verb", ["replay", "discard"])
async def test_what_cannot_be_recorded_is_not_done(world: World, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    publish = world.publisher.publish

    async def refuses_records(records: Sequence[Record]) -> tuple[Origin, ...]:
        if any(record.topic == ACTIVITY for record in records):
            raise TransientError("the trail is out of reach")
        return await publish(records)

    rejection = await world.reject()
    monkeypatch.setattr(world.publisher, "publish", refuses_records)
    some = world.office.replay_some if verb == "replay" else world.office.discard_some
    one = world.office.replay if verb == "replay" else world.office.discard
    with pytest.raises(TransientError):
        await one(rejection.origin, "anna", world.act)
    with pytest.raises(TransientError):
        await some(DeadLetterQuery(), "anna", world.act)
    assert world.publisher.records == []


async def test_one_letter_that_cannot_be_published_costs_its_neighbours_nothing_and_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejections = [await world.reject(image_id=f"{number}.jpg") for number in range(3)]
    publish = world.publisher.publish
    bad = samples.letter(rejections[1])

    async def refuses_one(records: Sequence[Record]) -> tuple[Origin, ...]:
        if any(record.topic == DEAD_LETTERS and record.key == bad.key.encode() for record in records):
            raise TransientError("Kafka did not confirm the message")
        return await publish(records)

    monkeypatch.setattr(world.publisher, "publish", refuses_one)
    with pytest.raises(TransientError, match="did not confirm"):
        await world.office.discard_some(DeadLetterQuery(), "anna", world.act)
    assert {record.key for record in world.published(DEAD_LETTERS)} == {
        samples.letter(rejections[number]).key.encode() for number in (0, 2)
    }
    events = [AuditEvent.model_validate_json(record.value or b"") for record in world.published(ACTIVITY)]
    assert [event.subject for event in events if event.outcome is Outcome.UNKNOWN] == [bad.id]
    assert len(events) == 4


async def test_a_letter_that_is_gone_is_replayed_from_where_its_message_stood(world: World) -> None:
    rejection = await world.reject(letter=None)
    world.messages.kept[rejection.origin] = Record(IMAGE_REFERENCES, VALUE, None, ())
    await world.office.replay(rejection.origin, "anna", world.act)
    assert world.published(IMAGE_REFERENCES)[0].value == VALUE


async def test_a_rejected_replay_is_published_again_where_it_stood_and_not_where_its_reference_did(
    world: World,
) -> None:
    stood = samples.origin(60).model_copy(update={"topic": IMAGE_REFERENCES_BATCH})
    rejection = await world.reject(letter=None, replay=stood)
    world.messages.kept[stood] = Record(IMAGE_REFERENCES_BATCH, VALUE, None, replay_headers(rejection.origin))
    await world.office.replay(stood, "anna", world.act)
    (again,) = world.published(IMAGE_REFERENCES_BATCH)
    assert decode_headers(again.headers) == rejection.origin


async def test_a_message_that_is_no_longer_kept_cannot_be_replayed(world: World) -> None:
    rejection = await world.reject(letter=None)
    with pytest.raises(NotFound, match="no longer keeps it"):
        await world.office.replay(rejection.origin, "anna", world.act)
    assert world.audited() == []


async def test_what_no_producer_sent_cannot_be_replayed_and_can_be_discarded(world: World) -> None:
    stood = samples.origin().model_copy(update={"topic": RECOGNITION_RESULTS})
    rejection = await world.reject(of=stood)
    with pytest.raises(NotFound, match="the platform's own"):
        await world.office.replay(stood, "anna", world.act)
    await world.office.discard(rejection.origin, "anna", world.act)
    assert world.audited() == [("dead_letter.discarded", "anna", id_of(rejection))]


async def test_nothing_is_done_about_a_letter_that_does_not_exist(world: World) -> None:
    acts: Sequence[Any] = (world.office.replay, world.office.discard, world.office.show)
    for act in acts:
        with pytest.raises(NotFound):
            await act(samples.origin(), "anna", world.act)
    assert world.publisher.records == []


async def test_all_that_match_are_replayed_and_the_others_are_left_alone(world: World) -> None:
    meant = [await world.reject(image_id=f"{n}.jpg", reason="not_found") for n in range(3)]
    gone = await world.reject(image_id="gone.jpg", reason="not_found", letter=None)
    other = await world.reject(image_id="other.jpg", reason="empty")
    done = await world.office.replay_some(DeadLetterQuery(reason="not_found"), "anna", world.act)
    assert (done.resolved, done.skipped, done.next_cursor) == (3, 1, None)
    await world.follow()
    left = (await world.store.list_rejections(9)).items
    assert {letter.origin for letter in left} == {gone.origin, other.origin}
    assert len(world.audited()) == len(meant)


async def test_all_that_match_are_discarded(world: World) -> None:
    for number in range(3):
        await world.reject(image_id=f"{number}.jpg")
    assert (await world.office.discard_some(DeadLetterQuery(owner="shop"), "anna", world.act)).resolved == 3
    assert (await world.office.discard_some(DeadLetterQuery(owner="bank"), "anna", world.act)).resolved == 0


async def test_looking_at_a_message_is_audited(world: World) -> None:
    rejection = await world.reject()
    letter, message = await world.office.show(rejection.origin, "anna", world.act)
    assert letter.id == id_of(rejection)
    assert parse_letter_id(letter.id) == rejection.origin
    assert message is not None
    assert message.value == VALUE
    assert world.audited() == [("dead_letter.shown", "anna", letter.id)]


@pytest.mark.parametrize("value", [VALUE, b"\x00\x00\x00\x00\x07" + VALUE])
def test_a_message_is_shown_without_the_signature_in_its_address(value: bytes) -> None:
    assert json.loads(public_value(value)) == {"owner": "shop", "uri": "s3://shop/a.jpg"}


@pytest.mark.parametrize(
    ("value", "told"), [(b"\xff{", "\\xff{"), (None, "none"), (b"[1]", "[1]"), (b'{"uri": 7}', '{"uri": 7}')]
)
def test_any_message_can_be_shown(value: bytes | None, told: str) -> None:
    assert public_value(value) == told


@pytest.mark.parametrize("text", ["", "a", "image-references:1:2", "t:a:b:c", "t:-1:2:3"])
def test_what_is_no_id_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever part is at fault
        parse_letter_id(text)


CUT = cut_message(b"key", b"x" * 10_000, ()).cut


async def test_a_letter_that_was_cut_is_shown_as_far_as_it_goes_and_replayed_from_the_message_itself() -> None:
    world = World()
    rejection = await world.reject(cut=CUT)
    shown, message = await world.office.show(rejection.message, "a", world.act)
    assert shown.cut == CUT
    assert message is not None
    assert message.value == VALUE
    with pytest.raises(NotFound, match="value of 10000 bytes, and Kafka no longer keeps it"):
        await world.office.replay(rejection.message, "a", world.act)
    world.messages.kept[rejection.message] = Record(IMAGE_REFERENCES, b"whole", b"key", ())
    await world.office.replay(rejection.message, "a", world.act)
    assert world.published(IMAGE_REFERENCES)[-1].value == b"whole"


async def test_a_letter_of_several_messages_cannot_be_replayed() -> None:
    world = World()
    rejection = await world.reject(letter=None, last_offset=2**40)
    with pytest.raises(NotFound, match="could not be read"):
        await world.office.replay(rejection.message, "a", world.act)


def test_of_a_long_message_the_beginning_is_shown_without_a_secret_that_is_cut() -> None:
    address = b"https://h.example/a.jpg?X-Amz-Signature="
    value = b" " * (MOST_SHOWN_BYTES - len(address) - 10) + address + b"secret" * 200
    shown = public_value(value)
    assert "secret" not in shown
    assert shown.endswith("more bytes")
    assert len(shown) < MOST_SHOWN_BYTES + 100
