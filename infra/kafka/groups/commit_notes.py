"""Reads where a consumer group stands and what it noted there, without joining it."""

from collections.abc import Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from infra.kafka.event_bus import REQUEST_TIMEOUT_S, read_error
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place


def read_committed(view: Consumer, places: Sequence[Place]) -> dict[Place, CommittedOffset]:
    """Return what the group of ``view`` has committed of ``places``; those that it has not begun are left out.

    ``view`` is what ``open_group_view`` returns. Blocks; raises ``TransientError`` where the brokers do not answer.
    """
    try:
        found = view.committed([TopicPartition(*place) for place in places], REQUEST_TIMEOUT_S)
    except KafkaException as error:
        raise read_error(error.args[0]) from None
    return {(at.topic, at.partition): _committed(at) for at in found if _is_begun(at)}


def with_note(place: Place, committed: CommittedOffset) -> TopicPartition:
    """Return what ``Consumer.commit`` takes, so that the note is kept beside the offset."""
    # The client takes no zero byte.
    return TopicPartition(*place, committed.offset, metadata=committed.note.text.rstrip("\0"))


def _is_begun(at: TopicPartition) -> bool:
    if at.error is not None:
        raise read_error(at.error)
    return at.offset >= 0


def _committed(at: TopicPartition) -> CommittedOffset:
    return CommittedOffset(at.offset, CommitNote.parse(_text_of(at)))


def _text_of(at: TopicPartition) -> str | None:
    try:
        return at.metadata
    except UnicodeDecodeError:
        # Another program's, which the client reads beyond its end: see ``schemas.messages.commit_notes.END``.
        return None
