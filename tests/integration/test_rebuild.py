"""A rebuilt index on real servers: readers see no gap, and nothing that was written meanwhile is missing."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from rich.progress import Progress

from infra.cassandra.images.results import ResultStore
from infra.elasticsearch.results import ResultIndex
from infra.elasticsearch.session import ElasticsearchSession
from infra.elasticsearch.switch import IndexSwitch
from infra.embedded.platform import Platform
from infra.kafka.event_bus import EventPublisher, Record
from infra.settings.settings import Settings
from processors.rebuild.service import BATCH, rebuild_index
from schemas.dead_letters import Resolution
from schemas.queries import ImageStatus, ResultQuery
from schemas.results import RecognitionResult
from schemas.topics import RECOGNITION_RESULTS
from tests.samples import deletion, origin, rejection, resolved, result
from tests.stacks import RunningStack

IMAGES = 3000


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    """The running servers, with an index of its own."""
    elasticsearch = stack.settings.elasticsearch.model_copy(update={"index": f"rebuilt-{uuid4().hex[:8]}"})
    settings = stack.settings.model_copy(update={"elasticsearch": elasticsearch})
    Platform(settings, {"VEDETTE_ELASTICSEARCH__INDEX": elasticsearch.index}).migrate()
    return settings


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[ResultStore]:
    store = await ResultStore.connect(settings.cassandra)
    yield store
    await store.close()


@pytest.fixture
async def index(settings: Settings) -> AsyncIterator[ResultIndex]:
    index = ResultIndex.connect(settings.elasticsearch)
    yield index
    await index.close()


@pytest.fixture
async def session(settings: Settings) -> AsyncIterator[ElasticsearchSession]:
    session = ElasticsearchSession.open(settings.elasticsearch)
    yield session
    await session.close()


class Traffic:
    """Writes as the index worker does, of answers that Cassandra has not got yet, and reads without a pause."""

    def __init__(self, settings: Settings, index: ResultIndex, owner: str) -> None:
        self._bus = EventPublisher(settings.kafka)
        self._index = index
        self._owner = owner
        self.written: list[str] = []
        self.counts: list[int] = []

    async def run(self, rebuilding: "asyncio.Task[object]") -> None:
        await asyncio.gather(self._write(rebuilding), self._read(rebuilding))
        self._bus.close()

    async def _write(self, rebuilding: "asyncio.Task[object]") -> None:
        while not rebuilding.done():
            answer = result(self._owner, f"live-{len(self.written)}")
            await self._bus.publish([Record(RECOGNITION_RESULTS, answer.model_dump_json(exclude_none=True).encode())])
            await self._index.save_results([answer])
            self.written.append(answer.image_id)

    async def _read(self, rebuilding: "asyncio.Task[object]") -> None:
        while not rebuilding.done():
            self.counts.append(await self._index.count(self._owner))
            await self._index.search(ResultQuery(owners=frozenset({self._owner}), limit=5))


async def test_an_index_is_rebuilt_while_it_is_read_and_written(
    settings: Settings, store: ResultStore, index: ResultIndex, session: ElasticsearchSession
) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    kept = [result(owner, f"kept-{number}") for number in range(IMAGES)]
    await save(store, index, kept)
    gone, bad, discarded = result(owner, "gone"), rejection(owner, "bad"), rejection(owner, "discarded")
    for sink in (store, index):
        await sink.save_results([gone])
        await sink.save_deletions([deletion(owner, "gone", of=origin(60))])
        await sink.save_rejections([bad, discarded])
        await sink.save_resolutions([resolved(discarded, Resolution.DISCARDED)])
    await index.refresh()

    traffic = Traffic(settings, index, owner)
    began = time.monotonic()
    rebuilding = asyncio.create_task(rebuild_index(settings, Progress(disable=True)))
    await traffic.run(rebuilding)
    took_s, done = time.monotonic() - began, await rebuilding
    await index.refresh()

    print(  # noqa: T201 - a measurement
        f"{done.from_cassandra} from Cassandra and {done.from_topics} from topics in {took_s:.1f} s, "
        f"{len(traffic.written)} written and {len(traffic.counts)} queries meanwhile"
    )
    assert min(traffic.counts) >= IMAGES + 1
    assert traffic.written
    assert await index.count(owner) == IMAGES + 1 + len(traffic.written)
    assert await status_of(session, settings, gone.image_key) == ImageStatus.DELETED
    assert await status_of(session, settings, discarded.key) == "discarded"
    # These were stored without what is more general, which their labels tell.
    cats = ResultQuery(owners=frozenset({owner}), label="cat", category="Animals and Pets", limit=1)
    assert [found.image_id for found in (await index.search(cats)).items]
    # What comes late does not bring a deleted image back.
    await index.save_results([gone])
    assert await status_of(session, settings, gone.image_key) == ImageStatus.DELETED
    alias = settings.elasticsearch.index
    assert set(await session.request("GET", f"/{alias}*/_alias")) == {done.index} == {f"{alias}-000002"}
    assert await session.request("GET", f"/{done.index}/_alias") == {
        done.index: {"aliases": {alias: {"is_write_index": True}}}
    }


@pytest.mark.parametrize("switched", [False, True])
async def test_what_a_killed_rebuild_left_is_removed_by_the_next(
    settings: Settings, store: ResultStore, index: ResultIndex, session: ElasticsearchSession, switched: bool
) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    await save(store, index, [result(owner)])
    killed = IndexSwitch(session, settings.elasticsearch)
    half_built = await killed.start()
    if switched:
        await killed.switch(half_built)
    done = await rebuild_index(settings, Progress(disable=True))
    await index.refresh()
    assert await index.count(owner) == 1
    assert set(await session.request("GET", f"/{settings.elasticsearch.index}*/_alias")) == {done.index}


async def test_the_promoted_pipelines_answer_is_shown_and_the_old_index_kept_where_that_is_asked(
    settings: Settings, store: ResultStore, index: ResultIndex, session: ElasticsearchSession
) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    promoted = result(owner, "both")
    replayed = result(owner, "both", pipeline="trial@1", of=origin(60), promoted=False)
    alone = result(owner, "alone", pipeline="trial@1", promoted=False)
    await save(store, index, [promoted, replayed, alone])
    done = await rebuild_index(settings, Progress(disable=True), keep_old=True)
    await index.refresh()
    found = await index.search(ResultQuery(owners=frozenset({owner})))
    assert {one.image_id: one.pipeline for one in found.items} == {"both": "standard@1", "alone": "trial@1"}
    names = set(await session.request("GET", f"/{settings.elasticsearch.index}*/_alias"))
    assert names == {done.index, *done.replaced}


async def save(store: ResultStore, index: ResultIndex, results: list[RecognitionResult]) -> None:
    for start in range(0, len(results), BATCH):
        await store.save_results(results[start : start + BATCH])
        await index.save_results(results[start : start + BATCH])


async def status_of(session: ElasticsearchSession, settings: Settings, key: str) -> str:
    found = await session.request("GET", f"/{settings.elasticsearch.index}/_doc/{key}")
    return str(found["_source"]["status"])
