"""The API on stores in memory, and callers of every kind."""

import base64
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from pydantic import SecretStr

from api.admission.backlog import BacklogWatch
from api.admission.lag import LagWatch
from api.app import create_app
from api.questions.asking import AskedQuestions
from api.security.api_keys import make_key
from api.security.passwords.hashing import PasswordHashing, hash_password
from api.security.tokens.access_tokens import TokenSigner
from api.security.tokens.signing_keys import FixedKeys
from api.services import Services
from infra.kafka.event_bus import Record
from infra.kafka.groups.backlog import Progress
from infra.kafka.groups.lag import Lag
from infra.kafka.topic_messages import TopicMessage
from infra.settings.api import ApiSettings, UploadSettings
from infra.settings.live import LiveSettings
from infra.settings.operations import ActivitySettings
from infra.settings.recognition import SourceSettings
from infra.settings.settings import Settings
from infra.settings.webhooks import WebhookSettings
from schemas.access.accounts import Account, Role, Scope
from schemas.activity import ActivityEvent, AuditEvent, parse_activity
from schemas.answers import FeatureAnswers
from schemas.images import ImageReference, Origin
from schemas.messages.cloud_events import AUDIT_TYPE, event_type_of
from schemas.messages.questions import Answered, Question, Refused, answer_headers, decode_question
from schemas.topics import ACTIVITY, ANSWERS, IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, QUESTIONS, REFERENCE_TOPICS
from schemas.wire import parse_reference
from tests import samples
from tests.fakes.audit import FakeAuditStore
from tests.fakes.credentials import (
    FakeApiKeyStore,
    FakeAttemptStore,
    FakeInvitationStore,
    FakeLiveTicketStore,
    FakeMail,
    FakeMailedTokenStore,
    FakeSessionStore,
    FakeSubmittedImagesStore,
)
from tests.fakes.erasures import FakeErasureStore, FakeRetentionRuns
from tests.fakes.jobs import FakeJobFiles, FakeJobStore
from tests.fakes.live import FakeOutcomes
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
    Fallible,
)
from tests.fakes.webhooks import FakeResolver, FakeWebhookDeliveryStore, FakeWebhookEndpointStore

PASSWORD = "violet anchors drift slowly"  # noqa: S105 - of accounts that live as long as a test
PASSWORD_HASH = hash_password(PASSWORD)
WEBHOOK_KEY = SecretStr(base64.b64encode(bytes(range(32))).decode())
SHOP = "shop"
RIVAL = "rival"


