"""What the stores of OAuth promise, in Cassandra and in memory."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cassandra import InvalidRequest

from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.errors import AlreadyExists, ChangedMeanwhile
from schemas.access.accounts import Scope
from schemas.access.oauth import BrowserLogIn, Grant
from tests.samples import authorization_code, client, consent


def digest() -> bytes:
    return secrets.token_bytes(32)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class OAuthClientStoreContract:
    """Tests on the fixture ``clients``."""

    async def test_a_client_reads_back_as_it_was_made(self, clients: OAuthClientStore) -> None:
        public = client(native=True, redirect_uris=("http://127.0.0.1/b", "http://127.0.0.1/a"))
        itself = client(
            digest=digest(),
            grants=frozenset({Grant.CLIENT_CREDENTIALS}),
            redirect_uris=(),
            workspaces=frozenset({"shop", "rival"}),
        )
        for made in (public, itself):
            await clients.create_client(made)
            assert await clients.find_client(made.id) == made
        assert await clients.find_client(str(uuid4())) is None
        assert {public, itself} <= set(await clients.list_clients())

    async def test_an_empty_id_is_a_bug_of_whoever_asks(self, clients: OAuthClientStore) -> None:
        with pytest.raises(InvalidRequest, match="Key may not be empty"):
            await clients.find_client("")

    async def test_an_id_is_given_once(self, clients: OAuthClientStore) -> None:
        made = client()
        await clients.create_client(made)
        with pytest.raises(AlreadyExists):
            await clients.create_client(made.model_copy(update={"name": "Another"}))

    async def test_a_change_names_the_version_that_it_saw(self, clients: OAuthClientStore) -> None:
        made = client()
        await clients.create_client(made)
        changes = {"name": "Another", "scopes": frozenset({Scope.RESULTS_READ}), "workspaces": frozenset({"shop"})}
        changed = await clients.change_client(made.model_copy(update=changes))
        assert changed == made.model_copy(update={**changes, "version": 1})
        assert await clients.find_client(made.id) == changed
        with pytest.raises(ChangedMeanwhile):
            await clients.change_client(made.model_copy(update={"name": "Late"}))
        with pytest.raises(ChangedMeanwhile):
            await clients.change_client(client())

    async def test_a_client_is_revoked_once_and_for_good(self, clients: OAuthClientStore) -> None:
        made, at = client(), now()
        await clients.create_client(made)
        assert await clients.revoke_client(made.id, at)
        assert not await clients.revoke_client(made.id, now())
        assert not await clients.revoke_client(str(uuid4()), now())
        assert await clients.find_client(made.id) == made.model_copy(update={"revoked_at": at})


class OAuthGrantStoreContract:
    """Tests on the fixture ``grants``."""

    async def test_a_consent_reads_back_until_it_is_withdrawn(self, grants: OAuthGrantStore) -> None:
        given = consent()
        assert await grants.give_consent(given) == given
        assert await grants.find_consent(given.account_id, given.client_id) == given
        assert await grants.list_consents(given.account_id) == (given,)
        assert await grants.withdraw_consent(given.account_id, given.client_id)
        assert not await grants.withdraw_consent(given.account_id, given.client_id)
        assert await grants.find_consent(given.account_id, given.client_id) is None
        assert await grants.list_consents(given.account_id) == ()

    async def test_a_second_consent_widens_the_first_and_keeps_its_id(self, grants: OAuthGrantStore) -> None:
        first = consent()
        await grants.give_consent(first)
        second = first.model_copy(update={"id": uuid4(), "scopes": frozenset({Scope.PROFILE_READ}), "given_at": now()})
        both = await grants.give_consent(second)
        assert (both.id, both.scopes) == (first.id, frozenset({Scope.RESULTS_READ, Scope.PROFILE_READ}))
        assert await grants.find_consent(first.account_id, first.client_id) == both

    async def test_a_consent_after_a_withdrawal_is_another_one(self, grants: OAuthGrantStore) -> None:
        first = consent()
        await grants.give_consent(first)
        await grants.withdraw_consent(first.account_id, first.client_id)
        again = await grants.give_consent(first.model_copy(update={"id": uuid4()}))
        assert again.id != first.id
        assert await grants.find_consent(first.account_id, first.client_id) == again

    async def test_of_many_consents_at_once_all_get_one_id(self, grants: OAuthGrantStore) -> None:
        first = consent()
        given = [first.model_copy(update={"id": uuid4()}) for _ in range(4)]
        stand = await asyncio.gather(*map(grants.give_consent, given))
        assert len({one.id for one in stand}) == 1

    async def test_a_code_counts_once_and_is_known_as_used_then(self, grants: OAuthGrantStore) -> None:
        kept, key = authorization_code(), digest()
        await grants.add_code(key, kept)
        assert await grants.find_code(key) == (kept, False)
        assert await grants.use_code(key, kept, now())
        assert not await grants.use_code(key, kept, now())
        assert await grants.find_code(key) == (kept, True)
        assert await grants.find_code(digest()) is None

    async def test_of_many_who_use_one_code_at_once_one_may(self, grants: OAuthGrantStore) -> None:
        kept, key = authorization_code(), digest()
        await grants.add_code(key, kept)
        uses = await asyncio.gather(*(grants.use_code(key, kept, now()) for _ in range(5)))
        assert sorted(uses) == [False] * 4 + [True]

    async def test_a_code_that_is_not_kept_or_is_another_cannot_be_used(self, grants: OAuthGrantStore) -> None:
        kept, key = authorization_code(), digest()
        await grants.add_code(key, kept)
        assert not await grants.use_code(digest(), kept, now())
        assert not await grants.use_code(key, authorization_code(), now())
        assert await grants.use_code(key, kept, now())

    async def test_a_browsers_log_in_is_known_until_it_is_ended_or_its_time_is_over(
        self, grants: OAuthGrantStore
    ) -> None:
        key, brief, log_in = digest(), digest(), BrowserLogIn(account_id=uuid4(), generation=3)
        await grants.begin_log_in(key, log_in, 60)
        assert await grants.find_log_in(key) == log_in
        await grants.end_log_in(key)
        await grants.end_log_in(key)
        assert await grants.find_log_in(key) is None
        await grants.begin_log_in(brief, log_in, 1)
        deadline = time.monotonic() + 5
        while await grants.find_log_in(brief) is not None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
