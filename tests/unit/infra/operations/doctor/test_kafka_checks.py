"""What is told of brokers, topics and groups: each check with the fault that it is for, and without it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.groups.lag import Lag
from infra.kafka.topic_setup import BROKERS_TIME, LARGEST_BATCH, TIMESTAMPS
from infra.operations.doctor.checks.servers.kafka_checks import (
    LONGEST_RETENTION_MINUTES,
    AccessRules,
    KafkaFacts,
    kafka_findings,
)
from infra.operations.doctor.checks.servers.kafka_topics import TopicState
from infra.operations.doctor.findings import Finding, Refused, Severity, Unseen
from schemas.topics import GROUP_TOPICS, IMAGE_REFERENCES, RETRY_GROUP, STORE_GROUP, TOPICS, Topic

DAY_S = 86_400.0
HEALTHY_BROKER = {"offsets.retention.minutes": str(LONGEST_RETENTION_MINUTES), "auto.create.topics.enable": "false"}


def configuration(topic: Topic, **changed: str) -> dict[str, str]:
    return {
        TIMESTAMPS: BROKERS_TIME,
        LARGEST_BATCH: str(topic.max_message_bytes),
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": "-1",
        "cleanup.policy": "delete",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false",
        **{name.replace("_", "."): value for name, value in changed.items()},
    }


def healthy() -> KafkaFacts:
    return KafkaFacts(
        brokers=3,
        topics={topic.name: TopicState(3, configuration=configuration(topic)) for topic in TOPICS},
        members=dict.fromkeys(GROUP_TOPICS, 1),
        lags=(lag(),),
        broker_configuration=HEALTHY_BROKER,
        access_rules=AccessRules(are_checked=True),
    )


def lag(**changed: object) -> Lag:
    usual: dict[str, object] = {
        "group": STORE_GROUP,
        "topic": IMAGE_REFERENCES,
        "waiting": 5,
        "oldest_s": 2.0,
        "retention_s": 30 * DAY_S,
        "deleted": 0,
    }
    return Lag(**{**usual, **changed})  # type: ignore[arg-type]


def with_topic(**changed: object) -> KafkaFacts:
    """Return healthy facts, the first topic changed: its state's fields, or its configuration."""
    facts, first = healthy(), TOPICS[0]
    fields = {name: changed.pop(name) for name in ("copies", "lacking", "leaderless") if name in changed}
    state = replace(
        facts.topics[first.name],
        configuration=configuration(first, **changed),  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )
    return replace(facts, topics={**facts.topics, first.name: state})


def told(facts: KafkaFacts) -> list[Finding | Unseen]:
    return [one for one in kafka_findings(facts) if not (isinstance(one, Unseen) and one.never)]


def without(name: str) -> Mapping[str, TopicState]:
    return {topic: state for topic, state in healthy().topics.items() if topic != name}