class FakePublisher(Fallible):
    """Keeps what was published."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.recognise: Callable[[ImageReference, Origin], Awaitable[None]] | None = None
        """Stands for the workers, where a test has any."""
        self.answer: Callable[[Record], None] | None = None
        """Stands for the workers where questions are asked."""

    async def publish(self, records: Sequence[Record]) -> tuple[Origin, ...]:
        self.require_up()
        self.records += records
        first = len(self.records) - len(records)
        now_ms = int(time.time() * 1000)
        origins = tuple(
            Origin(topic=record.topic, partition=0, offset=first + number, appended_at_ms=now_ms)
            for number, record in enumerate(records)
        )
        for record, origin in zip(records, origins, strict=True):
            if self.recognise is not None and record.topic in REFERENCE_TOPICS:
                await self.recognise(parse_reference(record.value or b""), origin)
            if self.answer is not None and record.topic == QUESTIONS:
                self.answer(record)
        return origins


class FakeMessages(Fallible):
    """Messages by the place where they stand."""

    def __init__(self) -> None:
        self.kept: dict[Origin, Record] = {}

    async def read(self, place: Origin) -> TopicMessage | None:
        self.require_up()
        found = self.kept.get(place)
        return None if found is None else TopicMessage(place, found.key, found.value, found.headers)


@dataclass
class ApiWorld:
    """Everything around one API, and the API."""

    home: Path
    api: ApiSettings = field(default_factory=ApiSettings)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    images: FakeResultStore = field(default_factory=FakeResultStore)
    accounts: FakeAccountStore = field(default_factory=FakeAccountStore)
    sessions: FakeSessionStore = field(default_factory=FakeSessionStore)
    api_keys: FakeApiKeyStore = field(default_factory=FakeApiKeyStore)
    attempts: FakeAttemptStore = field(default_factory=FakeAttemptStore)
    mailed_tokens: FakeMailedTokenStore = field(default_factory=FakeMailedTokenStore)
    invitations: FakeInvitationStore = field(default_factory=FakeInvitationStore)
    submitted: FakeSubmittedImagesStore = field(default_factory=FakeSubmittedImagesStore)
    mail: FakeMail = field(default_factory=FakeMail)
    oauth_clients: FakeOAuthClientStore = field(default_factory=FakeOAuthClientStore)
    oauth_grants: FakeOAuthGrantStore = field(default_factory=FakeOAuthGrantStore)
    index: FakeResultIndex = field(default_factory=FakeResultIndex)
    pipelines: FakePipelineStore = field(default_factory=FakePipelineStore)
    workers: FakeWorkerReportStore = field(default_factory=FakeWorkerReportStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    progress: dict[str, Progress] = field(default_factory=dict)
    answers: FakeIdempotencyStore = field(default_factory=FakeIdempotencyStore)
    lag: tuple[Lag, ...] = ()
    uploads: FakeUploadStore = field(default_factory=FakeUploadStore)
    jobs: FakeJobStore = field(default_factory=FakeJobStore)
    job_files: FakeJobFiles = field(default_factory=FakeJobFiles)
    messages: FakeMessages = field(default_factory=FakeMessages)
    outcomes: FakeOutcomes = field(default_factory=FakeOutcomes)
    live_tickets: FakeLiveTicketStore = field(default_factory=FakeLiveTicketStore)
    webhook_endpoints: FakeWebhookEndpointStore = field(default_factory=FakeWebhookEndpointStore)
    webhook_deliveries: FakeWebhookDeliveryStore = field(default_factory=FakeWebhookDeliveryStore)
    resolver: FakeResolver = field(default_factory=FakeResolver)
    webhooks: WebhookSettings = field(default_factory=lambda: WebhookSettings(key=WEBHOOK_KEY))
    erasures: FakeErasureStore = field(default_factory=FakeErasureStore)
    retention_runs: FakeRetentionRuns = field(default_factory=FakeRetentionRuns)
    activity: FakeActivityIndex = field(default_factory=FakeActivityIndex)
    audit_trail: FakeAuditStore = field(default_factory=FakeAuditStore)
    upload_settings: UploadSettings = field(default_factory=UploadSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    # Where nobody says otherwise, a stream is over soon: whoever asks every route for its answer waits for the end.
    live: LiveSettings = field(default_factory=lambda: LiveSettings(longest_s=0.05))
    activity_settings: ActivitySettings = field(default_factory=lambda: ActivitySettings(access_share=0))

    def __post_init__(self) -> None:
        self.tokens = TokenSigner(FixedKeys(self.key), self.api)
        self.passwords = PasswordHashing(1, 8)
        limits = {IMAGE_REFERENCES: self.api.max_backlog, IMAGE_REFERENCES_BATCH: self.api.max_batch_backlog}
        self.backlog = BacklogWatch(self._look, limits)
        self.lags = LagWatch(self._look_at_lags)
        self.questions = AskedQuestions(self.publisher, self._hears)
        self.app: FastAPI = create_app(
            Services(
                settings=Settings(
                    home=self.home,
                    api=self.api,
                    live=self.live,
                    webhooks=self.webhooks,
                    uploads=self.upload_settings,
                    sources=self.sources,
                    activity=self.activity_settings,
                ),
                images=self.images,
                accounts=self.accounts,
                sessions=self.sessions,
                api_keys=self.api_keys,
                attempts=self.attempts,
                mailed_tokens=self.mailed_tokens,
                invitations=self.invitations,
                submitted=self.submitted,
                mail=self.mail,
                oauth_clients=self.oauth_clients,
                oauth_grants=self.oauth_grants,
                index=self.index,
                pipelines=self.pipelines,
                workers=self.workers,
                publisher=self.publisher,
                backlog=self.backlog,
                lags=self.lags,
                answers=self.answers,
                uploads=self.uploads,
                jobs=self.jobs,
                job_files=self.job_files,
                messages=self.messages,
                questions=self.questions,
                outcomes=self.outcomes,
                live_tickets=self.live_tickets,
                webhook_endpoints=self.webhook_endpoints,
                webhook_deliveries=self.webhook_deliveries,
                resolve=self.resolver,
                erasures=self.erasures,
                retention_runs=self.retention_runs,
                activity=self.activity,
                audit_trail=self.audit_trail,
                tokens=self.tokens,
                passwords=self.passwords,
            )
        )

    async def _look(self) -> dict[str, Progress]:
        return self.progress

    async def _hears(self) -> None:
        """Nothing is in the way of an answer."""

    async def _look_at_lags(self) -> tuple[Lag, ...]:
        return self.lag

    def client(self, token: str | None = None, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Return a client that talks to the API from ``address``, as whoever the token says."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 123))
        return httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)

    async def add_workspace(self, workspace_id: str, *prefixes: str) -> None:
        allowed = prefixes or (f"s3://{workspace_id}-*/",)
        await self.accounts.create_workspace(samples.workspace(workspace_id, allowed_prefixes=allowed))

    async def add_account(self, role: Role = Role.USER, *workspaces: str, active: bool = True) -> Account:
        """Create an account whose password is ``PASSWORD``."""
        account = samples.account(
            f"{role.value}-{len(self.accounts.accounts)}@shop.example",
            role=role,
            workspaces=frozenset(workspaces),
            active=active,
            password_hash=PASSWORD_HASH,
        )
        await self.accounts.create_account(account)
        return account

    async def log_in(self, role: Role = Role.USER, *workspaces: str) -> httpx.AsyncClient:
        """Return a client of a new account."""
        return await self.client_of(await self.add_account(role, *workspaces))

    async def client_of(self, account: Account) -> httpx.AsyncClient:
        """Return a client that is logged in to this account."""
        return self.client(await self.token_of(account))

    async def token_of(self, account: Account) -> str:
        """Return an access token of a new session."""
        session = samples.session(account_id=account.id, generation=account.generation)
        await self.sessions.begin(session, session.id.bytes)
        return self.tokens.sign(account, session.id)

    @property
    def published(self) -> list[Record]:
        """What was published but for activity, of which there is more the slower this machine is."""
        return [record for record in self.publisher.records if record.topic != ACTIVITY]

    @property
    def published_for_stores(self) -> list[Record]:
        """What was published but for activity and for what nobody keeps."""
        return [record for record in self.published if record.topic not in (QUESTIONS, ANSWERS)]

    async def audited(self) -> list[AuditEvent]:
        """Return what was recorded until now, what nobody waited for included."""
        await self.app.state.audit.close()
        return [
            AuditEvent.model_validate_json(record.value or b"")
            for record in self.publisher.records
            if record.topic == ACTIVITY and event_type_of(record.headers) == AUDIT_TYPE
        ]

    async def told(self) -> list[ActivityEvent]:
        """Return what topic ``activity`` was told of requests and attacks until now."""
        await self.app.state.key_watch.close()
        await self.app.state.feed.close()
        return [
            parse_activity(record.value or b"")
            for record in self.publisher.records
            if record.topic == ACTIVITY and event_type_of(record.headers) != AUDIT_TYPE
        ]

    def let_workers_see(self, features: FeatureAnswers) -> None:
        """From now on recognise every reference that is published, at once, as ``features``."""

        async def recognise(reference: ImageReference, origin: Origin) -> None:
            image_id = reference.identity.image_id
            result = samples.result(reference.owner, image_id, of=origin, uri=reference.public_uri, features=features)
            await self.images.save_results([result])
            await self.index.save_results([result])

        self.publisher.recognise = recognise
        self.let_workers_answer(samples.answered(features))

    def let_workers_answer(self, answer: Answered | Refused) -> None:
        """From now on answer every question at once."""

        def tell(record: Record) -> None:
            question, part = decode_question(record.headers)
            if part == question.parts - 1:
                self.hear(question, answer.model_dump_json().encode())

        self.publisher.answer = tell

    def hear(self, question: Question, answer: bytes) -> None:
        """Let these bytes come as the answer to a question."""
        headers = answer_headers(question, "vedette/recognise/worker-1", samples.START)
        at = Origin(topic=ANSWERS, partition=0, offset=0, appended_at_ms=0)
        self.questions.hear([TopicMessage(at, question.id.encode(), answer, headers)])

    @property
    def asked(self) -> list[tuple[Question, bytes]]:
        """Return the questions that were published, each with its picture."""
        pictures: dict[str, list[bytes]] = {}
        asked: dict[str, Question] = {}
        for record in self.publisher.records:
            if record.topic == QUESTIONS:
                question, _ = decode_question(record.headers)
                asked[question.id] = question
                pictures.setdefault(question.id, []).append(record.value or b"")
        return [(question, b"".join(pictures[each])) for each, question in asked.items()]

    async def recognise(self, owner: str, image_id: str, **fields: object) -> None:
        """Let an image have been recognised, in both stores."""
        result = samples.result(owner, image_id, **fields)
        await self.images.save_accepted([(samples.reference(owner, image_id), result.origin)])
        await self.images.save_results([result])
        await self.index.save_results([result])

    async def key_of(self, owner: Account, scopes: Iterable[Scope], *workspaces: str, **fields: object) -> str:
        """Return the text of a new API key; for these workspaces alone, where some are named."""
        made = make_key()
        reach = frozenset(workspaces) or None
        known = {"prefix": made.prefix, "digest": made.digest, "account_id": owner.id, "scopes": frozenset(scopes)}
        await self.api_keys.create(samples.api_key(**{**known, "workspaces": reach, **fields}))
        return made.text
