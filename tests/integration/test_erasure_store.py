"""The store of erasures, and leases, on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from infra.cassandra.erasures import leases
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.erasures.leases import Lease, LeaseLost
from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from tests.contracts.erasure_store_contract import ErasureStoreContract
from tests.stacks import RunningStack


@pytest.fixture
async def session(stack: RunningStack) -> AsyncIterator[CassandraSession]:
    await migrate_tables(stack.settings.cassandra)
    session = await CassandraSession.connect(stack.settings.cassandra)
    yield session
    await session.close()


@pytest.fixture
async def erasures(session: CassandraSession) -> ErasureStore:
    return ErasureStore(session)


class TestErasureStore(ErasureStoreContract):
    """The promises of every store of erasures."""


async def test_a_lease_is_one_processs_until_it_is_freed(session: CassandraSession) -> None:
    name = uuid4().hex
    ours, theirs = Lease(session, name), Lease(session, name)
    assert await ours.take()
    assert await ours.take(), "whoever has it may take it again"
    assert not await theirs.take()
    await theirs.free()
    await ours.renew()
    await ours.free()
    assert await theirs.take()
    with pytest.raises(LeaseLost):
        await ours.renew()


async def test_a_lease_whose_holder_died_lapses(session: CassandraSession, monkeypatch: pytest.MonkeyPatch) -> None:
    name = uuid4().hex
    monkeypatch.setattr(leases, "LEASE_S", 1)
    dead, heir = Lease(session, name), Lease(session, name)
    assert await dead.take()
    monkeypatch.undo()
    while not await heir.take():  # noqa: ASYNC110 - Cassandra forgets, and tells nobody
        await asyncio.sleep(0.1)
    with pytest.raises(LeaseLost):
        await dead.renew()
