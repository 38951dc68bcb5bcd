"""What the brokers tell of themselves, their topics, groups and rules."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._metadata import ClusterMetadata, TopicMetadata
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from infra.kafka.event_bus import client_configuration, read_error
from infra.kafka.groups.lag import GroupLags
from infra.kafka.groups.members import group_members
from infra.kafka.logins import LoginWatch, list_topics
from infra.operations.doctor.checks.servers.kafka_checks import AccessRules, KafkaFacts
from infra.operations.doctor.checks.servers.kafka_topics import TopicState
from infra.operations.doctor.checks.transport import host_of, is_loopback
from infra.operations.doctor.facts.asking import ask
from infra.operations.doctor.findings import Refused
from infra.settings.servers import KafkaSettings
from schemas.topics import GROUP_TOPICS, TOPICS

ANSWER_WITHIN_S = 10.0
# What the client would print on standard error, the caller tells in its own words.
SILENT = {"log_level": 0, "log.connection.close": False}
EVERYBODY = "User:*"
AUTHORIZER = "authorizer.class.name"
CHANGING = (
    AclOperation.ALL,
    AclOperation.WRITE,
    AclOperation.CREATE,
    AclOperation.DELETE,
    AclOperation.ALTER,
    AclOperation.ALTER_CONFIGS,
    AclOperation.CLUSTER_ACTION,
)
Configuration = dict[str, str]
Answer = TypeVar("Answer")


class KafkaSurvey:
    """Asks the brokers, and changes nothing.

    ``gather`` raises ``TransientError`` where they do not answer, and ``ConfigurationError`` where they refuse the
    login. What they tell of themselves and not to us is a ``Refused`` among the facts.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def gather(self) -> KafkaFacts:
        """Return all that the brokers tell."""
        watch = LoginWatch()
        admin = AdminClient({**client_configuration(self._settings), **watch.configuration, **SILENT})
        servers = self._settings.bootstrap_servers
        metadata = await asyncio.to_thread(list_topics, admin, watch, servers, None, ANSWER_WITHIN_S)
        return await self._facts(admin, metadata)

    async def _facts(self, admin: AdminClient, metadata: ClusterMetadata) -> KafkaFacts:
        existing = [topic.name for topic in TOPICS if topic.name in metadata.topics]
        topics = [ConfigResource(ResourceType.TOPIC, name) for name in existing]
        broker = [ConfigResource(ResourceType.BROKER, str(number)) for number in sorted(metadata.brokers)[:1]]
        configurations, brokers, rules, members, lags = await asyncio.gather(
            ask(_in_thread(lambda: _configurations(admin, topics))),
            ask(_in_thread(lambda: _configurations(admin, broker))),
            ask(_in_thread(lambda: _access_rules(admin))),
            ask(_in_thread(lambda: group_members(self._settings, tuple(GROUP_TOPICS)))),
            ask(GroupLags(self._settings).look()),
        )
        known = {} if isinstance(configurations, Refused) else configurations
        return KafkaFacts(
            brokers=len(metadata.brokers),
            topics={name: _state(metadata.topics[name], known.get(name, {})) for name in existing},
            others=tuple(name for name in metadata.topics if name not in existing and not name.startswith("__")),
            unread_configurations=configurations if isinstance(configurations, Refused) else None,
            members=members
            if isinstance(members, Refused)
            else {group: len(found) for group, found in members.items()},
            lags=lags,
            broker_configuration=brokers if isinstance(brokers, Refused) else next(iter(brokers.values()), {}),
            # Brokers that have no authorizer may as well answer that there are no rules.
            access_rules=AccessRules(are_checked=False) if _has_no_authorizer(brokers) else rules,
            is_local=all(is_loopback(host_of(server)) for server in self._settings.bootstrap_servers.split(",")),
        )


def _in_thread(call: Callable[[], Answer]) -> Awaitable[Answer]:
    return asyncio.to_thread(call)


def _state(topic: TopicMetadata, configuration: Configuration) -> TopicState:
    partitions = list(topic.partitions.values())
    return TopicState(
        copies=min((len(one.replicas) for one in partitions), default=0),
        lacking=sum(len(one.isrs) < len(one.replicas) for one in partitions),
        leaderless=sum(one.leader < 0 for one in partitions),
        configuration=configuration,
    )


def _configurations(admin: AdminClient, resources: Sequence[ConfigResource]) -> dict[str, Configuration]:
    if not resources:
        return {}
    asked = admin.describe_configs(list(resources), request_timeout=ANSWER_WITHIN_S)
    return {resource.name: _readable(_answer(found)) for resource, found in asked.items()}


def _readable(entries: dict[str, Any]) -> Configuration:
    """Return what is told; sensitive values are not."""
    return {name: str(entry.value) for name, entry in entries.items() if entry.value is not None}


def _has_no_authorizer(brokers: dict[str, Configuration] | Refused) -> bool:
    known = {} if isinstance(brokers, Refused) else next(iter(brokers.values()), {})
    return known.get(AUTHORIZER) == ""


def _access_rules(admin: AdminClient) -> AccessRules:
    # The client's types say text for what may be left open.
    unset: Any = None
    everything = AclBindingFilter(
        ResourceType.ANY, unset, ResourcePatternType.ANY, unset, unset, AclOperation.ANY, AclPermissionType.ANY
    )
    try:
        found = admin.describe_acls(everything, request_timeout=ANSWER_WITHIN_S).result()
    except KafkaException as error:
        if error.args[0].code() == KafkaError.SECURITY_DISABLED:
            return AccessRules(are_checked=False)
        raise _refusal(error.args[0]) from None
    open_to_all = {
        f"{rule.restype.name.lower()} {rule.name}"
        for rule in found
        if rule.principal == EVERYBODY
        and rule.permission_type is AclPermissionType.ALLOW
        and rule.operation in CHANGING
    }
    return AccessRules(are_checked=True, for_everybody=tuple(sorted(open_to_all)))


def _answer(found: Any) -> Any:
    try:
        return found.result()
    except KafkaException as error:
        raise _refusal(error.args[0]) from None


def _refusal(error: KafkaError) -> Exception:
    """Return the error to raise; every refusal of rights is one that leaves other questions answered."""
    return read_error(error, "Kafka refuses to tell")
