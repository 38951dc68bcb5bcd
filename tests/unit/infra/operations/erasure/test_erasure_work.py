"""An erasure deletes everything that its search finds, and nothing else, wherever it is interrupted."""

import asyncio
import inspect
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import NotFound
from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.keys import ErasureKey
from infra.operations.erasure.loop import ErasureLoop
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.signed_list import verify_list
from infra.operations.erasure.work import REMEMBERED_S, ErasureWork
from schemas.dead_letters import Resolution
from schemas.images import ImageIdentity
from schemas.queries import ImageStatus
from schemas.records.erasures import ErasedImage, Erasure, ErasureSearch, ListHeader
from schemas.results import RecognitionResult
from schemas.texts.uploads import Upload
from tests import samples
from tests.api_world import FakePublisher
from tests.fakes.erasures import FakeBelongings, FakeErasureStore, FakeLease, FakeSinks, FakeTraces
from tests.fakes.stores import FakeAccountStore, FakeResultIndex, FakeResultStore, FakeUploadStore
from tests.samples import erasure, origin, rejection, resolved, result

KEY = ErasureKey(bytes(range(32)))
CUSTOMER = ErasureSearch(owner="shop", metadata={"customer": "c-1042"})
SHA = "a" * 64


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """Whatever it stands for, with a process that may be killed right before or after any of its calls."""

    def __init__(self, real: Any, clock: "Clock") -> None:
        self._real = real
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._real, name)
        if name == "images_of":
            # Not a generator itself, but the one of another method.
            return lambda *values: self._yield(call, *values)
        if inspect.isasyncgenfunction(call):
            return lambda *values: self._yield(call, *values)
        return lambda *values, **more: self._call(call, *values, **more)

    async def _call(self, call: Any, *values: Any, **more: Any) -> Any:
        self._clock.tick()
        answer = await call(*values, **more)
        self._clock.tick()
        return answer

    async def _yield(self, call: Any, *values: Any) -> AsyncIterator[Any]:
        self._clock.tick()
        async for one in call(*values):
            yield one
            self._clock.tick()


@dataclass
class Clock:
    """Kills the process at these ticks, counted from the last time."""

    deaths: list[int] = field(default_factory=list)
    ticks: int = 0

    def tick(self) -> None:
        self.ticks += 1
        if self.deaths and self.ticks >= self.deaths[0]:
            self.deaths.pop(0)
            self.ticks = 0
            raise Killed


class World:
    """A platform in memory."""

    def __init__(self, deaths: Sequence[int] = ()) -> None:
        self.images, self.index, self.uploads = FakeResultStore(), FakeResultIndex(), FakeUploadStore()
        self.records, self.lease = FakeErasureStore(), FakeLease()
        self.publisher = FakePublisher()
        self.traces, self.belongings = FakeTraces(), FakeBelongings(self.images)
        self.accounts = FakeAccountStore()
        self.waited_s: list[float] = []
        self.sinks = FakeSinks(self.images, self.index, self.publisher.records)
        self.clock = Clock(list(deaths))
        self.ended: list[Erasure] = []
        mortal = {name: Mortal(getattr(self, name), self.clock) for name in ("images", "publisher", "uploads")}
        self.work = ErasureWork(
            Mortal(self.records, self.clock),
            Mortal(self.index, self.clock),
            mortal["images"],
            ImageDeleter(mortal["images"], mortal["publisher"], mortal["uploads"]),
            Mortal(self.sinks, self.clock),
            KEY,
            self._tell,
            Mortal(self.traces, self.clock),
            Mortal(self.belongings, self.clock),
            self._pause,
        )

    async def recognise(self, *results: RecognitionResult) -> None:
        await self.images.save_results(results)
        await self.index.save_results(results)

    async def upload(self, one: RecognitionResult) -> RecognitionResult:
        """Let the picture of a result have been uploaded."""
        upload = Upload(one.owner, one.image_key, SHA)
        await self.uploads.save(upload, b"picture")
        return one.model_copy(update={"uri": upload.uri})

    async def begin(self, search: ErasureSearch = CUSTOMER, **fields: object) -> UUID:
        begun = erasure(**fields)
        await self.records.create(begun, search)
        return begun.id

    async def carry_out(self, erasure_id: UUID) -> Erasure:
        """Carry it out, by as many processes as it takes."""
        while True:
            try:
                return await self.work.carry_out(erasure_id, self.lease.renew)
            except Killed:
                continue

    async def signed_list(self, erasure_id: UUID) -> tuple[ListHeader, dict[str, ErasedImage]]:
        """Return what the list says, by the ids of images; it is as it was signed."""
        header, seal = self.records.frames[erasure_id]
        lines = [line async for line in self.records.lines(erasure_id)]
        text = "".join(f"{line}\n" for line in (header, *lines, seal)).encode()
        found = verify_list(io.BytesIO(text), KEY.public)
        images = [ErasedImage.model_validate_json(line) for line in lines]
        return found.header, {f"{image.owner}/{image.image_id}": image for image in images}

    async def status(self, one: RecognitionResult) -> ImageStatus:
        record = await self.images.find(one.image_key)
        assert record is not None
        return record.status

    async def _tell(self, done: Erasure) -> None:
        self.ended.append(done)

    async def _pause(self, seconds: float) -> None:
        """Nobody waits."""
        self.waited_s.append(seconds)


