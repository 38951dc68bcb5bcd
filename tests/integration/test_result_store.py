"""The result store on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from infra.cassandra.images.results import ResultStore
from infra.cassandra.images.unread_ranges import read_put_away
from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError, NotSetUp, TransientError
from infra.settings.servers import CassandraSettings
from schemas.dead_letters import Reason, Resolution
from schemas.queries import DeadLetterQuery, ImageStatus
from tests.contracts.result_store_contract import ResultStoreContract
from tests.samples import deletion, identity, letter, origin, rejection, resolved, result
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    asyncio.run(migrate_tables(stack.settings.cassandra))
    return stack.settings.cassandra


@pytest.fixture
async def store(cassandra: CassandraSettings) -> AsyncIterator[ResultStore]:
    store = await ResultStore.connect(cassandra)
    yield store
    await store.close()


class TestResultStore(ResultStoreContract):
    """The promises of every result store."""


async def test_two_answers_of_one_version_never_mix(store: ResultStore) -> None:
    owner, stood = f"shop-{uuid4().hex[:12]}", origin()
    first = result(owner, of=stood, host="worker-1", recognised_at=stood.appended_at + timedelta(seconds=1))
    second = result(owner, of=stood, host="worker-2", recognised_at=stood.appended_at + timedelta(seconds=2))
    for saved in (first, second, first, second):
        await store.save_results([saved])
    kept = await store.read_result(first.image_key)
    record = await store.find(first.image_key)
    assert kept in (first, second)
    assert record is not None
    assert record.recognised_at in (first.recognised_at, second.recognised_at)


async def test_what_comes_after_a_deletion_was_forgotten_does_not_bring_the_image_back(
    store: ResultStore, cassandra: CassandraSettings
) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    key = identity(owner).image_key
    await store.save_deletions([deletion(owner, of=origin(60))])
    late = result(owner, of=origin(1))
    # Cassandra drops its marks of deletion in the end; a late answer is then written as if it were new.
    session = await CassandraSession.connect(cassandra)
    later = deletion(owner, of=origin(60))[1].version + 1
    await session.execute(
        "INSERT INTO {keyspace}.results (image_key, pipeline, result) VALUES (?, ?, ?) USING TIMESTAMP ?",
        (key, late.pipeline, late.model_dump_json().encode(), later),
    )
    await session.close()
    record = await store.find(key)
    assert record is not None
    assert record.status is ImageStatus.DELETED
    assert await store.read_result(key, late.pipeline) is None
    assert await store.read_history(key) == ()


async def test_a_list_goes_on_beyond_many_entries_that_are_not_shown(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.cassandra.time_lists.MOST_ENTRIES_A_CALL", 20)
    owner = f"shop-{uuid4().hex[:12]}"
    await store.save_results([result(owner, "last.jpg", of=origin(0))])
    await store.save_results([result(owner, f"{number}.jpg", of=origin(10 + number)) for number in range(60)])
    # Deleted without their entries in the list, as if those had been written late.
    await store.save_deletions([deletion(owner, f"{number}.jpg", of=origin(1000)) for number in range(60)])
    await store.save_results([result(owner, f"{number}.jpg", of=origin(1001 + number)) for number in range(60)])
    await store.save_deletions([deletion(owner, f"{number}.jpg", of=origin(5000)) for number in range(60)])
    seen: list[str] = []
    page = await store.list_images(owner, 5, None)
    seen += [record.image_id for record in page.items]
    while page.next_cursor is not None:
        page = await store.list_images(owner, 5, page.next_cursor)
        seen += [record.image_id for record in page.items]
    assert seen == ["last.jpg"]


async def test_rejections_are_found_by_workspace_beyond_those_of_others(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.cassandra.time_lists.MOST_ENTRIES_A_CALL", 20)
    owner, other = (f"shop-{uuid4().hex[:12]}" for _ in range(2))
    wanted = rejection(owner, of=origin(-100))
    await store.save_rejections([wanted, *(rejection(other, f"{n}.jpg", of=origin(n)) for n in range(50))])
    cursor, seen, calls = None, [], 0
    while cursor is not None or calls == 0:
        page = await store.list_rejections(5, cursor, DeadLetterQuery(owner=owner))
        seen += page.items
        cursor, calls = page.next_cursor, calls + 1
    assert seen == [letter(wanted)]
    assert calls > 2


async def test_a_large_result_is_kept(store: ResultStore) -> None:
    owner = f"shop-{uuid4().hex[:12]}"
    large = result(owner, metadata={f"field {number}": "x" * 1024 for number in range(64)})
    await store.save_results([large] * 100)
    assert await store.read_result(large.image_key) == large


async def test_a_store_that_is_not_there_is_a_transient_error(cassandra: CassandraSettings) -> None:
    nobody = cassandra.model_copy(update={"port": 9, "request_timeout_s": 1.0})
    with pytest.raises(TransientError, match="Cassandra does not answer"):
        await ResultStore.connect(nobody)


async def test_a_wrong_password_is_named_without_being_shown(cassandra: CassandraSettings) -> None:
    wrong = CassandraSettings.model_validate(cassandra.model_dump() | {"password": "quite-wrong-indeed"})
    with pytest.raises(ConfigurationError, match="VEDETTE_CASSANDRA__PASSWORD") as refused:
        await ResultStore.connect(wrong)
    assert "quite-wrong" not in str(refused.value)


async def test_a_keyspace_that_was_not_migrated_says_what_to_run(cassandra: CassandraSettings) -> None:
    unknown = cassandra.model_copy(update={"keyspace": "not_migrated"})
    with pytest.raises(NotSetUp, match=r"Cassandra has no keyspace not_migrated.*vedette migrate"):
        await ResultStore.connect(unknown)


async def test_no_server_configured_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_CASSANDRA__CONTACT_POINTS"):
        await ResultStore.connect(CassandraSettings())


async def test_a_range_that_was_put_away_says_nothing_of_the_next_with_the_same_offsets(
    store: ResultStore, cassandra: CassandraSettings
) -> None:
    """As where a topic was made anew twice, and both times the same offsets were deleted unread."""
    first, second = (
        rejection(
            *(None, None),
            of=origin(offset=10**12 + 7).model_copy(update={"appended_at_ms": noticed_at_ms}),
            reason=Reason.EXPIRED_UNREAD,
            last_offset=10**12 + 9,
            group="vedette-recognise",
        )
        for noticed_at_ms in (1_700_000_000_000, 1_700_003_600_000)
    )
    await store.save_resolutions([resolved(first, Resolution.DISCARDED)])
    await store.save_rejections([first, second])
    session = await CassandraSession.connect(cassandra)
    try:
        put_away = [one for one in await read_put_away(session) if one.origin.offset == 10**12 + 7]
    finally:
        await session.close()
    assert put_away == [first]
    assert {first, second} <= set(await store.unread_ranges())
