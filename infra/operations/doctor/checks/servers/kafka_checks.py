"""How Kafka is: its brokers, its rules of access, and the groups that read from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.kafka.groups.lag import WARN_AT, Lag
from infra.operations.doctor.checks.servers.kafka_topics import Topics, topic_findings
from infra.operations.doctor.findings import Finding, Refused, Severity, Telling, Unseen, listed
from schemas.topics import GROUP_TOPICS, RETRY_GROUP, TOPICS

HOUR_S = 3600
NOT_ASKED = Refused("nobody asked")
MINUTE_MS = 60_000
LONGEST_RETENTION_MINUTES = max(topic.retention_ms for topic in TOPICS) // MINUTE_MS


@dataclass(frozen=True)
class AccessRules:
    """Whether brokers check who may do what, and which rules let everybody write or do all."""

    are_checked: bool
    for_everybody: tuple[str, ...] = ()


@dataclass(frozen=True)
class KafkaFacts:
    """What the brokers tell."""

    brokers: int
    topics: Topics
    others: tuple[str, ...] = ()
    unread_configurations: Refused | None = None
    members: Mapping[str, int] | Refused = NOT_ASKED
    lags: tuple[Lag, ...] | Refused = ()
    broker_configuration: Mapping[str, str] | Refused = NOT_ASKED
    access_rules: AccessRules | Refused = NOT_ASKED
    is_local: bool = False


def kafka_findings(facts: KafkaFacts) -> Iterator[Telling]:
    """Tell what is wrong with Kafka."""
    yield from topic_findings(facts.topics, facts.others, facts.brokers)
    if facts.unread_configurations is not None:
        yield _unseen("kafka.retention", "how the topics are set up", facts.unread_configurations)
    yield from groups(facts)
    yield from lag(facts.lags)
    yield from brokers(facts.broker_configuration)
    yield from access_rules(facts)
    yield Unseen(
        check="kafka.release",
        subject="the release of Kafka, and its clock",
        why="Kafka tells clients neither.",
        remedy="Run `kafka-features.sh --bootstrap-server … describe`, and `date` on each broker.",
        never=True,
    )


def groups(facts: KafkaFacts) -> Iterator[Telling]:
    """Tell which consumer groups have no member: nobody does their work."""
    if isinstance(facts.members, Refused):
        yield _unseen("kafka.groups", "the members of the consumer groups", facts.members)
        return
    lags = () if isinstance(facts.lags, Refused) else facts.lags
    for group in GROUP_TOPICS:
        if facts.members.get(group, 0):
            continue
        waiting = sum(lag.waiting for lag in lags if lag.group == group)
        worker = group.removeprefix("vedette-").removesuffix("-retry")
        yield Finding(
            check="kafka.groups",
            severity=Severity.ERROR if waiting else Severity.WARNING,
            subject=f"consumer group {group}",
            problem=f"The group has no member, and {waiting:,} messages wait for it.",
            risk="Nobody does its work. Kafka deletes in the end what nobody has read.",
            remedy=f"Start `vedette worker {worker}`.",
        )


def lag(lags: tuple[Lag, ...] | Refused) -> Iterator[Telling]:
    """Tell which groups come near to what Kafka deletes, have missed messages or are an hour behind."""
    if isinstance(lags, Refused):
        yield _unseen("kafka.lag", "how far the workers lag behind", lags)
        return
    for one in lags:
        if one.deleted:
            problem = f"Kafka has deleted {one.deleted:,} messages before the group could read them."
            yield _lag(one, Severity.ERROR, problem, "They are lost to the group: see docs/how-to/retention.md.")
        elif one.retention_used >= WARN_AT:
            problem = (
                f"The oldest of {one.waiting:,} waiting messages has used {one.retention_used:.0%} of its retention."
            )
            yield _lag(one, Severity.ERROR, problem, "Kafka deletes them soon, read or not.")
        elif one.group != RETRY_GROUP and (one.oldest_s or 0) > HOUR_S:
            problem = f"{one.waiting:,} messages wait, the oldest for {(one.oldest_s or 0) / HOUR_S:,.1f} hours."
            yield _lag(one, Severity.WARNING, problem, "Answers come late.")


def brokers(configuration: Mapping[str, str] | Refused) -> Iterator[Telling]:
    """Tell which settings of the brokers are against advice."""
    if isinstance(configuration, Refused):
        yield _unseen("kafka.brokers", "the settings of the brokers", configuration)
        return
    kept = int(configuration.get("offsets.retention.minutes", LONGEST_RETENTION_MINUTES))
    if kept < LONGEST_RETENTION_MINUTES:
        yield Finding(
            check="kafka.offsets_retention",
            severity=Severity.ADVICE,
            subject="offsets.retention.minutes",
            problem=f"Brokers forget after {kept} minutes where a group without workers had stopped.",
            risk="The group then reads everything again, and cannot tell what it has missed.",
            remedy=f"Set offsets.retention.minutes={LONGEST_RETENTION_MINUTES} at the brokers.",
        )
    if configuration.get("auto.create.topics.enable") == "true":
        yield Finding(
            check="kafka.auto_create",
            severity=Severity.ADVICE,
            subject="auto.create.topics.enable",
            problem="A topic springs into being when somebody publishes to it.",
            risk="A misspelt name is no error: references end on a topic that nobody reads.",
            remedy="Set auto.create.topics.enable=false at the brokers.",
        )


def access_rules(facts: KafkaFacts) -> Iterator[Telling]:
    """Tell who may do what with the topics, if the brokers tell it."""
    rules = facts.access_rules
    if isinstance(rules, Refused):
        yield _unseen("kafka.acls", "Kafka's access rules (ACLs)", rules)
    elif not rules.are_checked:
        yield Finding(
            check="kafka.acls",
            severity=Severity.ADVICE if facts.is_local else Severity.WARNING,
            subject="authorizer.class.name",
            problem="The brokers check no access rules (ACLs).",
            risk="Every account may publish to every topic, results and audit events among them, and delete topics.",
            remedy="Set authorizer.class.name at the brokers, and let each producer write to its topic alone.",
        )
    elif rules.for_everybody:
        yield Finding(
            check="kafka.acls",
            severity=Severity.WARNING,
            subject=listed(rules.for_everybody),
            problem="Access rules let everybody (User:*) write or do everything.",
            risk="Every account may publish there, also in the name of others.",
            remedy="Remove them with `kafka-acls.sh --remove`, and name the accounts that are meant.",
        )


def _lag(lag: Lag, severity: Severity, problem: str, risk: str) -> Finding:
    return Finding(
        check="kafka.lag",
        severity=severity,
        subject=f"consumer group {lag.group} on {lag.topic}",
        problem=problem,
        risk=risk,
        remedy="Start the group's worker, or more of them; or keep messages longer (retention.ms of the topic).",
    )


def _unseen(check: str, subject: str, refused: Refused) -> Unseen:
    remedy = "Give the account the rights to describe the cluster, topics and groups."
    return Unseen(check=check, subject=subject, why=refused.why, remedy=remedy)
