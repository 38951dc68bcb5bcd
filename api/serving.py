"""The API as a process: real services, one server, a graceful stop."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import FrameType
from typing import Any

import structlog
import uvicorn
import uvloop

from api.admission.backlog import BacklogWatch
from api.admission.lag import LagWatch
from api.app import create_app
from api.erasures.running import erasure_loop, retention_loop
from api.http.connections import BoundedHeadProtocol, QuietWebSocketProtocol
from api.live.streams import LiveStreams
from api.questions.asking import AskedQuestions
from api.security.passwords.hashing import PasswordHashing
from api.security.tokens.access_tokens import TokenSigner
from api.security.tokens.signing_keys import open_key_file
from api.services import Services
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.attempts import AttemptStore
from infra.cassandra.accounts.idempotency import IdempotencyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.live_tickets import LiveTicketStore
from infra.cassandra.accounts.mailed_tokens import MailedTokenStore
from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.cassandra.accounts.sessions import SessionStore
from infra.cassandra.accounts.submitted_images import SubmittedImagesStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.erasures.retention_runs import RetentionRunStore
from infra.cassandra.images.results import ResultStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.cassandra.worker_reports import WorkerReportStore
from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import EventPublisher
from infra.kafka.groups.backlog import GroupBacklog
from infra.kafka.groups.lag import GroupLags
from infra.kafka.message_reader import MessageReader
from infra.kafka.outcomes.outcome_topics import OutcomeTopics
from infra.kafka.topic_tail import TopicTail
from infra.mail.sending import open_postman
from infra.objects.job_files import JobFiles
from infra.objects.upload_place import UploadPlace
from infra.objects.upload_store import UploadStore
from infra.operations.audit.store import AuditStore
from infra.settings.settings import Settings
from infra.sources.network import SystemResolver
from infra.telemetry.garbage import collect_rarely
from infra.telemetry.logs import configure_logs
from infra.telemetry.metrics import serve_metrics
from schemas.topics import ANSWERS, IMAGE_REFERENCES, IMAGE_REFERENCES_BATCH, RECOGNISE_GROUP

# A caller waits for the broker's confirmation, and should be told before it gives up by itself.
CONFIRMATION_TIMEOUT_S = 10
STOP_GRACE_S = 20
MOST_CLIENT_BYTES = 4096
# So long any thread may keep the event loop from going on: the drivers' read answers, others check passwords.
SWITCH_INTERVAL_S = 0.0005

log = structlog.get_logger(__name__)


def run_server(settings: Settings) -> None:
    """Serve until told to stop; requests that run then are finished.

    Raises ``ConfigurationError`` or ``TransientError`` where a service cannot be reached at the start.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    configure_logs(settings, "vedette-api")
    # The server raises the signal that stopped it once more at its end: that must unwind, not kill.
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, _leave)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with open_services(settings) as services:
        app = create_app(services)
        configuration = uvicorn.Config(
            app,
            host=settings.api.host,
            port=settings.api.port,
            http=BoundedHeadProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            # By itself the server believes whatever comes from this machine, and a log-in could name any address.
            proxy_headers=bool(settings.api.trusted_proxies),
            forwarded_allow_ips=settings.api.trusted_proxies,
            lifespan="off",
            timeout_graceful_shutdown=STOP_GRACE_S,
            # Clients of streams say nothing; what they are sent is small, and a compressor for each takes 256 KiB.
            ws=QuietWebSocketProtocol,
            ws_max_size=MOST_CLIENT_BYTES,
            ws_max_queue=1,
            ws_per_message_deflate=False,
        )
        serve_metrics(settings.metrics, lambda: True)
        # Nobody's request shall wait while the description is made.
        app.openapi()
        collect_rarely()
        log.info("serving", host=settings.api.host, port=settings.api.port)
        try:
            await StreamingServer(configuration, app.state.live_streams).serve()
        finally:
            await app.state.live_hub.close()
            await app.state.audit.close()
            await app.state.key_watch.close()
            await app.state.feed.close()


