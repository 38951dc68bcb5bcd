"""Prints, in base64, what Confluent's own JSON Schema serializer makes of a reference.

Run as a program in an environment that has ``confluent-kafka[json,schemaregistry]``: the schema's file as argument, the
reference as JSON on standard input. The registry is the one that the client brings along for tests (``mock://``).
"""

import base64
import json
import sys
from pathlib import Path

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext


def main(schema_file: str) -> None:
    registry = SchemaRegistryClient.new_client({"url": "mock://registry"})
    serializer = JSONSerializer(Path(schema_file).read_text(), registry)
    context = SerializationContext("image-references", MessageField.VALUE)
    print(base64.b64encode(serializer(json.load(sys.stdin), context)).decode())  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
