"""Publishes one message with Java's own client, in a JVM inside Python, so that no javac is needed.

Run as a program: ``java_producer.py LIBJVM CLASS_PATH``, with the request as JSON on standard input; prints the
partition and offset as JSON.
"""

import base64
import json
import sys
from typing import Any

import jpype  # type: ignore[import-untyped]  # ships no type information

BYTES = "org.apache.kafka.common.serialization.ByteArraySerializer"


def main(jvm_library: str, class_path: str) -> None:
    request = json.load(sys.stdin)
    jpype.startJVM(
        "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", jvmpath=jvm_library, classpath=class_path.split(":")
    )
    print(json.dumps(publish(request)))  # noqa: T201 - the answer of this program


def publish(request: dict[str, Any]) -> dict[str, int]:
    """Send one record through a producer that has the file ``client.properties`` alone, and wait for the broker."""
    settings = jpype.JClass("java.util.Properties")()
    reader = jpype.JClass("java.io.FileReader")(request["client"])
    settings.load(reader)
    reader.close()
    settings.put("key.serializer", BYTES)
    settings.put("value.serializer", BYTES)
    producer = jpype.JClass("org.apache.kafka.clients.producer.KafkaProducer")(settings)
    record_class = jpype.JClass("org.apache.kafka.clients.producer.ProducerRecord")
    try:
        record = record_class(request["topic"], _bytes(request["key"]), _bytes(request["value"]))
        appended = producer.send(record).get()
        return {"partition": int(appended.partition()), "offset": int(appended.offset())}
    finally:
        producer.close()


def _bytes(encoded: str | None) -> Any:
    if encoded is None:
        return None
    return jpype.JArray(jpype.JByte)(base64.b64decode(encoded))


if __name__ == "__main__":
    main(*sys.argv[1:])
