"""FastStream: a batch subscriber that publishes a batch, acknowledged after it, as its documentation shows.

A handler that is no coroutine runs in a thread, so that the consumer goes on. It takes one batch at a time; for more
processors its documentation starts more processes (``--workers``), and so does the benchmark.
"""

import asyncio
import sys

from faststream import AckPolicy, FastStream
from faststream.confluent import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from infra.settings.servers import KafkaSettings
from processors.bench.peers.answering import PeerAnswer, Topics, open_answerer, topics_from_arguments
from schemas.images import ImageReference

BATCH_SIZE = 32


def create_app(topics: Topics) -> FastStream:
    """Return the app; nothing connects yet."""
    answerer = open_answerer()
    # A log line for each message would be a handicap.
    broker = KafkaBroker(topics.kafka.bootstrap_servers, security=_security(topics.kafka), logger=None)

    @broker.subscriber(
        topics.references,
        group_id=topics.group,
        auto_offset_reset="earliest",
        batch=True,
        max_records=BATCH_SIZE,
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    @broker.publisher(topics.answers, batch=True)
    def recognise(references: list[ImageReference]) -> list[PeerAnswer]:
        return answerer.answer(references)

    return FastStream(broker, logger=None)


def _security(kafka: KafkaSettings) -> BaseSecurity | None:
    """Return how to log in to the embedded Kafka; None where the broker that the settings name asks for no log-in."""
    if kafka.sasl_username is None or kafka.sasl_password is None:
        return None
    return SASLScram512(username=kafka.sasl_username, password=kafka.sasl_password.get_secret_value(), use_ssl=False)


if __name__ == "__main__":
    asyncio.run(create_app(topics_from_arguments(sys.argv[1:])).run())