class StreamingServer(uvicorn.Server):
    """Ends streams, which have no end of their own, before it waits for the answers that are under way."""

    def __init__(self, configuration: uvicorn.Config, streams: LiveStreams) -> None:
        super().__init__(configuration)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop within the grace that the configuration gives."""
        await self._streams.stop()
        await super().shutdown(sockets)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Connect to everything that the settings name, and leave it in order at the end."""
    async with AsyncExitStack() as opened:
        tokens = TokenSigner(open_key_file(settings), settings.api)
        publisher = EventPublisher(settings.kafka, delivery_timeout_s=CONFIRMATION_TIMEOUT_S)
        await opened.enter_async_context(publisher)
        backlog = await opened.enter_async_context(watched_backlog(settings))
        lags = await opened.enter_async_context(watched_lags(settings))
        messages = MessageReader(settings.kafka)
        opened.push_async_callback(messages.close)
        questions = await opened.enter_async_context(heard_questions(settings))
        session = await CassandraSession.connect(settings.cassandra)
        opened.push_async_callback(session.close)
        index = ResultIndex.connect(settings.elasticsearch)
        opened.push_async_callback(index.close)
        activity = ActivityIndex.connect(settings)
        opened.push_async_callback(activity.close)
        uploads = UploadStore(UploadPlace.of(settings))
        opened.push_async_callback(uploads.close)
        job_files = JobFiles(UploadPlace.of(settings))
        opened.push_async_callback(job_files.close)
        passwords = PasswordHashing(settings.api.password_hash_threads, settings.api.password_hash_queue)
        opened.callback(passwords.close)
        postman = open_postman(settings)
        opened.callback(postman.close)
        resolver = SystemResolver()
        opened.callback(resolver.close)
        erasures = erasure_loop(settings, session, index, publisher, uploads, job_files)
        await opened.enter_async_context(_running(erasures.run(), "erasures"))
        retention = retention_loop(settings, session, publisher, uploads)
        await opened.enter_async_context(_running(retention.run(), "retention"))
        yield Services(
            settings=settings,
            images=ResultStore(session),
            accounts=AccountStore(session),
            sessions=SessionStore(session),
            api_keys=ApiKeyStore(session),
            attempts=AttemptStore(session),
            mailed_tokens=MailedTokenStore(session),
            invitations=InvitationStore(session),
            submitted=SubmittedImagesStore(session),
            mail=postman,
            oauth_clients=OAuthClientStore(session),
            oauth_grants=OAuthGrantStore(session),
            index=index,
            pipelines=PipelineStore(session),
            workers=WorkerReportStore(session),
            publisher=publisher,
            backlog=backlog,
            lags=lags,
            answers=IdempotencyStore(session),
            uploads=uploads,
            jobs=JobStore(session),
            job_files=job_files,
            messages=messages,
            questions=questions,
            outcomes=OutcomeTopics(settings.kafka),
            live_tickets=LiveTicketStore(session),
            webhook_endpoints=WebhookEndpointStore(session),
            webhook_deliveries=WebhookDeliveryStore(session, settings.webhooks.retention_days),
            resolve=resolver,
            erasures=ErasureStore(session),
            retention_runs=RetentionRunStore(session),
            activity=activity,
            audit_trail=AuditStore(session),
            tokens=tokens,
            passwords=passwords,
        )


@asynccontextmanager
async def watched_backlog(settings: Settings) -> AsyncIterator[BacklogWatch]:
    """Keep an eye on what waits for recognition until the end of the block."""
    limits = {IMAGE_REFERENCES: settings.api.max_backlog, IMAGE_REFERENCES_BATCH: settings.api.max_batch_backlog}
    backlog = GroupBacklog(settings.kafka, RECOGNISE_GROUP, list(limits))
    watch = BacklogWatch(backlog.look, limits)
    try:
        async with _running(watch.run(), "backlog-watch"):
            yield watch
    finally:
        await backlog.close()


@asynccontextmanager
async def heard_questions(settings: Settings) -> AsyncIterator[AskedQuestions]:
    """Let questions be asked, and hear their answers, until the end of the block."""
    # Nobody is to wait for others to share a batch with a question.
    publisher = EventPublisher(settings.kafka, delivery_timeout_s=CONFIRMATION_TIMEOUT_S, linger_ms=0)
    async with publisher, TopicTail(settings.kafka, [ANSWERS]) as tail:
        questions = AskedQuestions(publisher, tail.begun)
        async with _running(questions.listen(tail), "answers"):
            yield questions


@asynccontextmanager
async def watched_lags(settings: Settings) -> AsyncIterator[LagWatch]:
    """Keep an eye on how far the consumer groups lag behind until the end of the block."""
    watch = LagWatch(GroupLags(settings.kafka).look)
    async with _running(watch.run(), "lag-watch"):
        yield watch


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_tell_of_bug)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _tell_of_bug(task: "asyncio.Task[None]") -> None:
    """A watch that ended would be noticed by nobody: references would pile up without a bound."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("bug", task=task.get_name(), exc_info=error)
        signal.raise_signal(signal.SIGTERM)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
