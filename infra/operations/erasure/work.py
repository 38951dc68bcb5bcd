"""An erasure carried out: everything that its search finds is deleted, and again until nothing is found any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog

from infra.errors import NotFound
from infra.operations.erasure.keys import ErasureKey
from infra.operations.erasure.parties import (
    Belongings,
    Deleting,
    ErasureRecords,
    Finding,
    Searching,
    StillMine,
    TellEnded,
    Traces,
    Workers,
)
from infra.operations.erasure.signed_list import Sealing
from infra.slices import in_slices
from schemas.images import ImageIdentity
from schemas.messages.commit_notes import Place
from schemas.queries import ImageRecord, ResultQuery
from schemas.records.erasures import (
    ErasedImage,
    Erasure,
    ErasurePhase,
    ErasureSearch,
    ListHeader,
    MeantImage,
)
from schemas.texts.uploads import Upload

LOOK_S = 1.0
AT_ONCE = 100
GONE_FROM = ("Cassandra", "Elasticsearch")
# Each time all jobs and logs of the workspace are read; so many ids take some megabytes.
TRACED_AT_ONCE = 50_000
UPLOADS = "uploads"
# Longer than any process remembers a workspace.
REMEMBERED_S = 15.0
TOLD = {
    "id",
    "by",
    "owner",
    "sought",
    "confirmed",
    "whole_workspace",
    "belongings",
    "begun_at",
    "closes_at",
}
"""What the first line of a list repeats of its erasure."""

log = structlog.get_logger(__name__)


class ErasureWork:
    """Carries out erasures. Killed at any point, another call goes on; memory holds one page at a time.

    An image is first kept as meant, then deleted, then noted as erased: whatever happens between, the list names it,
    and nothing that it names is left. First everything is deleted that is found. Then the workers' outcomes of all
    references of before are awaited, which gives the time at which the erasure closes: what was recognised before it is
    deleted, in as many rounds as it takes, until a round finds nothing.

    Where the workspace itself is deleted, it accepts nothing from the beginning on, and what belongs to it is removed
    before its images: nothing adds to these any more. It is removed once more at the end, since a worker may have been
    writing; the workspace itself goes last, so that whoever goes on finds that there is something to go on with.
    """

    def __init__(
        self,
        records: ErasureRecords,
        index: Searching,
        images: Finding,
        deleter: Deleting,
        workers: Workers,
        key: ErasureKey,
        tell_ended: TellEnded,
        traces: Traces,
        belongings: Belongings,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._index = index
        self._images = images
        self._deleter = deleter
        self._workers = workers
        self._key = key
        self._tell_ended = tell_ended
        self._traces = traces
        self._belongings = belongings
        self._pause = pause

    async def carry_out(self, erasure_id: UUID, still_mine: StillMine) -> Erasure:
        """Return the erasure once it is done; raises ``NotFound``, and ``TransientError``, after which another call
        goes on.
        """
        erasure, search = await self._records.find(erasure_id), await self._records.search_of(erasure_id)
        if erasure is None or (search is None and not erasure.is_done):
            raise NotFound(f"there is no erasure {erasure_id}")
        if search is None or erasure.is_done:
            return erasure
        if erasure.whole_workspace:
            erasure = await self._close(erasure, still_mine)
        erasure = await self._delete_meant(erasure, still_mine)
        if erasure.closes_at is not None:
            # An earlier call may have ended before the workers had processed everything.
            erasure = await self._settle(erasure, still_mine)
        while True:
            erasure, found = await self._round(erasure, search, still_mine)
            if not found and erasure.closes_at is not None and erasure.whole_workspace:
                erasure, found = await self._rest(erasure, still_mine)
            if not found and erasure.closes_at is not None:
                await self._forget_traces(erasure, still_mine)
                return await self._finish(erasure)
            erasure = await self._settle(erasure, still_mine)

    async def _close(self, erasure: Erasure, still_mine: StillMine) -> Erasure:
        """Let the workspace accept nothing more, note what it has, and remove that."""
        if not await self._belongings.close(erasure.owner, erasure.begun_at):
            return erasure
        if erasure.belongings is None:
            erasure = await self._save(erasure, belongings=await self._belongings.count(erasure.owner))
        await self._belongings.remove(erasure.owner, erasure.by)
        if erasure.closes_at is None:
            # Until then a worker or an API process may act on what it remembers of the workspace.
            await still_mine()
            await self._pause(REMEMBERED_S)
            await still_mine()
        return erasure

    async def _delete_meant(self, erasure: Erasure, still_mine: StillMine) -> Erasure:
        """Delete what an earlier call was about to delete when it ended, and count what it has deleted."""
        some: list[MeantImage] = []
        async for image in self._records.unfinished(erasure.id):
            some.append(image)
            if len(some) == AT_ONCE:
                await still_mine()
                await self._delete(erasure.id, some)
                some = []
        if some:
            await self._delete(erasure.id, some)
        erased = 0
        async for _ in self._records.lines(erasure.id):
            erased += 1
        return await self._save(erasure, erased=erased, phase=ErasurePhase.ERASING)

    async def _round(self, erasure: Erasure, search: ErasureSearch, still_mine: StillMine) -> tuple[Erasure, int]:
        """Delete everything that the search finds now; return how many images that were."""
        found = 0
        for query in search.queries(erasure.closes_at):
            async for images in self._pages(query):
                await still_mine()
                for some in in_slices(images, AT_ONCE):
                    await self._delete(erasure.id, await self._mean(erasure.id, some))
                found += len(images)
                erasure = await self._save(erasure, erased=erasure.erased + len(images))
        return erasure, found

    async def _rest(self, erasure: Erasure, still_mine: StillMine) -> tuple[Erasure, int]:
        """Delete what no search finds: images that have no outcome yet. Return how many these were."""
        found = 0
        if await self._belongings.close(erasure.owner, erasure.begun_at):
            async for images in self._belongings.images_of(erasure.owner):
                await still_mine()
                await self._delete(erasure.id, await self._mean(erasure.id, images))
                found += len(images)
                erasure = await self._save(erasure, erased=erasure.erased + len(images))
        return erasure, found

    async def _pages(self, query: ResultQuery) -> AsyncIterator[Sequence[ImageIdentity]]:
        cursor: str | None = None
        while True:
            page = await self._index.search(query.model_copy(update={"cursor": cursor}))
            if page.items:
                yield [ImageIdentity(owner=item.owner, image_id=item.image_id) for item in page.items]
            if (cursor := page.next_cursor) is None:
                return

    async def _mean(self, erasure_id: UUID, identities: Sequence[ImageIdentity]) -> list[MeantImage]:
        records = {one.image_key: one for one in await self._images.find_many([one.image_key for one in identities])}
        meant = [_meant(one, records.get(one.image_key)) for one in identities]
        return await self._records.mean(erasure_id, meant)

    async def _delete(self, erasure_id: UUID, images: Sequence[MeantImage]) -> None:
        deletions = await self._deleter.delete([image.identity for image in images], str(erasure_id))
        lines = {
            image.image_key: _line(image, deleted.deleted_at)
            for image, (deleted, _) in zip(images, deletions, strict=True)
        }
        await self._records.note_erased(erasure_id, lines)

    async def _settle(self, erasure: Erasure, still_mine: StillMine) -> Erasure:
        """Wait until the workers have processed what is on the topics; know then when the erasure closes."""
        erasure = await self._save(erasure, phase=ErasurePhase.WAITING)
        if erasure.closes_at is None:
            async for ends in self._workers.references():
                await self._until_reached(erasure, ends, still_mine)
            # The outcome of every reference of before is on its topic by now.
            erasure = await self._save(erasure, closes_at=datetime.now(UTC))
        await self._until_reached(erasure, await self._workers.outcomes(), still_mine)
        await self._index.refresh()
        return await self._save(erasure, phase=ErasurePhase.ERASING)

    async def _until_reached(self, erasure: Erasure, ends: Mapping[Place, int], still_mine: StillMine) -> None:
        await still_mine()
        # Of a workspace without endpoints nothing is logged, and nobody waits for a worker that need not run.
        webhooks = await self._traces.come_by_webhooks(erasure.owner)
        while not await self._workers.reached(ends, webhooks=webhooks):
            await self._pause(LOOK_S)
            await still_mine()

    async def _forget_traces(self, erasure: Erasure, still_mine: StillMine) -> None:
        """Leave nothing that names the images: the workers have processed all events about them by now."""
        some: list[str] = []
        async for line in self._records.lines(erasure.id):
            some.append(ErasedImage.model_validate_json(line).image_id)
            if len(some) == TRACED_AT_ONCE:
                await still_mine()
                await self._traces.forget(erasure.owner, frozenset(some))
                some = []
        if some:
            await still_mine()
            await self._traces.forget(erasure.owner, frozenset(some))

    async def _finish(self, erasure: Erasure) -> Erasure:
        ended_at = datetime.now(UTC)
        header = ListHeader(
            **erasure.model_dump(include=TOLD),
            ended_at=ended_at,
            still_held=await self._workers.still_held(ended_at),
        ).model_dump_json()
        sealing = Sealing(header)
        async for line in self._records.lines(erasure.id):
            sealing.add(line)
        seal = sealing.seal(self._key)
        changes = {"erased": seal.images, "ended_at": ended_at, "phase": ErasurePhase.DONE}
        done = erasure.model_copy(update=changes)
        if done.whole_workspace:
            await self._remove_rest(done)
        await self._tell_ended(done)
        await self._records.finish(done, header, seal.model_dump_json())
        log.info("erasure_done", erasure_id=str(erasure.id), images=seal.images)
        return done

    async def _remove_rest(self, erasure: Erasure) -> None:
        if await self._belongings.close(erasure.owner, erasure.begun_at):
            await self._belongings.remove(erasure.owner, erasure.by)
        await self._belongings.end(erasure.owner, erasure.begun_at)

    async def _save(self, erasure: Erasure, **changes: object) -> Erasure:
        changed = erasure.model_copy(update=changes)
        await self._records.save(changed)
        return changed


def _meant(identity: ImageIdentity, record: ImageRecord | None) -> MeantImage:
    uri = None if record is None else record.uri
    uploaded = uri is not None and Upload.parse(uri) is not None
    return MeantImage(owner=identity.owner, image_id=identity.image_id, uploaded=uploaded)


def _line(image: MeantImage, deleted_at: datetime) -> str:
    places = (*GONE_FROM, UPLOADS) if image.uploaded else GONE_FROM
    return ErasedImage(**image.model_dump(), deleted_at=deleted_at, gone_from=places).model_dump_json()
