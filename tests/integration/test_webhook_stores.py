"""Endpoints of webhooks and the log of deliveries, on a real Cassandra."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from infra.cassandra.migrations import migrate_tables
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.settings.servers import CassandraSettings
from tests.contracts.webhook_stores_contract import WebhookDeliveryStoreContract, WebhookEndpointStoreContract
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def cassandra(stack: RunningStack) -> CassandraSettings:
    asyncio.run(migrate_tables(stack.settings.cassandra))
    return stack.settings.cassandra


@pytest.fixture
async def session(cassandra: CassandraSettings) -> AsyncIterator[CassandraSession]:
    session = await CassandraSession.connect(cassandra)
    yield session
    await session.close()


class TestWebhookEndpointStore(WebhookEndpointStoreContract):
    @pytest.fixture
    def endpoints(self, session: CassandraSession) -> WebhookEndpointStore:
        return WebhookEndpointStore(session)


class TestWebhookDeliveryStore(WebhookDeliveryStoreContract):
    @pytest.fixture
    def deliveries(self, session: CassandraSession) -> WebhookDeliveryStore:
        return WebhookDeliveryStore(session, retention_days=30)
