"""A worker is killed in the middle of its work, started again, and nothing is missing or there twice."""

import asyncio
import time
from collections import Counter

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.settings.settings import Settings
from schemas.queries import ImageStatus, ResultQuery
from tests.platforms import RunningPlatform, create_workspace

REFERENCES = 1000


async def test_killing_a_recognise_worker_loses_and_doubles_nothing(platform: RunningPlatform) -> None:
    await create_workspace(platform.settings, "kill", f"{platform.pictures.as_uri()}/")
    pictures = len(list(platform.pictures.glob("*.jpg")))
    repeat = -(-REFERENCES // pictures)
    published = repeat * pictures
    await asyncio.to_thread(
        platform.platform.run,
        "publish",
        str(platform.pictures),
        "--no-recursive",
        "--owner",
        "kill",
        "--repeat",
        f"{repeat}",
    )
    store = await ResultStore.connect(platform.settings.cassandra)
    try:
        await until_recognised(store, published // 5)
        platform.platform.kill("recognise")
        before = await statuses(store)
        assert before[ImageStatus.RECOGNISED] < published, "the kill came too late to be in the middle"
        await asyncio.to_thread(platform.restart, "recognise")
        await until_recognised(store, published)
        assert await statuses(store) == Counter({ImageStatus.RECOGNISED: published})
    finally:
        await store.close()
    names = await indexed(platform.settings, published)
    assert len(names) == len(set(names)) == published


async def until_recognised(store: ResultStore, count: int) -> None:
    deadline = time.monotonic() + 120
    while (await statuses(store))[ImageStatus.RECOGNISED] < count:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)


async def statuses(store: ResultStore) -> Counter[ImageStatus]:
    """Count the workspace's images by status, each image once."""
    found: dict[str, ImageStatus] = {}
    cursor = None
    while True:
        page = await store.list_images("kill", 200, cursor)
        found.update({record.image_key: record.status for record in page.items})
        cursor = page.next_cursor
        if cursor is None:
            return Counter(found.values())


async def indexed(settings: Settings, expected: int) -> list[str]:
    """Return the names of all documents of the workspace, once there are as many as expected."""
    index = ResultIndex.connect(settings.elasticsearch)
    try:
        for _ in range(60):
            await index.refresh()
            if await index.count("kill") >= expected:
                break
            await asyncio.sleep(0.5)
        names: list[str] = []
        cursor = None
        while True:
            page = await index.search(ResultQuery(owners=frozenset({"kill"}), limit=200, cursor=cursor))
            names += [hit.image_id for hit in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return names
    finally:
        await index.close()
