"""Accounts and what stands for them, on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.attempts import AttemptStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.live_tickets import LiveTicketStore
from infra.cassandra.accounts.mailed_tokens import MailedTokenStore
from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.cassandra.accounts.sessions import SessionStore
from infra.cassandra.accounts.submitted_images import SubmittedImagesStore
from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.errors import AlreadyExists
from infra.settings.servers import CassandraSettings
from tests.contracts.account_store_contract import AccountStoreContract
from tests.contracts.credential_stores_contract import (
    ApiKeyStoreContract,
    AttemptStoreContract,
    InvitationStoreContract,
    LiveTicketStoreContract,
    MailedTokenStoreContract,
    SessionStoreContract,
    SubmittedImagesStoreContract,
)
from tests.contracts.oauth_stores_contract import OAuthClientStoreContract, OAuthGrantStoreContract
from tests.samples import account
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    asyncio.run(migrate_tables(stack.settings.cassandra))
    return stack.settings.cassandra


@pytest.fixture
async def accounts(cassandra: CassandraSettings) -> AsyncIterator[AccountStore]:
    accounts = await AccountStore.connect(cassandra)
    yield accounts
    await accounts.close()


@pytest.fixture
async def session(cassandra: CassandraSettings) -> AsyncIterator[CassandraSession]:
    session = await CassandraSession.connect(cassandra)
    yield session
    await session.close()


class TestSessionStore(SessionStoreContract):
    @pytest.fixture
    def sessions(self, session: CassandraSession) -> SessionStore:
        return SessionStore(session)


class TestApiKeyStore(ApiKeyStoreContract):
    @pytest.fixture
    def api_keys(self, session: CassandraSession) -> ApiKeyStore:
        return ApiKeyStore(session)


class TestAttemptStore(AttemptStoreContract):
    @pytest.fixture
    def attempts(self, session: CassandraSession) -> AttemptStore:
        return AttemptStore(session)


class TestSubmittedImagesStore(SubmittedImagesStoreContract):
    @pytest.fixture
    def submitted(self, session: CassandraSession) -> SubmittedImagesStore:
        return SubmittedImagesStore(session)


class TestInvitationStore(InvitationStoreContract):
    @pytest.fixture
    def invitations(self, session: CassandraSession) -> InvitationStore:
        return InvitationStore(session)


class TestLiveTicketStore(LiveTicketStoreContract):
    @pytest.fixture
    def tickets(self, session: CassandraSession) -> LiveTicketStore:
        return LiveTicketStore(session)


class TestMailedTokenStore(MailedTokenStoreContract):
    @pytest.fixture
    def mailed_tokens(self, session: CassandraSession) -> MailedTokenStore:
        return MailedTokenStore(session)


class TestOAuthClientStore(OAuthClientStoreContract):
    @pytest.fixture
    def clients(self, session: CassandraSession) -> OAuthClientStore:
        return OAuthClientStore(session)


class TestOAuthGrantStore(OAuthGrantStoreContract):
    @pytest.fixture
    def grants(self, session: CassandraSession) -> OAuthGrantStore:
        return OAuthGrantStore(session)


class TestAccountStore(AccountStoreContract):
    """The promises of every account store."""


async def test_of_many_who_take_one_address_at_once_one_gets_it(accounts: AccountStore) -> None:
    email = f"ada-{uuid4().hex[:12]}@example.com"
    takers = [account(email) for _ in range(5)]
    outcomes = await asyncio.gather(*(accounts.create_account(taker) for taker in takers), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 4
    assert all(isinstance(outcome, AlreadyExists) for outcome in refused)
    (winner,) = (taker for taker, outcome in zip(takers, outcomes, strict=True) if outcome is None)
    assert await accounts.find_account(email) == winner
