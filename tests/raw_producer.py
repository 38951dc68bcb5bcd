"""Publishes batches as raw bytes: what no client library would send, and a broker may take all the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiokafka.errors
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.structs import TopicPartition

from infra.kafka.aiokafka_client import client_options
from infra.settings.servers import KafkaSettings

TIMEOUT_MS = 60_000
ALL_REPLICAS = -1


@dataclass(frozen=True)
class RawBatch:
    """One batch of ``messages``, and where it is to stand."""

    name: str
    topic: str
    data: bytes
    messages: int = 1
    partition: int = 0


async def publish_batches(settings: KafkaSettings, batches: Sequence[RawBatch]) -> dict[str, str]:
    """Publish one after another; returns by name what the broker refused, and why."""
    client = AIOKafkaClient(**client_options(settings), request_timeout_ms=TIMEOUT_MS)
    await client.bootstrap()
    try:
        await client.set_topics({batch.topic for batch in batches})
        answers = {batch.name: await _publish(client, batch) for batch in batches}
    finally:
        await client.close()
    return {name: answer for name, answer in answers.items() if answer is not None}


async def _publish(client: AIOKafkaClient, batch: RawBatch) -> str | None:
    leader = client.cluster.leader_for_partition(TopicPartition(batch.topic, batch.partition))
    request = ProduceRequest(None, ALL_REPLICAS, TIMEOUT_MS, [(batch.topic, [(batch.partition, batch.data)])])
    answer = await client.send(leader, request)
    [(_topic, [(_partition, code, *_)])] = answer.topics
    return aiokafka.errors.for_code(code).__name__ if code else None


def publish_raw(settings: KafkaSettings, batches: Sequence[RawBatch]) -> dict[str, str]:
    """Do what ``publish_batches`` does, for callers that wait."""
    return asyncio.run(publish_batches(settings, batches))
