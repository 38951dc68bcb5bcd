"""Where a stream stands: what comes next in each partition, in a text that only this platform can make."""

import base64
import binascii
from collections.abc import Mapping

import orjson

from api.security.tokens.cursor_seal import CursorSeal
from infra.errors import FieldError, InvalidCursor, InvalidRequest
from infra.kafka.groups.gaps import Holding
from schemas.messages.commit_notes import Place

PURPOSE = b"vedette live cursors"
FIELD = "Last-Event-ID"
ID_CHARACTERS = 8
Position = Mapping[Place, int]
"""The offset of the next message of each partition; one that is not named is read from its beginning."""


class CursorExpired(Exception):
    """Kafka no longer holds what follows the cursor, or the topics are others: what was missed cannot be told."""


class CursorAhead(CursorExpired):
    """The cursor is of other topics than these were, or of a later time than when these were looked at."""


class LiveCursors:
    """Writes positions as cursors, and reads back none but those that it wrote.

    A cursor grants nothing: whoever shows it sees what they may see. It names the topics by their ids, since a topic
    that was made anew has other messages at the same offsets.
    """

    def __init__(self, seal: CursorSeal) -> None:
        self._seal = seal

    def write(self, position: Position, topic_ids: Mapping[str, str]) -> str:
        """Return the cursor of a position."""
        offsets: dict[str, list[int]] = {}
        for (topic, partition), offset in sorted(position.items()):
            known = offsets.setdefault(topic, [])
            known += [0] * (partition - len(known)) + [offset]
        told = [[topic, topic_ids[topic][:ID_CHARACTERS], known] for topic, known in offsets.items()]
        return self._seal.seal(base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("="))

    def read(self, cursor: str, holdings: Mapping[Place, Holding]) -> Position:
        """Return the position of a cursor; raises ``InvalidRequest``, and ``CursorExpired`` by what Kafka holds.

        Where ``holdings`` are not new, ``CursorAhead`` says that newer ones may tell otherwise.
        """
        position: dict[Place, int] = {}
        for topic, topic_id, offsets in self._open(cursor):
            position |= {(topic, partition): offset for partition, offset in enumerate(offsets)}
            if any(held.topic_id[:ID_CHARACTERS] != topic_id for at, held in holdings.items() if at[0] == topic):
                raise CursorAhead
        if any(position.get(at, 0) < held.first for at, held in holdings.items()):
            raise CursorExpired
        if any(at not in holdings or offset > holdings[at].end for at, offset in position.items()):
            raise CursorAhead
        return position

    def _open(self, cursor: str) -> list[tuple[str, str, list[int]]]:
        try:
            body = self._seal.open(cursor)
        except InvalidCursor:
            raise InvalidRequest(
                [
                    FieldError(
                        field=FIELD,
                        message="This is not an id of a live stream. Send the `id` of the last message, or "
                        "leave it out to begin now.",
                    )
                ]
            ) from None
        opened: list[tuple[str, str, list[int]]] = orjson.loads(_decoded(body))
        return opened


def _decoded(body: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error as error:  # it bears our signature
        raise AssertionError("a cursor was signed that nobody can read") from error
