"""The pipelines that a worker can run: the promoted one, changed over to while work goes on, and others on demand."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Protocol

import structlog
from cachetools import TTLCache

from infra.errors import ConfigurationError, Rejected, TransientError
from processors.recognition.batch import RunnablePipeline
from schemas.dead_letters import Reason
from schemas.records.pipelines import PipelineSpec
from schemas.results import VersionedName

POLL_S = 2.0
# A pipeline that could not be loaded, or is not known, is tried again only after this long.
RETRY_S = 30.0
UNKNOWN_REMEMBERED_S = 5.0
MOST_REMEMBERED = 1000

log = structlog.get_logger(__name__)

Load = Callable[[PipelineSpec], RunnablePipeline]
Promoted = tuple[VersionedName, RunnablePipeline]


class PipelineLookup(Protocol):
    """Where pipelines are kept."""

    async def find(self, pipeline_id: VersionedName) -> PipelineSpec | None: ...
    async def find_promoted(self) -> VersionedName: ...


class UnloadablePipeline(ConfigurationError):
    """A pipeline is unknown, or its models cannot be loaded; the message says which and why."""


class PipelineLoader:
    """Loads pipelines by name, one at a time, in a thread of its own: whoever runs another is not held up."""

    def __init__(self, store: PipelineLookup, load: Load) -> None:
        """``load`` blocks, and raises ``ConfigurationError`` where a model is missing, altered or does not fit."""
        self._store = store
        self._load = load
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="load-pipeline")

    async def load(self, name: VersionedName) -> RunnablePipeline:
        """Return the pipeline; raises ``UnloadablePipeline``, or ``TransientError`` while a store does not answer."""
        description = await self._store.find(name)
        if description is None:
            raise UnloadablePipeline(f"there is no pipeline {name}")
        started = time.perf_counter()
        try:
            pipeline = await asyncio.get_running_loop().run_in_executor(self._thread, self._load, description)
        except (ConfigurationError, OSError, ValueError, MemoryError) as error:
            raise UnloadablePipeline(f"pipeline {name}: {error}") from error
        log.info("pipeline_loaded", pipeline=name, seconds=round(time.perf_counter() - started, 3))
        return pipeline

    def close(self) -> None:
        """Stop the thread once its work is done."""
        self._thread.shutdown()


class Pipelines:
    """What a worker's batches are recognised by. Use from one event loop."""

    def __init__(self, store: PipelineLookup, loader: PipelineLoader, promoted: Promoted, most: int) -> None:
        """``most`` pipelines beside the promoted one are kept loaded."""
        self._store = store
        self._loader = loader
        self._name, self._promoted = promoted
        self._others = PipelinesOnDemand(loader, most)
        self._failed: tuple[VersionedName, float] | None = None
        self._answers = True

    @classmethod
    async def open(cls, store: PipelineLookup, loader: PipelineLoader, most: int) -> "Pipelines":
        """Load the promoted pipeline; raises ``UnloadablePipeline``, since there is no other to go on with."""
        name = await store.find_promoted()
        return cls(store, loader, (name, await loader.load(name)), most)

    @property
    def promoted(self) -> RunnablePipeline:
        """The pipeline that counts now; a batch that began with it ends with it."""
        return self._promoted

    @asynccontextmanager
    async def use(self, name: VersionedName | None) -> AsyncIterator[RunnablePipeline]:
        """Yield the promoted pipeline, or the one named; raises ``Rejected`` where that is unknown or cannot be run."""
        if name in (None, self._name):
            yield self._promoted
            return
        async with self._others.use(name) as other:
            yield other

    async def follow(self) -> None:
        """Change over whenever another pipeline was promoted, for ever."""
        while True:
            await asyncio.sleep(POLL_S)
            await self.look()

    async def look(self) -> None:
        """Load the promoted pipeline beside the running one, if it is another, and let the next batch begin with it.

        One that cannot be loaded is logged as an error and tried again after ``RETRY_S``; the running one goes on.
        """
        try:
            name = await self._store.find_promoted()
            if name != self._name and not self._failed_lately(name):
                await self._change_over(name)
        except TransientError as error:
            report = log.warning if self._answers else log.debug
            report("promoted_pipeline_not_read", reason=str(error), running=self._name)
            self._answers = False
        else:
            self._answers = True

    async def _change_over(self, name: VersionedName) -> None:
        try:
            pipeline = await self._loader.load(name)
        except UnloadablePipeline as error:
            self._failed = (name, time.monotonic())
            log.error("pipeline_not_loaded", pipeline=name, reason=str(error), running=self._name)
            return
        log.info("pipeline_changed", pipeline=name, before=self._name)
        self._name, self._promoted, self._failed = name, pipeline, None

    def _failed_lately(self, name: VersionedName) -> bool:
        return self._failed is not None and self._failed[0] == name and time.monotonic() - self._failed[1] < RETRY_S


class PipelinesOnDemand:
    """Pipelines that references name, at most ``most`` of them loaded; the longest unused one makes room.

    One in use is never put away: where all are in use, whoever wants another waits.
    """

    def __init__(self, loader: PipelineLoader, most: int) -> None:
        self._loader = loader
        self._most = most
        self._loaded: OrderedDict[VersionedName, RunnablePipeline] = OrderedDict()
        self._users: Counter[VersionedName] = Counter()
        self._refused: TTLCache[VersionedName, str] = TTLCache(MOST_REMEMBERED, UNKNOWN_REMEMBERED_S)
        self._released = asyncio.Event()
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def use(self, name: VersionedName) -> AsyncIterator[RunnablePipeline]:
        """Yield the pipeline, loaded if it must be; raises ``Rejected``."""
        if name not in self._loaded:
            async with self._loading:
                await self._ensure(name)
        self._users[name] += 1
        self._loaded.move_to_end(name)
        try:
            yield self._loaded[name]
        finally:
            self._users[name] -= 1
            self._released.set()

    async def _ensure(self, name: VersionedName) -> None:
        """Load ``name`` unless another did so meanwhile; no one awaits between this and its use."""
        if name in self._loaded:
            return
        self._refuse_again(name)
        await self._make_room()
        try:
            self._loaded[name] = await self._loader.load(name)
        except UnloadablePipeline as error:
            log.error("pipeline_not_loaded", pipeline=name, reason=str(error))
            raise self._refuse(name, error) from None

    async def _make_room(self) -> None:
        while len(self._loaded) >= self._most:
            idle = next((name for name in self._loaded if not self._users[name]), None)
            if idle is None:
                self._released.clear()
                await self._released.wait()
            else:
                del self._loaded[idle], self._users[idle]

    def _refuse(self, name: VersionedName, error: UnloadablePipeline) -> Rejected:
        # What went wrong is in the log: it tells of the platform's inside.
        why = "there is no such pipeline" if error.__cause__ is None else "its models cannot be loaded"
        self._refused[name] = why
        return Rejected(Reason.UNKNOWN_PIPELINE, f"pipeline: {name}: {why}")

    def _refuse_again(self, name: VersionedName) -> None:
        if (why := self._refused.get(name)) is not None:
            raise Rejected(Reason.UNKNOWN_PIPELINE, f"pipeline: {name}: {why}")
