"""Where the consumer groups begin, committed before any worker has run.

A group that has committed nothing has missed nothing, as far as Kafka tells. With a beginning committed, what is
deleted before the first worker runs is known to be missed.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException

from infra.errors import ConfigurationError, TransientError
from infra.kafka.event_bus import open_group_view, read_error
from infra.kafka.groups.commit_notes import read_committed, with_note
from infra.kafka.groups.gaps import Holding, committed_before
from infra.kafka.topic_facts import TopicFacts
from infra.settings.servers import KafkaSettings
from schemas.messages.commit_notes import CommitNote, CommittedOffset, Place
from schemas.topics import GROUP_TOPICS

HAS_MEMBERS = (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS, KafkaError.ILLEGAL_GENERATION)
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.2

log = structlog.get_logger(__name__)


def begin_groups(settings: KafkaSettings) -> list[str]:
    """Commit where each group begins in the partitions that it has not begun; returns the groups concerned.

    Running workers begin their partitions themselves. A topic that was deleted and made anew is left to them as well,
    since it is for them to tell. Topics that were created just now are waited for. Blocks; raises ``TransientError``
    and ``ConfigurationError``.
    """
    facts, deadline = TopicFacts(settings), time.monotonic() + PATIENCE_S
    while True:
        try:
            return _begin_all(settings, facts)
        except TransientError:
            # Topics that are new have no leaders yet, and a broker that has just started coordinates no group.
            if time.monotonic() > deadline:
                raise
        time.sleep(LOOK_AGAIN_S)


def _begin_all(settings: KafkaSettings, facts: TopicFacts) -> list[str]:
    topics = {topic for topics in GROUP_TOPICS.values() for topic in topics}
    held = facts.ask_holdings(facts.ask_partitions(topics))
    if missing := sorted(topics - {topic for topic, _ in held}):
        raise TransientError(f"Kafka does not report the offsets of these topics yet: {', '.join(missing)}")
    return [group for group, topics in GROUP_TOPICS.items() if _begin(settings, group, _of(held, topics))]


def _begin(settings: KafkaSettings, group: str, held: Mapping[Place, Holding]) -> bool:
    with closing(open_group_view(settings, group)) as view:
        try:
            starts = dict(_starts(held, read_committed(view, list(held))))
            return bool(starts) and _commit(view, group, starts)
        except ConfigurationError as error:
            # Whoever creates topics need not be allowed to act for the groups: their workers begin themselves then.
            log.warning("group_not_begun", group=group, error=str(error))
            return False


def _starts(
    held: Mapping[Place, Holding], committed: Mapping[Place, CommittedOffset]
) -> Iterator[tuple[Place, CommittedOffset]]:
    ids = {topic: holding.topic_id for (topic, _), holding in held.items()}
    group_topics = ",".join(f"{topic}:{topic_id}" for topic, topic_id in sorted(ids.items()))
    for place, holding in held.items():
        noted = {one.note.known_ids[place[0]] for one in committed.values() if place[0] in one.note.known_ids}
        if place not in committed and committed_before(None, holding, noted) is None:
            note = CommitNote(topic_id=holding.topic_id, group_topics=group_topics)
            yield place, CommittedOffset(holding.first, note)


def _commit(view: Consumer, group: str, starts: Mapping[Place, CommittedOffset]) -> bool:
    """Return whether Kafka took it: it does not while the group has members."""
    try:
        answered = view.commit(offsets=[with_note(*start) for start in starts.items()], asynchronous=False) or []
    except KafkaException as error:
        problem = error.args[0]
        if problem.code() not in HAS_MEMBERS:
            raise read_error(problem) from None
        log.info("group_has_members", group=group)
        return False
    if problems := [at.error for at in answered if at.error is not None]:
        raise read_error(problems[0])
    return True


def _of(held: Mapping[Place, Holding], topics: Sequence[str]) -> dict[Place, Holding]:
    return {place: holding for place, holding in held.items() if place[0] in topics}
