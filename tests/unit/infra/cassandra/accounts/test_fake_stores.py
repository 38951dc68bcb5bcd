"""The stores in memory keep the promises of the real ones, and have the same methods."""

import inspect
from typing import Any

import pytest

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.attempts import AttemptStore
from infra.cassandra.accounts.idempotency import IdempotencyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.live_tickets import LiveTicketStore
from infra.cassandra.accounts.mailed_tokens import MailedTokenStore
from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.cassandra.accounts.sessions import SessionStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.images.results import ResultStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.worker_reports import WorkerReportStore
from infra.elasticsearch.results import ResultIndex
from infra.errors import TransientError
from infra.objects.upload_store import UploadStore
from infra.operations.audit.store import AuditStore
from tests.contracts.account_store_contract import AccountStoreContract
from tests.contracts.activity_index_contract import ActivityIndexContract
from tests.contracts.credential_stores_contract import (
    ApiKeyStoreContract,
    AttemptStoreContract,
    InvitationStoreContract,
    LiveTicketStoreContract,
    MailedTokenStoreContract,
    SessionStoreContract,
    SubmittedImagesStoreContract,
)
from tests.contracts.erasure_store_contract import ErasureStoreContract
from tests.contracts.idempotency_store_contract import IdempotencyStoreContract
from tests.contracts.oauth_stores_contract import OAuthClientStoreContract, OAuthGrantStoreContract
from tests.contracts.pipeline_store_contract import PipelineStoreContract
from tests.contracts.result_index_contract import ResultIndexContract
from tests.contracts.result_store_contract import ResultStoreContract
from tests.fakes.audit import FakeAuditStore
from tests.fakes.credentials import (
    FakeApiKeyStore,
    FakeAttemptStore,
    FakeInvitationStore,
    FakeLiveTicketStore,
    FakeMailedTokenStore,
    FakeSessionStore,
    FakeSubmittedImagesStore,
)
from tests.fakes.erasures import FakeErasureStore
from tests.fakes.oauth import FakeOAuthClientStore, FakeOAuthGrantStore
from tests.fakes.stores import (
    FakeAccountStore,
    FakeActivityIndex,
    FakeIdempotencyStore,
    FakePipelineStore,
    FakeResultIndex,
    FakeResultStore,
    FakeUploadStore,
    FakeWorkerReportStore,
)


class TestFakeResultStore(ResultStoreContract):
    @pytest.fixture
    def store(self) -> FakeResultStore:
        return FakeResultStore()


class TestFakeErasureStore(ErasureStoreContract):
    @pytest.fixture
    def erasures(self) -> FakeErasureStore:
        return FakeErasureStore()


class TestFakeAccountStore(AccountStoreContract):
    @pytest.fixture
    def accounts(self) -> FakeAccountStore:
        return FakeAccountStore()


class TestFakeSessionStore(SessionStoreContract):
    @pytest.fixture
    def sessions(self) -> FakeSessionStore:
        return FakeSessionStore()


class TestFakeApiKeyStore(ApiKeyStoreContract):
    @pytest.fixture
    def api_keys(self) -> FakeApiKeyStore:
        return FakeApiKeyStore()


class TestFakeAttemptStore(AttemptStoreContract):
    @pytest.fixture
    def attempts(self) -> FakeAttemptStore:
        return FakeAttemptStore()


class TestFakeSubmittedImagesStore(SubmittedImagesStoreContract):
    @pytest.fixture
    def submitted(self) -> FakeSubmittedImagesStore:
        return FakeSubmittedImagesStore()


class TestFakeInvitationStore(InvitationStoreContract):
    @pytest.fixture
    def invitations(self) -> FakeInvitationStore:
        return FakeInvitationStore()


class TestFakeLiveTicketStore(LiveTicketStoreContract):
    @pytest.fixture
    def tickets(self) -> FakeLiveTicketStore:
        return FakeLiveTicketStore()


class TestFakeMailedTokenStore(MailedTokenStoreContract):
    @pytest.fixture
    def mailed_tokens(self) -> FakeMailedTokenStore:
        return FakeMailedTokenStore()


class TestFakeOAuthClientStore(OAuthClientStoreContract):
    @pytest.fixture
    def clients(self) -> FakeOAuthClientStore:
        return FakeOAuthClientStore()


class TestFakeOAuthGrantStore(OAuthGrantStoreContract):
    @pytest.fixture
    def grants(self) -> FakeOAuthGrantStore:
        return FakeOAuthGrantStore()


class TestFakeIdempotencyStore(IdempotencyStoreContract):
    @pytest.fixture
    def answers(self) -> FakeIdempotencyStore:
        return FakeIdempotencyStore()


class TestFakePipelineStore(PipelineStoreContract):
    @pytest.fixture
    def pipelines(self) -> FakePipelineStore:
        return FakePipelineStore()


class TestFakeResultIndex(ResultIndexContract):
    @pytest.fixture
    def index(self) -> FakeResultIndex:
        return FakeResultIndex()


class TestFakeActivityIndex(ActivityIndexContract):
    @pytest.fixture
    def activity(self) -> FakeActivityIndex:
        return FakeActivityIndex()


def signatures(store: type[Any]) -> dict[str, str]:
    """Return a class' public methods with their signatures, those that connect left out."""
    methods = inspect.getmembers(store, inspect.isfunction)
    return {name: str(inspect.signature(method)) for name, method in methods if not name.startswith("_")}


@pytest.mark.parametrize(
    ("fake", "real"),
    [
        (FakeResultStore, ResultStore),
        (FakeAccountStore, AccountStore),
        (FakePipelineStore, PipelineStore),
        (FakeWorkerReportStore, WorkerReportStore),
        (FakeSessionStore, SessionStore),
        (FakeApiKeyStore, ApiKeyStore),
        (FakeAttemptStore, AttemptStore),
        (FakeInvitationStore, InvitationStore),
        (FakeLiveTicketStore, LiveTicketStore),
        (FakeMailedTokenStore, MailedTokenStore),
        (FakeOAuthClientStore, OAuthClientStore),
        (FakeOAuthGrantStore, OAuthGrantStore),
        (FakeResultIndex, ResultIndex),
        (FakeErasureStore, ErasureStore),
        (FakeIdempotencyStore, IdempotencyStore),
        (FakeUploadStore, UploadStore),
        (FakeAuditStore, AuditStore),
    ],
)
def test_a_fake_has_the_methods_of_the_real_store(fake: type[Any], real: type[Any]) -> None:
    # Those that share a connection close and ping none of their own.
    promised, own = signatures(real), {"require_up", "ping", "close"}
    assert {name: text for name, text in signatures(fake).items() if name in promised or name not in own} == promised


async def test_a_fake_that_is_down_raises_as_the_real_one_does() -> None:
    store = FakeResultStore()
    store.down = True
    with pytest.raises(TransientError):
        await store.find("0" * 40)