def of_customer(number: int, customer: str = "c-1042", owner: str = "shop") -> RecognitionResult:
    return result(owner, f"{customer}-{number}.jpg", of=origin(number), metadata={"customer": customer})


async def test_everything_that_is_found_is_deleted_and_listed_and_nothing_else_is() -> None:
    world = World()
    theirs = [of_customer(number) for number in range(450)]
    others = [of_customer(451, "c-7"), of_customer(452, owner="rival"), result("shop", "plain.jpg", of=origin(453))]
    theirs[0] = await world.upload(theirs[0])
    others[0] = await world.upload(others[0])
    await world.recognise(*theirs, *others)
    erasure_id = await world.begin()
    done = await world.carry_out(erasure_id)
    assert (done.is_done, done.erased, world.ended) == (True, 450, [done])
    assert {await world.status(one) for one in theirs} == {ImageStatus.DELETED}
    assert {await world.status(one) for one in others} == {ImageStatus.RECOGNISED}
    assert {document.source["image_id"] for document in world.index.documents.values() if "metadata" in document.source}
    assert [upload.image_key for upload in world.uploads.pictures] == [others[0].image_key]
    header, images = await world.signed_list(erasure_id)
    assert images.keys() == {f"shop/{one.image_id}" for one in theirs}
    assert images[f"shop/{theirs[0].image_id}"].gone_from == ("Cassandra", "Elasticsearch", "uploads")
    assert images[f"shop/{theirs[1].image_id}"].gone_from == ("Cassandra", "Elasticsearch")
    assert (header.closes_at, header.still_held[0].place) == (done.closes_at, "topic image-references")


async def test_neither_the_list_nor_the_record_says_whom_it_was_about() -> None:
    world = World()
    await world.recognise(result("shop", "a.jpg", metadata={"customer": "c-1042"}))
    erasure_id = await world.begin()
    await world.carry_out(erasure_id)
    kept = repr((world.records.erasures, world.records.searches, world.records.frames, world.records.erased))
    assert "c-1042" not in kept
    assert "metadata customer" in kept


async def test_rejected_and_discarded_images_of_a_workspace_are_erased_too() -> None:
    world = World()
    rejected, discarded = rejection("shop", "torn.jpg"), rejection("shop", "put-away.jpg", of=origin(1))
    for store in (world.images, world.index):
        await store.save_rejections([rejected, discarded])
        await store.save_resolutions([resolved(discarded, Resolution.DISCARDED)])
    erasure_id = await world.begin(ErasureSearch(owner="shop"))
    done = await world.carry_out(erasure_id)
    assert done.erased == 2
    assert not world.images.rejections


async def test_what_is_recognised_while_it_runs_is_erased_too() -> None:
    world = World()
    first, late = of_customer(1), of_customer(2)
    await world.recognise(first)
    reached, waited = world.sinks.reached, []

    async def late_results_come(ends: Any, **more: Any) -> bool:
        if not waited:
            await world.recognise(late)
        waited.append(ends)
        return await reached(ends, **more)

    world.sinks.reached = late_results_come  # type: ignore[method-assign]
    done = await world.carry_out(await world.begin())
    assert done.erased == 2
    assert await world.status(late) is ImageStatus.DELETED


async def test_it_waits_for_the_workers_and_stops_once_another_process_has_it() -> None:
    world = World()
    await world.recognise(of_customer(1))
    world.sinks.looks_behind = 5
    erasure_id = await world.begin()
    assert (await world.carry_out(erasure_id)).is_done
    assert world.sinks.looks_behind == 0


async def test_one_that_is_done_stays_as_it_is_and_one_that_is_not_there_is_not_found() -> None:
    world = World()
    await world.recognise(of_customer(1))
    erasure_id = await world.begin()
    done = await world.carry_out(erasure_id)
    await world.recognise(of_customer(2))
    assert await world.carry_out(erasure_id) == done
    with pytest.raises(NotFound):
        await world.carry_out(erasure().id)


@settings(max_examples=60)
@given(deaths=st.lists(st.integers(1, 60), max_size=8), theirs=st.integers(0, 6), late=st.booleans())
def test_killed_at_any_point_it_erases_all_of_it_and_lists_each_image(
    deaths: list[int], theirs: int, late: bool
) -> None:
    asyncio.run(erased_in_spite_of(deaths, theirs, late))


