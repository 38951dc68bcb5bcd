"""``vedette worker store``: references, results and dead letters into Cassandra."""

import asyncio
import platform
from collections.abc import Sequence

from infra.cassandra.images.results import ResultStore
from infra.kafka.polling import MessageStream
from infra.retries import retry_transient
from infra.settings.settings import Settings
from processors.recognition.changes import ChangeReader, Changes
from processors.recognition.intake import Intake
from processors.streams.delivery import Batching, Message, consume_batches
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS, REFERENCE_TOPICS


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that keeps every image's status and result."""
    app = create_worker("store", settings)

    async def store(stream: MessageStream) -> None:
        reader = ChangeReader(Intake(settings.kafka.topic_owners), platform.node())
        results = await retry_transient(lambda: ResultStore.connect(settings.cassandra), doing="connect to Cassandra")

        async def read(messages: Sequence[Message]) -> Changes:
            return reader.read(messages)

        async def save(changes: Changes) -> None:
            """Order does not matter: every write carries its own version."""
            await asyncio.gather(
                results.save_accepted([(item.reference, item.message.origin) for item in changes.accepted]),
                results.save_results(changes.results),
                results.save_rejections(changes.rejections),
                results.save_resolutions(changes.resolutions),
                results.save_deletions(changes.deletions),
            )

        try:
            await consume_batches(stream, sink_batching(settings), read, save, app.sequences.number)
        finally:
            await results.close()

    app.consume([*REFERENCE_TOPICS, RECOGNITION_RESULTS, DEAD_LETTERS], store)
    return app


def sink_batching(settings: Settings) -> Batching:
    """Few, large batches under load; a lone message at once."""
    return Batching(
        settings.worker.sink_batch_size, settings.worker.batch_wait_s, in_flight=2, pause_s=settings.worker.sink_pause_s
    )
