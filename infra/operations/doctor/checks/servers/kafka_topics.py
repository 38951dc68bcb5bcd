"""What the topics promise: copies of each message, for as long as the platform relies on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from infra.kafka.topic_setup import broken_promise
from infra.operations.doctor.findings import Finding, Severity, counted, listed
from schemas.topics import TOPICS, Topic

DAY_MS = 86_400_000
ENOUGH_COPIES = 3
LIKENESS = 0.85
NO_LIMIT = -1
ALTER = "kafka-configs.sh --bootstrap-server … --alter --entity-type topics --entity-name TOPIC --add-config"


@dataclass(frozen=True)
class TopicState:
    """One topic: the fewest copies that a partition has, and how many partitions lack some, or a leader."""

    copies: int
    lacking: int = 0
    leaderless: int = 0
    configuration: Mapping[str, str] = field(default_factory=dict)

    def number(self, name: str, default: int) -> int:
        """Return a number of the configuration."""
        return int(self.configuration.get(name, default))


Topics = Mapping[str, TopicState]


def topic_findings(topics: Topics, others: Sequence[str], brokers: int) -> Iterator[Finding]:
    """Tell what is wrong with the platform's ``topics``; ``others`` are the names of all other ones."""
    yield from missing(topics)
    yield from misspelt(others)
    yield from promises(topics)
    yield from copies(topics, brokers)
    yield from in_sync(topics)
    yield from retention(topics)
    yield from availability(topics)
    yield from unclean_elections(topics)


def missing(topics: Topics) -> Iterator[Finding]:
    """Tell which topics do not exist."""
    if absent := [topic.name for topic in TOPICS if topic.name not in topics]:
        yield Finding(
            check="kafka.missing_topics",
            severity=Severity.ERROR,
            subject=listed(absent),
            problem=f"The platform lacks {counted(len(absent), 'topic')}.",
            risk="Nothing can be published there, and the workers that read it wait.",
            remedy="Run `vedette migrate`.",
        )


def misspelt(others: Sequence[str]) -> Iterator[Finding]:
    """Tell of topics whose names are nearly those of ours: somebody publishes where nobody reads."""
    known = [topic.name for topic in TOPICS]
    for name in sorted(others):
        if meant := get_close_matches(name.lower().replace("_", "-").replace(".", "-"), known, n=1, cutoff=LIKENESS):
            yield Finding(
                check="kafka.unknown_topics",
                severity=Severity.WARNING,
                subject=name,
                problem=f"No part of the platform reads this topic. Its name is nearly {meant[0]}.",
                risk="Images whose references are published there are never recognised, and nobody is told.",
                remedy=f"Look who publishes there, and let them publish to {meant[0]}. Set "
                "auto.create.topics.enable=false at the brokers, so that a slip of the pen is an error.",
            )


def promises(topics: Topics) -> Iterator[Finding]:
    """Tell of topics that `vedette migrate` would refuse."""
    for topic, state in _ours(topics):
        if state.configuration and (problem := broken_promise(topic, dict(state.configuration))):
            what, _, command = problem.partition("; ")
            yield Finding(
                check="kafka.promises",
                severity=Severity.ERROR,
                subject=f"topic {topic.name}",
                problem=f"{what[0].upper()}{what[1:]}.",
                risk="An older answer may replace a newer one, or large messages are refused.",
                remedy=f"{command[0].upper()}{command[1:]}.",
            )


def copies(topics: Topics, brokers: int) -> Iterator[Finding]:
    """Tell of topics that have too few copies."""
    wanted = ENOUGH_COPIES if brokers == 0 else min(ENOUGH_COPIES, max(brokers, 2))
    few = {name: state.copies for name, state in topics.items() if state.copies < wanted}
    if not few:
        return
    single = [name for name, count in few.items() if count < 2]
    yield Finding(
        check="kafka.replication",
        severity=Severity.WARNING if single else Severity.ADVICE,
        subject=f"topics {listed(single or few)}",
        problem=f"{counted(len(single or few), 'topic')} with {'one copy' if single else 'two copies'} of each message,"
        f" on {counted(brokers, 'broker')}.",
        risk="If that broker's disk is lost, the messages are lost."
        if single
        else "While one broker is down there is one copy left.",
        remedy="Run at least three brokers, set VEDETTE_KAFKA__REPLICATION_FACTOR=3 for topics that are made later, and"
        " give the existing ones more copies with `kafka-reassign-partitions.sh`.",
    )


