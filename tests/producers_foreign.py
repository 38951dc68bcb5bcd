"""Producers that are not ours: each publishes one message with its own client, as its users would.

``client`` is the embedded stack's file ``client.properties``, ``key`` and ``value`` are bytes; each function returns
once the broker has the message, with the place it got.
"""

import base64
import json
import os
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from infra.embedded.servers.jars import JarCache
from infra.embedded.servers.java import find_java
from infra.settings.settings import Settings

PROGRAMS = Path(__file__).parent / "foreign"
TIMEOUT_S = 240
MAGIC_BYTE = 0


@dataclass(frozen=True)
class Place:
    """Where a message stands in its topic."""

    partition: int
    offset: int


def publish_with_java(client: Path, topic: str, key: bytes | None, value: bytes) -> Place:
    """Publish with ``org.apache.kafka:kafka-clients`` and its default partitioner."""
    settings = Settings()
    java = find_java(settings.java_home, settings.cache)
    jars = JarCache(settings.cache / "jars").fetch("kafka")
    program = [sys.executable, str(PROGRAMS / "java_producer.py"), str(java.jvm_library), ":".join(map(str, jars))]
    return _run(program, client, topic, key, value)


def publish_with_kafkajs(node_modules: Path, client: Path, topic: str, key: bytes | None, value: bytes) -> Place:
    """Publish with kafkajs, installed in ``node_modules``, and its default partitioner."""
    program = ["node", str(PROGRAMS / "kafkajs_producer.js")]
    return _run(program, client, topic, key, value, {"NODE_PATH": str(node_modules)})


def publish_with_confluent(client: Path, topic: str, key: bytes | None, value: bytes) -> Place:
    """Publish with a bare librdkafka producer that has nothing but what ``client`` tells."""
    delivered: list[Message] = []

    def keep(error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        delivered.append(message)

    producer = Producer(librdkafka_configuration(client))
    producer.produce(topic, value, key, on_delivery=keep)
    assert producer.flush(TIMEOUT_S) == 0
    return Place(delivered[0].partition(), delivered[0].offset())


def librdkafka_configuration(client: Path) -> dict[str, Any]:
    """Return what the file holds, but for the line that is Java's alone: as docs/how-to/publish-from-python.md does."""
    lines = [line.split("=", 1) for line in client.read_text().splitlines() if not line.startswith("#")]
    return {name: value for name, value in lines if name != "sasl.jaas.config"}


def framed(value: bytes, schema_id: int = 7) -> bytes:
    """Return ``value`` as Confluent's JSON Schema serializers frame it."""
    return struct.pack(">bI", MAGIC_BYTE, schema_id) + value


def _run(
    program: Sequence[str],
    client: Path,
    topic: str,
    key: bytes | None,
    value: bytes,
    environment: Mapping[str, str] | None = None,
) -> Place:
    request = {"client": str(client), "topic": topic, "key": _text(key), "value": _text(value)}
    done = subprocess.run(
        program,
        input=json.dumps(request),
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Place(**json.loads(done.stdout.splitlines()[-1]))


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
