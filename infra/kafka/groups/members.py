"""Who is in a consumer group now, and which partitions each member was given.

librdkafka's admin client could tell too, and takes the whole process down with it where the coordinator's connection
breaks, or is not there yet, while it asks: https://github.com/confluentinc/librdkafka/issues/4605.
"""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, for_code

from infra.errors import ConfigurationError, OutsideSystem, TransientError
from infra.kafka.aiokafka_client import client_options
from infra.settings.servers import KafkaSettings

TIMEOUT_S = 5.0
MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One member of a consumer group, by its client's id."""

    client_id: str
    partitions: tuple[tuple[str, int], ...]


def group_members(
    settings: KafkaSettings, groups: Sequence[str], timeout_s: float = TIMEOUT_S
) -> dict[str, tuple[GroupMember, ...]]:
    """Return the members of each group, none where Kafka does not know of the group; blocks.

    A member that waits for its group to share out the partitions has none. ``timeout_s`` is for one answer of a broker,
    of which it takes about four. Raises ``TransientError`` where the brokers
    do not answer, or not yet, and ``ConfigurationError`` where they refuse.
    """
    return asyncio.run_coroutine_threadsafe(_ask(settings, groups, timeout_s), _event_loop()).result()


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of a thread of its own, which outlives every call: TLS connections are closed after it."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="group-members", daemon=True).start()
    return loop


async def _ask(settings: KafkaSettings, groups: Sequence[str], timeout_s: float) -> dict[str, tuple[GroupMember, ...]]:
    client = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=round(timeout_s * MS_PER_S))
    try:
        # Each step has the client's own time-out: cancelled amid one, it would leave its connection open.
        await client.start()
        # One by one: of an answer about several the client misreads all but the first.
        answers = [answer for group in groups for answer in await client.describe_consumer_groups([group])]
    except GroupAuthorizationFailedError:
        raise _refused(groups) from None
    except (KafkaError, OSError, TimeoutError) as error:
        raise TransientError(f"Kafka does not answer: {error!r}", part=OutsideSystem.KAFKA) from None
    finally:
        await client.close()
    return {group["group"]: _members(group) for answer in answers for group in answer.to_object()["groups"]}


def _members(group: dict[str, Any]) -> tuple[GroupMember, ...]:
    error = for_code(group["error_code"])
    if error is GroupAuthorizationFailedError:
        raise _refused([group["group"]])
    if group["error_code"]:
        raise TransientError(f"Kafka does not tell of {group['group']}: {error.__name__}", part=OutsideSystem.KAFKA)
    return tuple(
        GroupMember(member["client_id"], _partitions(member["member_assignment"])) for member in group["members"]
    )


def _partitions(assignment: bytes) -> tuple[tuple[str, int], ...]:
    if not assignment:
        return ()
    given = ConsumerProtocolMemberAssignment.decode(assignment).partitions()
    return tuple((one.topic, one.partition) for one in given)


def _refused(groups: Sequence[str]) -> ConfigurationError:
    return ConfigurationError(f"Kafka refuses to describe {', '.join(groups)}: check the account's ACLs")
