"""What the API needs from the rest of the platform, passed to it when it is made."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from api.admission.backlog import Seen
from api.invitations.service import InvitationRegistry
from api.live.hub import OutcomeSource
from api.live.tickets import TicketStore
from api.security.callers import KeysByPrefix
from api.security.passwords.hashing import PasswordHashing
from api.security.sessions import SessionRegistry
from api.security.throttle import AttemptCounts
from api.security.tokens.access_tokens import TokenSigner
from api.webhooks.deliveries import DeliveryStore
from api.webhooks.service import DeliveryLogs, EndpointRegistry, Resolve
from infra.kafka import event_bus
from infra.kafka.groups.lag import Lag
from infra.kafka.topic_messages import TopicMessage
from infra.mail.sending import Letter
from infra.operations.audit.listing import Chains
from infra.operations.erasure.service import ErasureRegistry
from infra.operations.export.service import SnapshotPages
from infra.operations.jobs.service import JobFileStore, JobRegistry
from infra.operations.promotion.service import Pipelines
from infra.settings.settings import Settings
from schemas.access.accounts import Account, Workspace
from schemas.access.credentials import ApiKey, Purpose
from schemas.access.idempotency import Attempt, EarlierRequest
from schemas.access.keeping import KeepingTimes, RetentionRun
from schemas.access.oauth import AuthorizationCode, BrowserLogIn, Consent, OAuthClient
from schemas.activity_queries import ActivityItem, ActivityQuery
from schemas.answers import EmbeddingAnswer, HashAnswer
from schemas.dead_letters import DeadLetter, Rejection
from schemas.images import Feature, ImageIdentity, ImageReference, Origin
from schemas.messages.questions import Answered, Inquiry, Refused
from schemas.queries import (
    OPEN_LETTERS,
    Bucket,
    DeadLetterQuery,
    ImageRecord,
    Interval,
    Page,
    ResultQuery,
    ResultSummary,
    SimilarImage,
    Statistics,
)
from schemas.records.pipelines import PipelineSpec
from schemas.records.worker_reports import WorkerReport
from schemas.results import ImageDeleted, RecognitionResult
from schemas.texts.uploads import Upload


class Images(Protocol):
    """How far every image has come; every method raises ``TransientError`` while it cannot answer."""

    async def announce(self, images: Sequence[tuple[ImageIdentity, str, datetime]]) -> None: ...
    async def save_accepted(self, references: Sequence[tuple[ImageReference, Origin]]) -> None: ...
    async def save_deletions(self, deletions: Sequence[tuple[ImageDeleted, Origin]]) -> None: ...
    async def find(self, image_key: str) -> ImageRecord | None: ...
    async def find_many(self, image_keys: Sequence[str]) -> list[ImageRecord]: ...
    async def read_answer(self, record: ImageRecord, pipeline: str | None = None) -> RecognitionResult | None: ...
    async def read_history(self, image_key: str) -> tuple[RecognitionResult, ...]: ...
    async def list_images(self, owner: str, limit: int, cursor: str | None = None) -> Page[ImageRecord]: ...
    async def list_rejections(
        self, limit: int, cursor: str | None = None, query: DeadLetterQuery = OPEN_LETTERS
    ) -> Page[DeadLetter]: ...
    async def find_rejection(self, origin: Origin) -> DeadLetter | None: ...
    async def unread_ranges(self) -> tuple[Rejection, ...]: ...
    async def ping(self) -> None: ...


class Accounts(Protocol):
    """Who may use the platform, and what each workspace may have fetched."""

    async def find_account(self, email: str) -> Account | None: ...
    async def find_account_by_id(self, account_id: UUID) -> Account | None: ...
    async def find_workspace(self, workspace_id: str) -> Workspace | None: ...
    async def list_workspaces(self) -> tuple[Workspace, ...]: ...
    async def close_workspace(self, workspace: str, since: datetime) -> bool: ...
    async def create_workspace(self, workspace: Workspace) -> None: ...
    async def set_allowed_prefixes(self, workspace_id: str, prefixes: tuple[str, ...]) -> None: ...
    async def replace_allowed_prefixes(
        self, workspace_id: str, known: tuple[str, ...], prefixes: tuple[str, ...]
    ) -> None: ...
    async def set_default_features(self, workspace_id: str, features: tuple[Feature, ...]) -> None: ...
    async def set_keep_location(self, workspace_id: str, keep_location: bool) -> None: ...
    async def set_keeping(self, workspace_id: str, keep: KeepingTimes) -> None: ...
    async def rename_workspace(self, workspace_id: str, name: str) -> None: ...
    async def create_account(self, account: Account) -> None: ...
    async def change_account(self, account: Account) -> Account: ...
    async def list_accounts(
        self, limit: int, cursor: str | None = None, workspace: str | None = None
    ) -> Page[Account]: ...


class ApiKeys(KeysByPrefix, Protocol):
    """The keys of programs."""

    async def create(self, key: ApiKey) -> None: ...
    async def list_keys(self, account_id: UUID) -> tuple[ApiKey, ...]: ...
    async def revoke(self, account_id: UUID, prefix: str, at: datetime) -> bool: ...
    async def list_suspended(self) -> tuple[ApiKey, ...]: ...
    async def release(self, prefix: str) -> bool: ...
    async def forget(self, account_id: UUID, prefix: str) -> None: ...


class MailedTokens(Protocol):
    """What mailed tokens stand for, by their digests."""

    async def add(self, digest: bytes, purpose: Purpose, content: str, lifetime_s: int) -> None: ...
    async def find(self, digest: bytes, purpose: Purpose) -> str | None: ...
    async def use(self, digest: bytes) -> bool: ...


class SubmittedImages(Protocol):
    """How many images accounts and keys have sent on a day, by API process."""

    async def save(self, subject: str, day: date, process: UUID, images: int) -> None: ...
    async def read(self, subject: str, day: date) -> dict[UUID, int]: ...


class Mail(Protocol):
    """Sends letters soon; raises ``TransientError`` where too many wait."""

    def require_room(self) -> None: ...
    def post(self, letter: Letter) -> None: ...


class OAuthClients(Protocol):
    """Applications of others."""

    async def create_client(self, client: OAuthClient) -> None: ...
    async def find_client(self, client_id: str) -> OAuthClient | None: ...
    async def list_clients(self) -> tuple[OAuthClient, ...]: ...
    async def change_client(self, client: OAuthClient) -> OAuthClient: ...
    async def revoke_client(self, client_id: str, at: datetime) -> bool: ...
    async def release_client(self, client_id: str) -> bool: ...


class OAuthGrants(Protocol):
    """What people gave to applications, and the browsers in which they are about to."""

    async def give_consent(self, consent: Consent) -> Consent: ...
    async def find_consent(self, account_id: UUID, client_id: str) -> Consent | None: ...
    async def list_consents(self, account_id: UUID) -> tuple[Consent, ...]: ...
    async def withdraw_consent(self, account_id: UUID, client_id: str) -> bool: ...
    async def add_code(self, digest: bytes, code: AuthorizationCode) -> None: ...
    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, bool] | None: ...
    async def use_code(self, digest: bytes, code: AuthorizationCode, at: datetime) -> bool: ...
    async def begin_log_in(self, digest: bytes, log_in: BrowserLogIn, lifetime_s: int) -> None: ...
    async def find_log_in(self, digest: bytes) -> BrowserLogIn | None: ...
    async def end_log_in(self, digest: bytes) -> None: ...


class Index(Protocol):
    """Results, searchable."""

    async def search(self, query: ResultQuery) -> Page[ResultSummary]: ...
    def snapshot(self, query: ResultQuery) -> AbstractAsyncContextManager[SnapshotPages]: ...
    async def statistics(self, query: ResultQuery, interval: Interval = ...) -> Statistics: ...
    async def suggest(self, query: ResultQuery, begun: str) -> tuple[Bucket, ...]: ...
    async def similar(
        self, query: ResultQuery, embedding: EmbeddingAnswer, but: ImageIdentity | None = None
    ) -> tuple[SimilarImage, ...]: ...
    async def duplicates(
        self, query: ResultQuery, look: HashAnswer, most_bits: int, but: ImageIdentity
    ) -> tuple[SimilarImage, ...]: ...
    async def ping(self) -> None: ...


class Questions(Protocol):
    """Has pictures recognised that are kept nowhere."""

    async def ask(
        self, inquiry: Inquiry, picture: bytes, timeout_s: float, accepted: Callable[[], None]
    ) -> Answered | Refused: ...


class Activity(Protocol):
    """What happened on the platform, searchable."""

    async def search(self, query: ActivityQuery) -> Page[ActivityItem]: ...


class Answers(Protocol):
    """Answers to requests that carry an idempotency key."""

    async def begin(self, attempt: Attempt) -> EarlierRequest | None: ...
    async def finish(self, attempt: Attempt, answer: str) -> bool: ...
    async def free(self, attempt: Attempt) -> None: ...


class Uploads(Protocol):
    """Pictures that callers have sent, where nobody but the platform finds them."""

    async def save(self, upload: Upload, picture: bytes) -> None: ...
    async def delete(self, owner: str, image_key: str) -> None: ...
    def expire(self, owner: str, before: datetime, image_key: str | None = None) -> AsyncIterator[int]: ...


class PipelineDirectory(Pipelines, Protocol):
    """The pipelines there are, and which of them counts."""

    async def list_pipelines(self) -> tuple[PipelineSpec, ...]: ...


class Workers(Protocol):
    """What the workers that run now say of themselves."""

    async def list_reports(self) -> tuple[WorkerReport, ...]: ...


class RetentionRuns(Protocol):
    """What retention did last."""

    async def list_runs(self) -> Mapping[str, RetentionRun]: ...


class Publisher(event_bus.Publisher, Protocol):
    """Publishes to Kafka, and tells whether it answers."""

    async def ping(self) -> None: ...


class Backlog(Protocol):
    """Keeps references from piling up where recognition does not keep up."""

    def reserve(self, topic: str, count: int) -> None:
        """Count on ``count`` more references on ``topic``; raises ``Overloaded`` where too many wait already."""

    def tell(self) -> Mapping[str, Seen]: ...


class Lags(Protocol):
    """Knows how far every consumer group lags behind; None while that is not known."""

    def tell(self) -> tuple[Lag, ...] | None: ...


class Messages(Protocol):
    """Reads messages from Kafka by their place; None for one that is no longer kept."""

    async def read(self, place: Origin) -> TopicMessage | None: ...


class WebhookDeliveries(DeliveryStore, DeliveryLogs, Protocol):
    """The logs of deliveries of webhooks."""


@dataclass(frozen=True)
class Services:
    """Everything that a request may use; opened and closed by whoever makes the app."""

    settings: Settings
    images: Images
    accounts: Accounts
    sessions: SessionRegistry
    api_keys: ApiKeys
    attempts: AttemptCounts
    mailed_tokens: MailedTokens
    invitations: InvitationRegistry
    submitted: SubmittedImages
    mail: Mail
    oauth_clients: OAuthClients
    oauth_grants: OAuthGrants
    index: Index
    pipelines: PipelineDirectory
    workers: Workers
    publisher: Publisher
    backlog: Backlog
    lags: Lags
    answers: Answers
    uploads: Uploads
    jobs: JobRegistry
    job_files: JobFileStore
    messages: Messages
    questions: Questions
    outcomes: OutcomeSource
    live_tickets: TicketStore
    webhook_endpoints: EndpointRegistry
    webhook_deliveries: WebhookDeliveries
    resolve: Resolve
    erasures: ErasureRegistry
    retention_runs: RetentionRuns
    activity: Activity
    audit_trail: Chains
    tokens: TokenSigner
    passwords: PasswordHashing
