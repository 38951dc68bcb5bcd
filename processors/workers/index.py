"""``vedette worker index``: results and dead letters into Elasticsearch."""

import platform
from collections.abc import Sequence

from infra.elasticsearch.results import ResultIndex
from infra.kafka.polling import MessageStream
from infra.settings.settings import Settings
from processors.models.stored_trees import StoredTrees
from processors.recognition.changes import ChangeReader, Changes
from processors.recognition.intake import Intake
from processors.streams.delivery import Message, consume_batches
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker
from processors.workers.store import sink_batching
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that makes every image searchable."""
    app = create_worker("index", settings)

    async def index(stream: MessageStream) -> None:
        reader = ChangeReader(Intake(settings.kafka.topic_owners), platform.node())
        results = ResultIndex.connect(settings.elasticsearch)
        trees = StoredTrees(settings.models.min_tree_confidence)

        async def read(messages: Sequence[Message]) -> Changes:
            return reader.read(messages)

        async def save(changes: Changes) -> None:
            await results.save_results([trees.complete(result) for result in changes.results])
            await results.save_rejections(changes.rejections)
            await results.save_resolutions(changes.resolutions)
            await results.save_deletions(changes.deletions)

        try:
            await consume_batches(stream, sink_batching(settings), read, save)
        finally:
            await results.close()

    app.consume([RECOGNITION_RESULTS, DEAD_LETTERS], index)
    return app
