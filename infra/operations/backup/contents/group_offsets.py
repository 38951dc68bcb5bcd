"""Where the consumer groups stand: recorded before a backup, and put back so that the sinks read what came after it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from infra.errors import ConfigurationError, TransientError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration, open_group_view
from infra.kafka.groups.members import group_members
from infra.settings.servers import KafkaSettings
from schemas.records.backups import Committed, Manifest
from schemas.topics import AUDIT_GROUP, INDEX_GROUP, STORE_GROUP

PREFIX = "vedette-"
SINKS = (STORE_GROUP, INDEX_GROUP, AUDIT_GROUP)
"""The groups whose work a restore undoes: those that write what a backup holds."""

NO_LOGS = 0
NO_ANSWER = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._WAIT_COORD)
# The client ships no types for these two.
EARLIEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
Partition = tuple[str, int]


@dataclass(frozen=True)
class Rewound:
    """Where one group goes on in one partition, and how many messages it should still have read and cannot."""

    group: str
    topic: str
    partition: int
    offset: int
    behind: int
    """Messages that it will read again."""
    forgotten: int = 0
    is_new_topic: bool = False


class GroupPositions:
    """The groups' offsets in Kafka.

    Every method blocks, and raises ``TransientError`` where the brokers do not answer and ``ConfigurationError`` where
    they refuse.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin = AdminClient({**client_configuration(settings), "log_level": NO_LOGS})

    def record(self) -> tuple[Committed, ...]:
        """Return up to where every group of the platform has acknowledged every partition."""
        return tuple(one for group in sorted(self._groups()) for one in self._committed(group))

    def topic_ids(self) -> dict[str, str]:
        """Return the id of every topic: one that is deleted and made anew has another."""
        names = [name for name in self._topics() if not name.startswith("__")]
        described = self._admin.describe_topics(TopicCollection(names), request_timeout=REQUEST_TIMEOUT_S)
        return {name: str(_answer(found).topic_id) for name, found in described.items()}

    def active(self) -> list[str]:
        """Return the groups of the platform that have members now: a worker runs."""
        groups = sorted(self._groups())
        if not groups:
            return []
        members = group_members(self._settings, groups, REQUEST_TIMEOUT_S)
        return [group for group in groups if members[group]]

    def plan(self, manifest: Manifest) -> list[Rewound]:
        """Return where each sink has to go on so that nothing after the backup is missed; changes nothing.

        Never past what was recorded, and never past where the group stands now.
        """
        ids = self.topic_ids()
        return [one for group in SINKS for one in self._plan(group, manifest, ids)]

    def rewind(self, plan: Iterable[Rewound]) -> None:
        """Put the groups there; raises ``ConfigurationError`` while a worker of theirs runs."""
        wanted = list(plan)
        for group in sorted({one.group for one in wanted}):
            places = [TopicPartition(one.topic, one.partition, one.offset) for one in wanted if one.group == group]
            with closing(open_group_view(self._settings, group)) as view:
                try:
                    changed = view.commit(offsets=places, asynchronous=False)
                except KafkaException as error:
                    raise _explained(error.args[0], group) from None
            _require_no_error(group, changed)

    def _plan(self, group: str, manifest: Manifest, ids: Mapping[str, str]) -> Iterator[Rewound]:
        recorded = {(one.topic, one.partition): one.offset for one in manifest.offsets if one.group == group}
        now = {(one.topic, one.partition): one.offset for one in self._committed(group)}
        kept = self._kept({at for at in {*recorded, *now} if at[0] in ids})
        for at, (low, high) in sorted(kept.items()):
            is_new = manifest.topic_ids.get(at[0]) not in (None, ids[at[0]]) or recorded.get(at, 0) > high
            # A partition that the group had not begun, or that is another one by now, is read from its beginning.
            wanted = 0 if is_new else min(recorded.get(at, 0), now.get(at, high))
            offset = max(wanted, low)
            forgotten = max(low - recorded.get(at, low), 0) if not is_new else 0
            yield Rewound(group, *at, offset, high - offset, forgotten, is_new)

    def _groups(self) -> set[str]:
        found = _answer(self._admin.list_consumer_groups(request_timeout=REQUEST_TIMEOUT_S))
        return {group.group_id for group in found.valid if group.group_id.startswith(PREFIX)}

    def _committed(self, group: str) -> list[Committed]:
        # A Kafka that never had a group has no coordinator to ask, and the client would wait for one.
        if group not in self._groups():
            return []
        found = self._ask(group)
        _require_no_error(group, found)
        return [
            Committed(group=group, topic=at.topic, partition=at.partition, offset=at.offset)
            for at in sorted(found, key=lambda one: (one.topic, one.partition))
            if at.offset >= 0
        ]

    def _ask(self, group: str) -> Sequence[TopicPartition]:
        places = [TopicPartition(name, number) for name, numbers in self._topics().items() for number in numbers]
        with closing(open_group_view(self._settings, group)) as view:
            try:
                return list(view.committed(places, REQUEST_TIMEOUT_S))
            except KafkaException as error:
                raise _explained(error.args[0], group) from None

    def _kept(self, partitions: Iterable[Partition]) -> dict[Partition, tuple[int, int]]:
        """Return where partitions begin and end now; those that are gone are left out."""
        existing = self._topics()
        places = [TopicPartition(*at) for at in sorted(partitions) if at[1] in existing.get(at[0], ())]
        if not places:
            return {}
        first, last = (self._offsets(places, spec) for spec in (EARLIEST, LATEST))
        return {at: (first[at], last[at]) for at in first}

    def _offsets(self, places: Sequence[TopicPartition], spec: OffsetSpec) -> dict[Partition, int]:
        found = self._admin.list_offsets(dict.fromkeys(places, spec), request_timeout=REQUEST_TIMEOUT_S)
        return {(at.topic, at.partition): int(_answer(answer).offset) for at, answer in found.items()}

    def _topics(self) -> dict[str, set[int]]:
        try:
            found = self._admin.list_topics(timeout=REQUEST_TIMEOUT_S).topics
        except KafkaException as error:
            raise _explained(error.args[0]) from None
        return {name: set(topic.partitions) for name, topic in found.items()}


def _require_no_error(group: str, places: Sequence[TopicPartition]) -> None:
    for place in places:
        if place.error is not None:
            raise _explained(place.error, group)


def _answer(future: Any) -> Any:
    try:
        return future.result(timeout=REQUEST_TIMEOUT_S)
    except KafkaException as error:
        raise _explained(error.args[0]) from None
    except TimeoutError:
        raise TransientError(f"Kafka gave no answer within {REQUEST_TIMEOUT_S} s") from None


def _explained(error: KafkaError, group: str = "") -> ConfigurationError | TransientError:
    if error.code() in (KafkaError.NON_EMPTY_GROUP, KafkaError.UNKNOWN_MEMBER_ID):
        return ConfigurationError(f"workers of {group or 'a consumer group'} run: stop them all, then try again")
    if error.retriable() or error.code() in NO_ANSWER:
        return TransientError(f"Kafka does not answer: {error.str()}")
    return ConfigurationError(f"Kafka refuses: {error.str()}: check the account's ACLs")
