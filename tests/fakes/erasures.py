"""Erasures, leases and workers in memory."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from infra.cassandra.erasures.leases import LeaseLost
from infra.kafka.event_bus import Record
from infra.slices import in_slices
from schemas.access.keeping import RetentionRun
from schemas.images import Origin
from schemas.messages.commit_notes import Place
from schemas.records.erasures import Erasure, ErasureSearch, MeantImage, StillHeld
from schemas.results import ImageDeleted, parse_result_event
from schemas.topics import RECOGNITION_RESULTS
from tests.fakes.stores import FakeResultIndex, FakeResultStore, Fallible


class FakeErasureStore(Fallible):
    """An ``ErasureStore`` in memory."""

    def __init__(self) -> None:
        self.erasures: dict[UUID, Erasure] = {}
        self.searches: dict[UUID, ErasureSearch] = {}
        self.frames: dict[UUID, tuple[str, str]] = {}
        self.images: dict[tuple[UUID, str], MeantImage] = {}
        self.erased: dict[tuple[UUID, str], str] = {}

    async def create(self, erasure: Erasure, search: ErasureSearch) -> None:
        self.require_up()
        self.erasures[erasure.id] = erasure
        self.searches[erasure.id] = search

    async def save(self, erasure: Erasure) -> None:
        self.require_up()
        self.erasures[erasure.id] = erasure

    async def finish(self, erasure: Erasure, header: str, seal: str) -> None:
        self.require_up()
        self.erasures[erasure.id] = erasure
        self.searches.pop(erasure.id, None)
        self.frames[erasure.id] = header, seal

    async def find(self, erasure_id: UUID) -> Erasure | None:
        self.require_up()
        return self.erasures.get(erasure_id)

    async def search_of(self, erasure_id: UUID) -> ErasureSearch | None:
        self.require_up()
        return self.searches.get(erasure_id)

    async def frame_of(self, erasure_id: UUID) -> tuple[str, str] | None:
        self.require_up()
        return self.frames.get(erasure_id)

    async def list_erasures(self) -> tuple[Erasure, ...]:
        self.require_up()
        return tuple(sorted(self.erasures.values(), key=lambda one: (one.begun_at, one.id), reverse=True))

    async def mean(self, erasure_id: UUID, images: Sequence[MeantImage]) -> list[MeantImage]:
        self.require_up()
        return [self.images.setdefault((erasure_id, image.image_key), image) for image in images]

    async def note_erased(self, erasure_id: UUID, lines: Mapping[str, str]) -> None:
        self.require_up()
        self.erased |= {(erasure_id, key): line for key, line in lines.items()}

    async def unfinished(self, erasure_id: UUID) -> AsyncIterator[MeantImage]:
        self.require_up()
        for (of, key), image in sorted(self.images.items()):
            if of == erasure_id and (of, key) not in self.erased:
                yield image

    async def lines(self, erasure_id: UUID) -> AsyncIterator[str]:
        self.require_up()
        for (of, _), line in sorted(self.erased.items()):
            if of == erasure_id:
                yield line


class FakeRetentionRuns(Fallible):
    """A ``RetentionRunStore`` in memory."""

    def __init__(self) -> None:
        self.runs: dict[str, RetentionRun] = {}

    async def save(self, workspace: str, run: RetentionRun) -> None:
        self.require_up()
        self.runs[workspace] = run

    async def list_runs(self) -> dict[str, RetentionRun]:
        self.require_up()
        return dict(self.runs)


class FakeAges(Fallible):
    """``ImageAges`` of a store in memory."""

    def __init__(self, images: FakeResultStore) -> None:
        self.images = images

    async def older(self, owner: str, before: datetime) -> AsyncIterator[list[str]]:
        self.require_up()
        version = int(before.timestamp() * 1_000_000)
        entries = sorted((at, key) for of, at, key in self.images.listed if of == owner and at < version)
        for some in in_slices(list(dict.fromkeys(key for _, key in entries)), 3):
            yield list(some)


class FakeLease(Fallible):
    """A lease that another process may have, or take."""

    def __init__(self) -> None:
        self.is_anothers = False
        self.is_ours = False

    async def take(self) -> bool:
        self.require_up()
        self.is_ours = not self.is_anothers
        return self.is_ours

    async def renew(self) -> None:
        self.require_up()
        if self.is_anothers:
            raise LeaseLost("another process has it, as the test wants it")

    async def free(self) -> None:
        self.require_up()
        self.is_ours = False


class FakeSinks(Fallible):
    """The workers that follow deletions: when somebody asks how far they are, they do the next bit of it."""

    def __init__(self, images: FakeResultStore, index: FakeResultIndex, records: Sequence[Record]) -> None:
        """``records`` are those that were published, and grow."""
        self.images = images
        self.index = index
        self.records = records
        self.looks_behind = 0

    async def references(self) -> Mapping[Place, int]:
        self.require_up()
        return {("image-references", 0): 0}

    async def outcomes(self) -> Mapping[Place, int]:
        self.require_up()
        return {(RECOGNITION_RESULTS, 0): len(self.records)}

    async def reached(self, ends: Mapping[Place, int]) -> bool:
        self.require_up()
        if self.looks_behind:
            self.looks_behind -= 1
            return False
        deletions = list(self._deletions())
        await self.images.save_deletions(deletions)
        await self.index.save_deletions(deletions)
        return True

    async def still_held(self, erased_by: datetime) -> tuple[StillHeld, ...]:
        self.require_up()
        return (StillHeld(place="topic image-references", until=erased_by),)

    def _deletions(self) -> Iterator[tuple[ImageDeleted, Origin]]:
        for offset, record in enumerate(self.records):
            event = parse_result_event(record.value or b"") if record.topic == RECOGNITION_RESULTS else None
            if isinstance(event, ImageDeleted):
                at_ms = int(event.deleted_at.timestamp() * 1000)
                stood = Origin(topic=record.topic, partition=0, offset=offset, appended_at_ms=at_ms)
                yield event, event.numbered(stood)