async def erased_in_spite_of(deaths: list[int], count: int, late: bool) -> None:
    world = World(deaths)
    theirs, other = [of_customer(number) for number in range(count)], of_customer(99, "c-7")
    if theirs:
        theirs[0] = await world.upload(theirs[0])
    await world.recognise(*theirs, other)
    if late:
        # Messages of before that the workers have not processed yet.
        world.sinks.looks_behind = 2
    erasure_id = await world.begin()
    done = await world.carry_out(erasure_id)
    assert done.erased == count
    assert {await world.status(one) for one in theirs} <= {ImageStatus.DELETED}
    assert await world.status(other) is ImageStatus.RECOGNISED
    assert not world.uploads.pictures
    _, images = await world.signed_list(erasure_id)
    assert images.keys() == {f"shop/{one.image_id}" for one in theirs}
    assert [one.image_id for one in images.values() if one.uploaded] == [one.image_id for one in theirs[:1]]


async def test_of_many_processes_one_carries_out_what_waits() -> None:
    world = World()
    await world.recognise(of_customer(1))
    erasure_id = await world.begin()
    loop = erasure_loop(world)
    world.lease.is_anothers = True
    await loop.look()
    assert not world.records.erasures[erasure_id].is_done
    world.lease.is_anothers = False
    await loop.look()
    assert world.records.erasures[erasure_id].is_done
    assert not world.lease.is_ours


async def unrecorded(*_act: object, **_more: object) -> AsyncIterator[None]:
    yield


def erasure_loop(world: World) -> ErasureLoop:
    act: Any = asynccontextmanager(unrecorded)
    return ErasureLoop(Erasures(world.records, world.index, world.accounts), world.work, world.lease, act)


async def test_what_names_its_images_elsewhere_is_forgotten_once_the_workers_are_there() -> None:
    world = World()
    await world.recognise(of_customer(1), of_customer(2), of_customer(3, "c-7"))
    world.traces.has_webhooks = True
    await world.carry_out(await world.begin())
    assert world.traces.forgotten == {("shop", "c-1042-1.jpg"), ("shop", "c-1042-2.jpg")}
    assert set(world.sinks.waited_for_webhooks) == {True}


async def test_a_workspace_goes_with_what_it_has_and_the_list_says_so() -> None:
    world = World()
    await world.recognise(of_customer(1), of_customer(2, owner="rival"))
    await world.images.announce(
        [(ImageIdentity(owner="shop", image_id="never-sent.jpg"), "s3://a/b.jpg", samples.START)]
    )
    world.belongings.things = {"shop": 7, "rival": 1}
    erasure_id = await world.begin(ErasureSearch(owner="shop"), whole_workspace=True, confirmed=0)
    done = await world.carry_out(erasure_id)
    assert (done.erased, done.belongings) == (2, {"things": 7})
    assert (world.belongings.things, world.belongings.gone) == ({"rival": 1}, {"shop"})
    # What processes remember of the workspace is over before it is asked how far they are.
    assert REMEMBERED_S in world.waited_s
    header, images = await world.signed_list(erasure_id)
    assert (header.whole_workspace, header.belongings) == (True, {"things": 7})
    assert set(images) == {"shop/c-1042-1.jpg", "shop/never-sent.jpg"}


@settings(max_examples=60)
@given(deaths=st.lists(st.integers(1, 60), max_size=8), images=st.integers(0, 5))
def test_killed_at_any_point_the_deletion_of_a_workspace_ends_all_the_same(deaths: list[int], images: int) -> None:
    asyncio.run(deleted_in_spite_of(deaths, images))


async def deleted_in_spite_of(deaths: list[int], count: int) -> None:
    world = World(deaths)
    await world.recognise(*(of_customer(number) for number in range(count)))
    world.belongings.things = {"shop": 3}
    erasure_id = await world.begin(ErasureSearch(owner="shop"), whole_workspace=True, confirmed=0)
    done = await world.carry_out(erasure_id)
    assert (done.erased, done.belongings, world.belongings.gone) == (count, {"things": 3}, {"shop"})
    assert world.belongings.things == {}


async def test_of_a_workspace_that_was_created_anew_nothing_is_taken() -> None:
    world = World()
    await world.recognise(of_customer(1))
    erasure_id = await world.begin(ErasureSearch(owner="shop"), whole_workspace=True)
    # An earlier process got as far as that, and then somebody created it anew.
    world.belongings.gone.add("shop")
    world.belongings.things = {"shop": 2}
    await world.carry_out(erasure_id)
    assert world.belongings.things == {"shop": 2}


async def test_a_deletion_that_a_restore_has_undone_is_begun_anew() -> None:
    world = World()
    await world.accounts.create_workspace(samples.workspace("shop", deleting_since=samples.START))
    await world.recognise(of_customer(1))
    await erasure_loop(world).look()
    [done] = await world.records.list_erasures()
    assert (done.is_done, done.by, done.whole_workspace, done.erased) == (True, "restore", True, 1)
