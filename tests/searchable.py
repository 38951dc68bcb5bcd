"""What Elasticsearch holds once everything that was published has had its chance to be there."""

import asyncio
from collections.abc import Iterator

import httpx

from infra.kafka.groups.lag import GroupLags
from infra.settings.servers import KafkaSettings
from tests.platforms import RunningPlatform, eventually

SINKS = frozenset({"vedette-index", "vedette-activity"})


def everything_searchable(platform: RunningPlatform) -> str:
    """Return every document of every index as it was written, once nothing waits for the sinks any more.

    As written, since no query finds a part of a keyword.
    """
    eventually(lambda: not asyncio.run(waiting(platform.settings.kafka)))
    return "\n".join(documents(platform.settings.elasticsearch.urls[0]))


async def waiting(settings: KafkaSettings) -> int:
    """Return how many messages the sinks have not acknowledged yet."""
    return sum(lag.waiting for lag in await GroupLags(settings).look() if lag.group in SINKS)


def documents(url: str) -> Iterator[str]:
    httpx.post(f"{url}/_refresh").raise_for_status()
    page = httpx.post(f"{url}/_search", params={"scroll": "1m"}, json={"size": 1000, "sort": ["_doc"]}, timeout=60)
    while hits := page.raise_for_status().json()["hits"]["hits"]:
        yield from map(str, hits)
        wish = {"scroll": "1m", "scroll_id": page.json()["_scroll_id"]}
        page = httpx.post(f"{url}/_search/scroll", json=wish, timeout=60)
