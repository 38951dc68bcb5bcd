"""Publish one message whose header has a name that is not UTF-8: ``odd_header_producer.py TOPIC VALUE``.

The broker is the one that the settings name.

Clients in C and Go write such names; of the Python ones only aiokafka can be brought to, without its extension.
"""

import asyncio
import os
import sys

os.environ["AIOKAFKA_NO_EXTENSIONS"] = "1"

from aiokafka import AIOKafkaProducer

from infra.settings.settings import Settings


class NoText(str):
    __slots__ = ()

    def encode(self, *_arguments: object) -> bytes:
        return b"\xff\xfe\x80"


async def main() -> None:
    topic, value = sys.argv[1:]
    kafka = Settings().kafka
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism,
        sasl_plain_username=kafka.sasl_username,
        sasl_plain_password=kafka.sasl_password and kafka.sasl_password.get_secret_value(),
    ) as producer:
        await producer.send_and_wait(topic, value.encode(), headers=[(NoText("name"), b"1")])


asyncio.run(main())
