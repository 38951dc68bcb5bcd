"""``vedette worker activity``: everything on topic ``activity`` into Elasticsearch, and jobs to their end."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.activity_documents import activity_document, unread_document
from infra.elasticsearch.result_documents import Document
from infra.kafka.polling import MessageStream
from infra.operations.jobs.opening import carry_out_jobs
from infra.retries import retry_transient
from infra.settings.settings import Settings
from processors.streams.delivery import Message, consume_batches
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker
from processors.workers.store import sink_batching
from schemas.topics import ACTIVITY

TIDY_EVERY_S = 3600.0


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that makes what happens searchable, drops what is too old, and carries out jobs."""
    app = create_worker("activity", settings)

    async def index(stream: MessageStream) -> None:
        events = ActivityIndex.connect(settings)
        try:
            await consume_batches(stream, sink_batching(settings), read, events.save)
        finally:
            await events.close()

    async def tidy() -> None:
        events = ActivityIndex.connect(settings)
        try:
            while True:
                await retry_transient(lambda: events.drop_outdated(datetime.now(UTC)), doing="drop outdated activity")
                await asyncio.sleep(TIDY_EVERY_S)
        finally:
            await events.close()

    async def carry_out() -> None:
        await carry_out_jobs(settings)

    app.consume([ACTIVITY], index)
    app.run_beside(tidy)
    # Here no image waits for what jobs do: listing buckets, looking for outcomes, writing files.
    app.run_beside(carry_out)
    return app


async def read(messages: Sequence[Message]) -> Sequence[Document]:
    """Return the document of every message."""
    return [_document(message) for message in messages]


def _document(message: Message) -> Document:
    if (unread := message.unread) is not None:
        return unread_document(message.origin, unread.last_offset, unread.detail)
    return activity_document(message.origin, message.headers, message.value)
