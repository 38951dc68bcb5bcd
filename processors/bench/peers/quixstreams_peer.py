"""Quix Streams: a dataframe of JSON messages with one function applied to each, as its documentation shows.

Its checkpoint waits for the brokers' confirmation of every answer before it commits. An application is one thread; for
more processors its documentation starts more of them in one consumer group, and so does the benchmark.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from quixstreams import Application
from quixstreams.kafka import ConnectionConfig

from infra.kafka.event_bus import client_configuration
from processors.bench.peers.answering import Topics, open_answerer, topics_from_arguments
from schemas.images import ImageReference


def create_app(topics: Topics, state: Path) -> Application:
    """Return the application, its dataframe registered; it consumes once it is run.

    It makes a folder for its state although it keeps none: each process needs one of its own, or the second to start
    fails.
    """
    answerer = open_answerer()
    app = Application(
        broker_address=ConnectionConfig.from_librdkafka_dict(client_configuration(topics.kafka)),
        consumer_group=topics.group,
        auto_offset_reset="earliest",
        processing_guarantee="at-least-once",
        state_dir=state,
    )

    def recognise(reference: dict[str, Any]) -> dict[str, Any]:
        [answer] = answerer.answer([ImageReference.model_validate(reference)])
        return answer.model_dump(mode="json", exclude_none=True)

    frame = app.dataframe(app.topic(topics.references, value_deserializer="json"))
    frame = frame.apply(recognise)
    frame.to_topic(app.topic(topics.answers, value_serializer="json"))
    return app


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="vedette-peer-") as folder:
        create_app(topics_from_arguments(sys.argv[1:]), Path(folder)).run()
