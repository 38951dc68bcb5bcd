"""The platform's topics: created where they are missing, and refused where an existing one breaks a promise."""

from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from infra.errors import ConfigurationError, OutsideSystem, TransientError
from infra.kafka.event_bus import REQUEST_TIMEOUT_S, client_configuration
from infra.kafka.logins import LoginWatch, list_topics
from infra.settings.servers import KafkaSettings
from schemas.topics import TOPICS, Topic

TIMESTAMPS = "message.timestamp.type"
BROKERS_TIME = "LogAppendTime"
LARGEST_BATCH = "max.message.bytes"
RETENTION = "retention.ms"
ONLY_ERRORS = 3


def create_topics(settings: KafkaSettings, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Create those of ``topics``, the platform's own, that are missing; returns the names of those created.

    Times in every topic are the broker's, since they order what the stores keep. Topics that exist are left as they
    are: raises ``ConfigurationError`` where one takes its times from producers or too small messages, or keeps for
    longer what nobody is to keep, and where the brokers refuse the login or to create one; ``TransientError`` where
    they do not answer.
    """
    watch = LoginWatch()
    admin = AdminClient({**client_configuration(settings), **watch.configuration, "log_level": ONLY_ERRORS})
    existing = set(list_topics(admin, watch, settings.bootstrap_servers, timeout_s=REQUEST_TIMEOUT_S).topics)
    _require_promises(admin, [topic for topic in topics if topic.name in existing])
    missing = [_new_topic(topic, settings) for topic in topics if topic.name not in existing]
    if not missing:
        return []
    return [name for name, created in admin.create_topics(missing).items() if _was_created(name, created)]


def _new_topic(topic: Topic, settings: KafkaSettings) -> NewTopic:
    segments = {} if topic.segment_ms is None else {"segment.ms": str(topic.segment_ms)}
    return NewTopic(
        topic.name,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        config={
            TIMESTAMPS: BROKERS_TIME,
            LARGEST_BATCH: str(topic.max_message_bytes),
            RETENTION: str(topic.retention_ms),
            **segments,
        },
    )


def _was_created(name: str, created: Any) -> bool:
    try:
        created.result(timeout=REQUEST_TIMEOUT_S)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise _explain(f"Kafka does not create topic {name}", error) from None
    return True


def _require_promises(admin: AdminClient, topics: list[Topic]) -> None:
    if not topics:
        return
    asked = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics]
    described = admin.describe_configs(asked, request_timeout=REQUEST_TIMEOUT_S)
    found = {resource.name: _configuration(resource.name, answer) for resource, answer in described.items()}
    if broken := [problem for topic in topics if (problem := broken_promise(topic, found[topic.name]))]:
        raise ConfigurationError("\n".join(broken))


def _configuration(name: str, answer: Any) -> dict[str, str]:
    try:
        entries = answer.result(timeout=REQUEST_TIMEOUT_S)
    except KafkaException as error:
        raise _explain(f"the configuration of topic {name} cannot be read", error) from None
    return {key: entry.value for key, entry in entries.items()}


def broken_promise(topic: Topic, configuration: dict[str, str]) -> str | None:
    """Return what is wrong with an existing topic and the command that puts it right; ``None`` if nothing is."""
    wrong = []
    if configuration[TIMESTAMPS] != BROKERS_TIME:
        wrong.append(f"{TIMESTAMPS}={BROKERS_TIME}")
    if int(configuration[LARGEST_BATCH]) < topic.max_message_bytes:
        wrong.append(f"{LARGEST_BATCH}={topic.max_message_bytes}")
    # What nobody is to keep must not be kept for longer; for how long the rest is kept is its owner's choice.
    if topic.segment_ms is not None and not 0 <= int(configuration[RETENTION]) <= topic.retention_ms:
        wrong.append(f"{RETENTION}={topic.retention_ms}")
    if not wrong:
        return None
    return (
        f"topic {topic.name} exists with another configuration than Vedette relies on; change it with "
        f"`kafka-configs.sh --bootstrap-server … --alter --entity-type topics --entity-name {topic.name} "
        f"--add-config {','.join(wrong)}`"
    )


def _explain(what: str, error: KafkaException) -> ConfigurationError | TransientError:
    problem: KafkaError = error.args[0]
    if problem.retriable() or problem.code() in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT):
        return TransientError(f"{what} now: {problem.str()}", part=OutsideSystem.KAFKA)
    return ConfigurationError(f"{what}: {problem.str()}; check the account's ACLs and VEDETTE_KAFKA__…")
