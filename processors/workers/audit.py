"""``vedette worker audit``: audit events into the chains of the audit trail in Cassandra."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

import structlog

from infra.cassandra.session import CassandraSession
from infra.kafka.polling import MessageStream
from infra.kafka.topic_messages import TopicMessage
from infra.operations.audit.chain import PublishedAct
from infra.operations.audit.keys import open_keys
from infra.operations.audit.store import AuditStore
from infra.operations.audit.topic import ask_topic_id, read_published
from infra.operations.audit.writer import ChainWriter
from infra.retries import retry_transient
from infra.settings.settings import Settings
from processors.streams.delivery import Message, consume_batches
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker
from processors.workers.store import sink_batching
from schemas.topics import ACTIVITY

log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that keeps the audit trail."""
    app = create_worker("audit", settings)
    keys = open_keys(settings, make=True)

    async def topic_id() -> str:
        return await asyncio.to_thread(ask_topic_id, settings.kafka, ACTIVITY)

    async def audit(stream: MessageStream) -> None:
        async with AsyncExitStack() as opened:
            known_id = await retry_transient(topic_id, doing="ask Kafka for the topic's id")
            session = await retry_transient(
                lambda: CassandraSession.connect(settings.cassandra), doing="connect to Cassandra"
            )
            opened.push_async_callback(session.close)
            writer = ChainWriter(AuditStore(session), keys, known_id, topic_id)
            log.info("audit_trail_open", topic_id=known_id, key_id=keys.newest.id)
            await consume_batches(stream, sink_batching(settings), read, writer.save)

    app.consume([ACTIVITY], audit)
    return app


async def read(messages: Sequence[Message]) -> Mapping[int, Sequence[PublishedAct]]:
    """Return what each partition adds to its chain."""
    published: defaultdict[int, list[PublishedAct]] = defaultdict(list)
    for message in messages:
        origin = message.origin
        one = read_published(TopicMessage(origin, message.key, message.value, message.headers, message.unread))
        if one is None:
            continue
        if one.problem is not None:
            log.error("audit_message_rejected", message=origin.name, problem=one.problem)
        published[origin.partition].append(one)
    return published
