"""Where the consumer group of a client stands, what is noted there, and who decides where it goes on."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from infra.errors import TransientError
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place

Commit = Callable[[Mapping[TopicPartition, OffsetAndMetadata]], Awaitable[None]]
Committed = Mapping[Place, CommittedOffset | None]

log = structlog.get_logger(__name__)


class GroupOffsets(Protocol):
    """What may be asked about, and changed of, where a group stands."""

    async def committed(self, places: Collection[Place]) -> Committed:
        """Return where the group stands in ``places`` and what was noted there; None where it has not begun."""

    async def commit_as_told(self, offsets: Mapping[Place, CommittedOffset]) -> None:
        """Commit these offsets and notes as they are; raises ``TransientError`` while the brokers do not take them."""


class Settling(Protocol):
    """Finds where a group goes on in the partitions that were assigned, before anything is read of them."""

    async def settle(self, committed: Committed, offsets: GroupOffsets) -> Committed: ...

    def note(self, place: Place, offset: int, note: CommitNote) -> CommitNote:
        """Return ``note`` with what is to be kept beside each offset that is committed."""

    async def watch(self, join_again: Callable[[], None]) -> None:
        """Have the partitions assigned once more when they need another look; runs until cancelled."""


class GroupStanding:
    """The group of one client; to be used in the client's own event loop."""

    def __init__(self, client: AIOKafkaConsumer, commit: Commit) -> None:
        """``commit`` is the client's own, whatever is done to others."""
        self._client = client
        self._commit = commit

    async def committed(self, places: Iterable[Place]) -> dict[Place, CommittedOffset | None]:
        """Return where the group stands in ``places`` and what was noted there."""
        asked = [TopicPartition(*place) for place in places]
        # The client's own ``committed`` leaves the text out.
        found = await self._client._coordinator.fetch_committed_offsets(asked)
        return {(at.topic, at.partition): _committed(found.get(at)) for at in asked}

    async def commit_as_told(self, offsets: Mapping[Place, CommittedOffset]) -> None:
        """Commit these offsets and notes as they are; raises ``TransientError`` while the brokers do not take them.

        Where the group has been rebalanced meanwhile nothing is committed: partitions are assigned again at once.
        """
        told = {TopicPartition(*place): OffsetAndMetadata(one.offset, one.note.text) for place, one in offsets.items()}
        try:
            await self._commit(told)
        except (CommitFailedError, IllegalStateError) as error:
            log.warning("assigned_anew_meanwhile", error=str(error))
        except KafkaError as error:
            if not error.retriable:
                raise
            raise TransientError(f"Kafka does not take committed offsets: {error!r}") from None

    def join_again(self) -> None:
        """Have all partitions revoked and assigned once more."""
        self._client._coordinator.request_rejoin()


def _committed(found: OffsetAndMetadata | None) -> CommittedOffset | None:
    return None if found is None else CommittedOffset(found.offset, CommitNote.parse(found.metadata))
