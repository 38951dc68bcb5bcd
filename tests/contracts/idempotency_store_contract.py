"""What every store of answers promises: the one in Cassandra, and the one in memory that stands in for it."""

import asyncio
from uuid import UUID, uuid4

import pytest

from infra.cassandra.accounts.idempotency import IdempotencyStore
from schemas.access.idempotency import Attempt, EarlierRequest, IdempotencyScope


def attempt(account_id: UUID, *, owner: str = "shop", key: str = "k-1", fingerprint: str = "0" * 64) -> Attempt:
    scope = IdempotencyScope(account_id=account_id, owner=owner, key=key)
    return Attempt(scope=scope, fingerprint=fingerprint, holder=uuid4())


class IdempotencyStoreContract:
    """Tests on the fixture ``answers``; each has an account of its own."""

    @pytest.fixture
    def account(self) -> UUID:
        return uuid4()

    async def test_an_answer_is_given_again(self, answers: IdempotencyStore, account: UUID) -> None:
        first = attempt(account)
        assert await answers.begin(first) is None
        assert await answers.finish(first, '{"images":[]}')
        again = await answers.begin(attempt(account, fingerprint="1" * 64))
        assert again == EarlierRequest(fingerprint=first.fingerprint, answer='{"images":[]}')

    async def test_a_key_that_is_held_has_no_answer_yet(self, answers: IdempotencyStore, account: UUID) -> None:
        first = attempt(account)
        assert await answers.begin(first) is None
        assert await answers.begin(attempt(account)) == EarlierRequest(fingerprint=first.fingerprint)
        assert await answers.begin(first) is None, "its own holder does not meet itself"

    async def test_a_key_that_was_freed_may_be_used_again(self, answers: IdempotencyStore, account: UUID) -> None:
        first, second = attempt(account), attempt(account, fingerprint="1" * 64)
        await answers.begin(first)
        await answers.free(first)
        assert await answers.begin(second) is None

    async def test_only_its_holder_finishes_or_frees_a_key(self, answers: IdempotencyStore, account: UUID) -> None:
        first, other = attempt(account), attempt(account)
        await answers.begin(first)
        assert not await answers.finish(other, "{}")
        await answers.free(other)
        assert await answers.begin(other) == EarlierRequest(fingerprint=first.fingerprint)

    async def test_keys_of_other_accounts_and_workspaces_are_others(
        self, answers: IdempotencyStore, account: UUID
    ) -> None:
        for mine in (attempt(account), attempt(account, owner="rival"), attempt(account, key="k-2"), attempt(uuid4())):
            assert await answers.begin(mine) is None

    async def test_of_many_at_once_one_holds_the_key(self, answers: IdempotencyStore, account: UUID) -> None:
        outcomes = await asyncio.gather(*(answers.begin(attempt(account)) for _ in range(8)))
        assert outcomes.count(None) == 1