def in_sync(topics: Topics) -> Iterator[Finding]:
    """Tell where a message may be acknowledged that only one broker has, or where one broker's loss stops all.

    With two copies it is always one of both: that there are two is told elsewhere.
    """
    replicated = {
        name: state for name, state in topics.items() if state.copies >= ENOUGH_COPIES and state.configuration
    }
    low = [name for name, state in replicated.items() if state.number("min.insync.replicas", 1) < 2]
    high = [name for name, state in replicated.items() if state.number("min.insync.replicas", 1) >= state.copies]
    if low:
        yield _in_sync(low, "are acknowledged once one broker has them", "They are lost with that broker.", "2")
    if high:
        risk = "While one broker is down nothing can be published."
        yield _in_sync(high, "are acknowledged only once every copy has them", risk, "one less than the copies")


def retention(topics: Topics) -> Iterator[Finding]:
    """Tell of topics that forget sooner than the platform advises."""
    for topic, state in _ours(topics):
        kept_ms, kept_bytes = (
            state.number("retention.ms", topic.retention_ms),
            state.number("retention.bytes", NO_LIMIT),
        )
        advised = f"retention.ms={topic.retention_ms}"
        if 0 <= kept_ms < topic.retention_ms:
            days = f"{kept_ms / DAY_MS:.3g} days, and {topic.retention_ms / DAY_MS:g} are advised"
            yield _retention(topic, Severity.WARNING, f"Messages are kept for {days}.", advised)
        if kept_bytes > NO_LIMIT:
            told = f"Messages are deleted beyond {kept_bytes:,} bytes a partition, read or not."
            yield _retention(topic, Severity.WARNING, told, "retention.bytes=-1")
        if "compact" in state.configuration.get("cleanup.policy", ""):
            told = "Of messages with one key only the last is kept."
            yield _retention(topic, Severity.ERROR, told, "cleanup.policy=delete")


def availability(topics: Topics) -> Iterator[Finding]:
    """Tell of partitions that have no leader, or lack copies, at this moment."""
    if leaderless := [name for name, state in topics.items() if state.leaderless]:
        yield Finding(
            check="kafka.availability",
            severity=Severity.ERROR,
            subject=f"topics {listed(leaderless)}",
            problem="Partitions have no leader.",
            risk="They can neither be read nor written.",
            remedy="Start the brokers that hold them: `kafka-topics.sh --describe --unavailable-partitions`.",
        )
    if lacking := [name for name, state in topics.items() if state.lacking]:
        yield Finding(
            check="kafka.availability",
            severity=Severity.WARNING,
            subject=f"topics {listed(lacking)}",
            problem="Partitions have fewer copies at this moment than they should.",
            risk="If another broker is lost, messages may be lost.",
            remedy="Start the missing broker: `kafka-topics.sh --describe --under-replicated-partitions`.",
        )


def unclean_elections(topics: Topics) -> Iterator[Finding]:
    """Tell of topics whose leader may be a broker that lacks acknowledged messages."""
    unclean = [
        name for name, state in topics.items() if state.configuration.get("unclean.leader.election.enable") == "true"
    ]
    if unclean:
        yield Finding(
            check="kafka.unclean_election",
            severity=Severity.WARNING,
            subject=f"topics {listed(unclean)}",
            problem="A broker that lacks messages may become the leader.",
            risk="Acknowledged messages are lost then.",
            remedy=f"Run `{ALTER} unclean.leader.election.enable=false`.",
        )


def _ours(topics: Topics) -> Iterator[tuple[Topic, TopicState]]:
    yield from ((topic, topics[topic.name]) for topic in TOPICS if topic.name in topics)


def _in_sync(names: Sequence[str], how: str, risk: str, wanted: str) -> Finding:
    return Finding(
        check="kafka.min_insync",
        severity=Severity.WARNING,
        subject=f"min.insync.replicas of topics {listed(names)}",
        problem=f"Messages {how}.",
        risk=risk,
        remedy=f"Run `{ALTER} min.insync.replicas=N`, with N {wanted}.",
    )


def _retention(topic: Topic, severity: Severity, problem: str, advised: str) -> Finding:
    return Finding(
        check="kafka.retention",
        severity=severity,
        subject=f"topic {topic.name}",
        problem=problem,
        risk="What a worker has not read by then is lost.",
        remedy=f"Run `{ALTER.replace('TOPIC', topic.name)} {advised}`.",
    )
