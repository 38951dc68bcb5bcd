"""Erasures, leases and workers in memory."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from infra.cassandra.erasures.leases import LeaseLost
from infra.kafka.event_bus import Record
from infra.slices import in_slices
from schemas.access.keeping import RetentionRun
from schemas.images import ImageIdentity, Origin
from schemas.messages.commit_notes import Place
from schemas.queries import ImageStatus
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

    async def forget(self, workspace: str) -> None:
        self.require_up()
        self.runs.pop(workspace, None)

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


class FakeOwnedImages(Fallible):
    """``OwnedImages`` of a store in memory."""

    def __init__(self, images: FakeResultStore) -> None:
        self.images = images
        self.forgotten: list[str] = []

    async def all(self, owner: str) -> AsyncIterator[list[ImageIdentity]]:
        self.require_up()
        records = [image.record() for image in list(self.images.images.values())]
        left = [one for one in records if one.owner == owner and one.status is not ImageStatus.DELETED]
        for some in in_slices(left, 3):
            yield [ImageIdentity(owner=one.owner, image_id=one.image_id) for one in some]

    async def forget_lists(self, owner: str) -> None:
        self.require_up()
        self.forgotten.append(owner)


class FakeTraces(Fallible):
    """What names images besides the stores: it notes which it was to forget."""

    def __init__(self) -> None:
        self.forgotten: set[tuple[str, str]] = set()
        self.has_webhooks = False

    async def come_by_webhooks(self, _owner: str) -> bool:
        self.require_up()
        return self.has_webhooks

    async def forget(self, owner: str, image_ids: frozenset[str]) -> None:
        self.require_up()
        self.forgotten |= {(owner, image_id) for image_id in image_ids}


class FakeBelongings(FakeOwnedImages):
    """What workspaces have: so many things each, until they are removed."""

    def __init__(self, images: FakeResultStore) -> None:
        super().__init__(images)
        self.things: dict[str, int] = {}
        self.closed: dict[str, datetime] = {}
        self.gone: set[str] = set()

    async def close(self, owner: str, since: datetime) -> bool:
        self.require_up()
        if owner in self.gone:
            return False
        self.closed[owner] = since
        return True

    async def count(self, owner: str) -> dict[str, int]:
        self.require_up()
        return {"things": self.things.get(owner, 0)}

    async def remove(self, owner: str, by: str) -> None:
        self.require_up()
        self.things.pop(owner, None)

    def images_of(self, owner: str) -> AsyncIterator[list[ImageIdentity]]:
        return self.all(owner)

    async def end(self, owner: str, since: datetime) -> None:
        self.require_up()
        self.gone.add(owner)


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
        self.waited_for_webhooks: list[bool] = []

    async def references(self) -> AsyncIterator[Mapping[Place, int]]:
        self.require_up()
        yield {("image-references", 0): 0}
        yield {("image-references-retry-1", 0): 0}

    async def outcomes(self) -> Mapping[Place, int]:
        self.require_up()
        return {(RECOGNITION_RESULTS, 0): len(self.records)}

    async def reached(self, ends: Mapping[Place, int], *, webhooks: bool) -> bool:
        self.require_up()
        self.waited_for_webhooks.append(webhooks)
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
