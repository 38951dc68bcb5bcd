"""``vedette worker webhooks``: events to the endpoints of webhooks, at least once."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.kafka.event_bus import EventPublisher
from infra.kafka.polling import MessageStream
from infra.mail.sending import open_postman
from infra.operations.audit.acts import command_recorder
from infra.retries import retry_transient
from infra.settings.settings import Settings
from infra.webhooks.secrets import WebhookKeys
from infra.webhooks.sending import WebhookSender
from processors.streams.delivery import Batching, consume_batches
from processors.streams.faust_client.app import WorkerApp
from processors.streams.worker import create_worker
from processors.webhooks.couriers import Couriers
from processors.webhooks.desk import DeliveryDesk
from processors.webhooks.directory import EndpointDirectory
from processors.webhooks.events import EventReader
from processors.webhooks.first_attempts import FirstAttempts
from processors.webhooks.gates import Gates
from processors.webhooks.health import EndpointHealth
from processors.webhooks.schedule import RetrySchedule
from schemas.messages.topic_owners import TopicOwners
from schemas.topics import DEAD_LETTERS, JOB_ENDINGS, RECOGNITION_RESULTS

# A batch may wait half a second for its attempts; others begin meanwhile.
IN_FLIGHT = 4
ASK_PARTITIONS_EVERY_S = 10.0


@dataclass(frozen=True)
class OpenedWebhooks:
    """What one worker delivers with."""

    directory: EndpointDirectory
    health: EndpointHealth
    first: FirstAttempts
    desk: DeliveryDesk
    deliveries: WebhookDeliveryStore


def create_app(settings: Settings) -> WorkerApp:
    """Return the app that tells endpoints what happens.

    One stream makes deliveries of events and tries each once. Beside it, couriers make what is due: each endpoint
    belongs to one partition of the results, and to whichever worker reads that.
    """
    app = create_worker("webhooks", settings)
    shards, shared = Shards(app), SharedWebhooks(settings)

    async def tell(stream: MessageStream) -> None:
        batching = Batching(settings.worker.sink_batch_size, settings.worker.batch_wait_s, in_flight=IN_FLIGHT)
        async with shared as webhooks:
            try:
                await consume_batches(stream, batching, webhooks.first.handle, webhooks.first.keep)
            finally:
                await webhooks.first.close()

    async def deliver() -> None:
        async with shared as webhooks:
            couriers = Couriers(webhooks.directory, webhooks.desk, webhooks.deliveries, shards.owns)
            async with asyncio.TaskGroup() as tasks:
                for work in (webhooks.directory.follow, webhooks.health.run, shards.follow, couriers.run):
                    tasks.create_task(work())

    app.consume([RECOGNITION_RESULTS, DEAD_LETTERS, JOB_ENDINGS], tell)
    app.run_beside(deliver)
    return app


class SharedWebhooks:
    """What both parts of a worker deliver with: opened by whichever is first, and closed when both have left."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changing = asyncio.Lock()
        self._users = 0
        self._stack = AsyncExitStack()
        self._opened: OpenedWebhooks | None = None

    async def __aenter__(self) -> OpenedWebhooks:
        async with self._changing:
            if self._opened is None:
                self._opened = await self._stack.enter_async_context(open_webhooks(self._settings))
            self._users += 1
            return self._opened

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._users -= 1
        if not self._users:
            self._opened = None
            await self._stack.aclose()


class Shards:
    """Which endpoints are this worker's: those whose partition of the results it reads."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app
        self._partitions = 0

    def owns(self, endpoint_id: str) -> bool:
        """Whether this worker makes what is due to the endpoint; nobody's while partitions are not known."""
        if not self._partitions:
            return False
        shard = zlib.crc32(endpoint_id.encode()) % self._partitions
        return (RECOGNITION_RESULTS, shard) in self._app.pulse.partitions

    async def follow(self) -> None:
        """Ask again and again how many partitions there are, until cancelled."""
        while True:
            places = await retry_transient(
                lambda: self._app.facts.partitions([RECOGNITION_RESULTS]), doing="ask Kafka for partitions"
            )
            self._partitions = len(places)
            await asyncio.sleep(ASK_PARTITIONS_EVERY_S)


@asynccontextmanager
async def open_webhooks(settings: Settings) -> AsyncIterator[OpenedWebhooks]:
    """Yield all that delivering needs, on real stores; waits until these answer."""
    given = settings.webhooks
    async with AsyncExitStack() as opened:
        session = await retry_transient(
            lambda: CassandraSession.connect(settings.cassandra), doing="connect to Cassandra"
        )
        opened.push_async_callback(session.close)
        sender = WebhookSender(given)
        opened.push_async_callback(sender.close)
        postman = open_postman(settings)
        opened.callback(postman.close)
        publisher = await opened.enter_async_context(EventPublisher(settings.kafka))
        endpoints = WebhookEndpointStore(session)
        deliveries = WebhookDeliveryStore(session, given.retention_days)
        directory = EndpointDirectory(endpoints)
        await directory.read()
        act, lasting = command_recorder(publisher).act, timedelta(seconds=given.disable_after_s)
        health = EndpointHealth(endpoints, AccountStore(session), postman, act, lasting)
        desk = DeliveryDesk(sender, WebhookKeys(settings), Gates(given), RetrySchedule(given.retry_delays_s), health)
        reader = EventReader(directory, TopicOwners(settings.kafka.topic_owners))
        yield OpenedWebhooks(
            directory, health, FirstAttempts(reader.read, directory, desk, deliveries), desk, deliveries
        )
