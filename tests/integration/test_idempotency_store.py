"""The store of answers on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from infra.cassandra.accounts import idempotency as idempotency_store
from infra.cassandra.accounts.idempotency import IdempotencyStore
from infra.cassandra.migrations import migrate_tables
from infra.settings.servers import CassandraSettings
from schemas.access.idempotency import EarlierRequest
from tests.contracts.idempotency_store_contract import IdempotencyStoreContract, attempt
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    asyncio.run(migrate_tables(stack.settings.cassandra))
    return stack.settings.cassandra


@pytest.fixture
async def answers(cassandra: CassandraSettings) -> AsyncIterator[IdempotencyStore]:
    answers = await IdempotencyStore.connect(cassandra)
    yield answers
    await answers.close()


class TestIdempotencyStore(IdempotencyStoreContract):
    """The promises of every store of answers."""


async def test_a_key_whose_holder_died_is_free_again_after_a_while(
    answers: IdempotencyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency_store, "HELD_S", 1)
    account = uuid4()
    dead = attempt(account)
    assert await answers.begin(dead) is None
    await asyncio.sleep(2)
    assert not await answers.finish(dead, "{}")
    assert await answers.begin(attempt(account)) is None


async def test_an_answer_is_forgotten_when_its_key_counts_no_more(
    answers: IdempotencyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency_store, "HELD_S", 1)
    monkeypatch.setattr(idempotency_store, "KEPT_S", 3)
    account = uuid4()
    first = attempt(account)
    await answers.begin(first)
    assert await answers.finish(first, "{}")
    await asyncio.sleep(1.5)
    # It outlives the time for which the key was held at first.
    assert await answers.begin(attempt(account)) == EarlierRequest(fingerprint=first.fingerprint, answer="{}")
    await asyncio.sleep(2.5)
    assert await answers.begin(attempt(account)) is None
