"""The store of answers on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from infra.cassandra.accounts import idempotency as idempotency_store
from infra.cassandra.accounts.idempotency import IdempotencyStore
from infra.cassandra.migrations import migrate_tables
from infra.settings.servers import CassandraSettings
from schemas.access.idempotency import Attempt
from tests.contracts.idempotency_store_contract import IdempotencyStoreContract, attempt
from tests.stacks import RunningStack

LIFETIMES = (
    "SELECT ttl(fingerprint), ttl(holder), ttl(answer) FROM {keyspace}.idempotency_keys"
    " WHERE account = ? AND owner = ? AND key = ?"
)


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
    monkeypatch.undo()
    heir = attempt(account)
    while await answers.begin(heir) is not None:  # noqa: ASYNC110 - Cassandra forgets, and tells nobody
        await asyncio.sleep(0.1)
    assert not await answers.finish(dead, "{}")
    assert await answers.finish(heir, "{}")


async def test_an_answer_is_kept_for_as_long_as_its_key_counts_and_no_part_of_it_longer(
    answers: IdempotencyStore,
) -> None:
    first = attempt(uuid4())
    await answers.begin(first)
    assert max(await lifetimes_s(answers, first)) <= idempotency_store.HELD_S
    assert await answers.finish(first, "{}")
    lifetimes = await lifetimes_s(answers, first)
    assert len(lifetimes) == 3
    # It outlives the time for which the key was held at first.
    assert min(lifetimes) > idempotency_store.HELD_S
    assert max(lifetimes) <= idempotency_store.KEPT_S


async def lifetimes_s(answers: IdempotencyStore, of: Attempt) -> list[int]:
    """Return for how long each cell of the attempt's row is kept still, as Cassandra tells."""
    key = (of.scope.account_id, of.scope.owner, of.scope.key)
    [row] = await answers._session.execute(LIFETIMES, key)
    return [seconds for seconds in row if seconds is not None]
