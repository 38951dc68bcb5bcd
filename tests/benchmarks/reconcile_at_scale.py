"""Measure ``vedette reconcile``: time and memory for a million references, three of which are lost.

Run as a module. Kafka, Cassandra and Elasticsearch are real; what the workers would have written is written directly,
as small as it may be.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from rich.console import Console

from infra.cassandra.session import CassandraSession, Write
from infra.elasticsearch.result_documents import outcome_version
from infra.elasticsearch.session import ElasticsearchSession
from infra.embedded.platform import Platform
from infra.kafka.event_bus import client_configuration, producer_configuration
from infra.kafka.topic_log import TopicLog
from infra.settings.settings import Settings
from schemas.images import ImageIdentity, Origin
from schemas.records.reconciliation import CASSANDRA, ELASTICSEARCH, TOPICS, Reconciliation
from schemas.topics import DEAD_LETTERS, IMAGE_REFERENCES, RECOGNITION_RESULTS, REFERENCE_TOPICS
from tests.reconciliations import reconciled
from tests.stacks import running_stack

OWNER = "scale"
PIPELINE = "standard@1"
CHUNK = 5000
IMAGE = "INSERT INTO {keyspace}.images (image_key, recognised) VALUES (?, '{}') USING TIMESTAMP ?"
RESULT = (
    f"INSERT INTO {{keyspace}}.results (image_key, pipeline, result) VALUES (?, '{PIPELINE}', 0x00) USING TIMESTAMP ?"  # noqa: S608 - a name of our own
)
# As long as a result with labels and an embedding of 256 numbers.
ANSWER = "x" * 1200


@dataclass(frozen=True)
class Answered:
    """One reference and where it stands."""

    image_id: str
    origin: Origin

    @property
    def image_key(self) -> str:
        return ImageIdentity(owner=OWNER, image_id=self.image_id).image_key

    @property
    def event(self) -> bytes:
        names = {"event": "recognised", "owner": OWNER, "image_id": self.image_id, "image_key": self.image_key}
        answer = {"pipeline": PIPELINE, "origin": self.origin.model_dump(), "features": ANSWER}
        return orjson.dumps(names | answer)

    @property
    def document(self) -> bytes:
        version = outcome_version(self.origin.version)
        action = {"index": {"_id": self.image_key, "version": version, "version_type": "external_gte"}}
        source = {"owner": OWNER, "image_id": self.image_id, "image_key": self.image_key, "status": "recognised"}
        return b"%b\n%b\n" % (orjson.dumps(action), orjson.dumps(source))

    @property
    def rows(self) -> list[Write]:
        values = (self.image_key, self.origin.version)
        return [Write(IMAGE, values), Write(RESULT, values)]


def main() -> int:
    """Measure once; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=int, default=1_000_000)
    count = parser.parse_args().references
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="vedette-scale-") as home, running_stack(Path(home)) as stack:
        Platform(stack.settings).migrate()
        began_at = time.monotonic()
        asyncio.run(fill(stack.settings, count))
        console.print(f"{count:,} references and their outcomes written in {time.monotonic() - began_at:.0f} s")
        began_at, before_kib = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        found = reconciled(stack.settings)
        seconds, peak_kib = time.monotonic() - began_at, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    console.print(found.model_dump_json(indent=2))
    if peak_kib == before_kib:
        console.print("another child was larger: the figure of memory is an upper bound")
    console.print(f"{count:,} references reconciled in {seconds:.1f} s with {peak_kib / 1024:.0f} MiB at most")
    return 0 if is_right(found, count) else 1


def is_right(found: Reconciliation, count: int) -> bool:
    missing = sorted(finding.missing_from for finding in found.lost_references)
    counts = (found.accepted, found.recognised, found.doubled, found.redelivered)
    return counts == (count, count - 3, 0, 0) and missing == [(CASSANDRA,), (ELASTICSEARCH,), (TOPICS,)]


async def fill(settings: Settings, count: int) -> None:
    """Write everything but one result, one row and one document, and acknowledge all of it."""
    cassandra = await CassandraSession.connect(settings.cassandra)
    elasticsearch = ElasticsearchSession.open(settings.elasticsearch)
    producer = Producer(producer_configuration(settings.kafka, delivery_timeout_s=300, linger_ms=20))
    no_result, no_row, no_document = (f"image-{count * part // 4:08}" for part in (1, 2, 3))
    for answered in publish_references(producer, count):
        for one in answered:
            if one.image_id != no_result:
                producer.produce(RECOGNITION_RESULTS, one.event, one.image_key.encode())
        stored = [one for one in answered if one.image_id not in (no_result, no_row)]
        await cassandra.write([[write] for one in stored for write in one.rows])
        indexed = b"".join(one.document for one in answered if one.image_id not in (no_result, no_document))
        response = await elasticsearch.request("POST", f"/{settings.elasticsearch.index}/_bulk", indexed)
        assert not response["errors"]
        producer.flush()
    await cassandra.close()
    await elasticsearch.close()
    acknowledge_all(settings)


def publish_references(producer: Producer, count: int) -> Iterator[Sequence[Answered]]:
    """Publish references and yield them, some thousands at a time, with where the broker put each."""
    for start in range(0, count, CHUNK):
        answered: list[Answered] = []

        def confirm(error: KafkaError | None, message: Message, answered: list[Answered] = answered) -> None:
            assert error is None
            answered.append(Answered(str(orjson.loads(message.value or b"")["image_id"]), message.origin))

        for number in range(start, min(count, start + CHUNK)):
            image_id = f"image-{number:08}"
            value = orjson.dumps({"owner": OWNER, "uri": f"s3://pictures/{image_id}.jpg", "image_id": image_id})
            producer.produce(IMAGE_REFERENCES, value, on_delivery=confirm)
            producer.poll(0)
        producer.flush()
        yield answered


def acknowledge_all(settings: Settings) -> None:
    """Commit every topic to its end for every group, as workers that have done everything do."""
    log = TopicLog(settings.kafka)
    spans = log.spans([*REFERENCE_TOPICS, RECOGNITION_RESULTS, DEAD_LETTERS])
    log.close()
    ends = [TopicPartition(topic, number, span.end) for (topic, number), span in spans.items()]
    admin = AdminClient(client_configuration(settings.kafka))
    for name in ("recognise", "store", "index"):
        committed = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(f"vedette-{name}", ends)])
        for done in committed.values():
            done.result(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
