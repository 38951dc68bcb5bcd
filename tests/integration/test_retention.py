"""Images by age, and what retention did last, on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from infra.cassandra.erasures.retention_runs import RetentionRunStore
from infra.cassandra.images.ages import ImageAges
from infra.cassandra.images.results import ResultStore
from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.settings.servers import CassandraSettings
from schemas.access.keeping import Removed, RetentionRun
from tests.samples import START, identity, origin, reference
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    asyncio.run(migrate_tables(stack.settings.cassandra))
    return stack.settings.cassandra


@pytest.fixture
async def session(cassandra: CassandraSettings) -> AsyncIterator[CassandraSession]:
    session = await CassandraSession.connect(cassandra)
    yield session
    await session.close()


async def test_the_images_of_before_come_oldest_first_and_those_of_later_do_not(session: CassandraSession) -> None:
    owner, store = f"w{uuid4().hex[:10]}", ResultStore(session)
    for number, at_s in enumerate((7200, 0, 3600, 90_000)):
        await store.save_accepted([(reference(owner, f"{number}.jpg"), origin(at_s))])
    found = [keys async for keys in ImageAges(session).older(owner, START + timedelta(hours=10))]
    assert found == [[identity(owner, f"{number}.jpg").image_key for number in (1, 2, 0)]]
    assert [keys async for keys in ImageAges(session).older(f"{owner}-b", datetime.now(UTC))] == []


async def test_the_last_run_of_each_workspace_is_remembered(session: CassandraSession) -> None:
    owner, runs = f"w{uuid4().hex[:10]}", RetentionRunStore(session)
    for results in (1, 2):
        await runs.save(owner, RetentionRun(began_at=START, ended_at=START, removed=Removed(results=results)))
    assert (await runs.list_runs())[owner].removed == Removed(results=2)