FAULTS: list[tuple[str, Severity, KafkaFacts]] = [
    ("kafka.missing_topics", Severity.ERROR, replace(healthy(), topics=without(IMAGE_REFERENCES))),
    ("kafka.unknown_topics", Severity.WARNING, replace(healthy(), others=("image_reference",))),
    ("kafka.promises", Severity.ERROR, with_topic(message_timestamp_type="CreateTime")),
    ("kafka.replication", Severity.WARNING, with_topic(copies=1, min_insync_replicas="1")),
    ("kafka.replication", Severity.ADVICE, with_topic(copies=2, min_insync_replicas="1")),
    ("kafka.min_insync", Severity.WARNING, with_topic(min_insync_replicas="1")),
    ("kafka.min_insync", Severity.WARNING, with_topic(min_insync_replicas="3")),
    ("kafka.retention", Severity.WARNING, with_topic(retention_ms="3600000")),
    ("kafka.retention", Severity.WARNING, with_topic(retention_bytes="1000")),
    ("kafka.retention", Severity.ERROR, with_topic(cleanup_policy="compact,delete")),
    ("kafka.availability", Severity.ERROR, with_topic(leaderless=1)),
    ("kafka.availability", Severity.WARNING, with_topic(lacking=1)),
    ("kafka.unclean_election", Severity.WARNING, with_topic(unclean_leader_election_enable="true")),
    ("kafka.groups", Severity.WARNING, replace(healthy(), members={}, lags=())),
    ("kafka.groups", Severity.ERROR, replace(healthy(), members={RETRY_GROUP: 1})),
    ("kafka.lag", Severity.ERROR, replace(healthy(), lags=(lag(deleted=7),))),
    ("kafka.lag", Severity.ERROR, replace(healthy(), lags=(lag(oldest_s=15 * DAY_S),))),
    ("kafka.lag", Severity.WARNING, replace(healthy(), lags=(lag(oldest_s=7200.0),))),
    (
        "kafka.offsets_retention",
        Severity.ADVICE,
        replace(healthy(), broker_configuration={**HEALTHY_BROKER, "offsets.retention.minutes": "10080"}),
    ),
    (
        "kafka.auto_create",
        Severity.ADVICE,
        replace(healthy(), broker_configuration={**HEALTHY_BROKER, "auto.create.topics.enable": "true"}),
    ),
    ("kafka.acls", Severity.WARNING, replace(healthy(), access_rules=AccessRules(are_checked=False))),
    ("kafka.acls", Severity.ADVICE, replace(healthy(), access_rules=AccessRules(are_checked=False), is_local=True)),
    ("kafka.acls", Severity.WARNING, replace(healthy(), access_rules=AccessRules(True, ("topic activity",)))),
]


def test_of_healthy_brokers_nothing_is_told() -> None:
    assert told(healthy()) == []


@pytest.mark.parametrize(("check", "severity", "facts"), FAULTS)
def test_a_fault_is_told_with_its_remedy(check: str, severity: Severity, facts: KafkaFacts) -> None:
    found = [one for one in told(facts) if isinstance(one, Finding)]
    assert (check, severity) in {(one.check, one.severity) for one in found}
    assert {one.check for one in found} == {check}
    assert all(one.subject and one.problem and one.risk and one.remedy for one in found)


@pytest.mark.parametrize(
    ("check", "facts"),
    [
        ("kafka.retention", replace(healthy(), unread_configurations=Refused("no right"))),
        ("kafka.groups", replace(healthy(), members=Refused("no right"))),
        ("kafka.lag", replace(healthy(), lags=Refused("no right"))),
        ("kafka.brokers", replace(healthy(), broker_configuration=Refused("no right"))),
        ("kafka.acls", replace(healthy(), access_rules=Refused("no right"))),
    ],
)
def test_what_the_brokers_do_not_tell_is_never_taken_for_healthy(check: str, facts: KafkaFacts) -> None:
    [one] = told(facts)
    assert isinstance(one, Unseen)
    assert (one.check, one.why) == (check, "no right")


def test_a_retry_may_wait_for_hours() -> None:
    assert told(replace(healthy(), lags=(lag(group=RETRY_GROUP, oldest_s=7200.0),))) == []


@pytest.mark.parametrize("name", ["orders", "clicks", "connect-offsets", "references"])
def test_a_topic_of_somebody_elses_is_nothing_to_tell(name: str) -> None:
    assert told(replace(healthy(), others=(name,))) == []


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_more_copies_are_never_worse(copies: int, more: int, brokers: int) -> None:
    def urgency(count: int) -> int:
        facts = replace(healthy(), brokers=brokers, topics={name: TopicState(count) for name in healthy().topics})
        found = [one for one in told(facts) if isinstance(one, Finding) and one.check == "kafka.replication"]
        return max((len(Severity) - list(Severity).index(one.severity) for one in found), default=0)

    assert urgency(copies + more) <= urgency(copies)
    if copies == 1:
        assert urgency(copies) == 2


@given(st.integers(-1, 10**12))
def test_retention_is_told_if_and_only_if_it_is_shorter_than_advised(kept_ms: int) -> None:
    found = [one for one in told(with_topic(retention_ms=str(kept_ms))) if one.check == "kafka.retention"]
    assert bool(found) == (0 <= kept_ms < TOPICS[0].retention_ms)
