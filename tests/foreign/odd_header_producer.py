"""Publish one message whose header has a name that is not UTF-8: ``odd_header_producer.py SERVERS TOPIC VALUE``.

Clients in C and Go write such names; of the Python ones only aiokafka can be brought to, without its extension.
"""

import asyncio
import os
import sys

os.environ["AIOKAFKA_NO_EXTENSIONS"] = "1"

from aiokafka import AIOKafkaProducer


class NoText(str):
    __slots__ = ()

    def encode(self, *_arguments: object) -> bytes:
        return b"\xff\xfe\x80"


async def main() -> None:
    servers, topic, value = sys.argv[1:]
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        await producer.send_and_wait(topic, value.encode(), headers=[(NoText("name"), b"1")])


asyncio.run(main())
