"""The stores of webhooks in memory keep what the real ones promise."""

import inspect

import pytest

from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from tests.contracts.webhook_stores_contract import WebhookDeliveryStoreContract, WebhookEndpointStoreContract
from tests.fakes.webhooks import FakeWebhookDeliveryStore, FakeWebhookEndpointStore


class TestFakeWebhookEndpointStore(WebhookEndpointStoreContract):
    @pytest.fixture
    def endpoints(self) -> FakeWebhookEndpointStore:
        return FakeWebhookEndpointStore()


class TestFakeWebhookDeliveryStore(WebhookDeliveryStoreContract):
    @pytest.fixture
    def deliveries(self) -> FakeWebhookDeliveryStore:
        return FakeWebhookDeliveryStore()


@pytest.mark.parametrize(
    ("fake", "real"),
    [(FakeWebhookEndpointStore, WebhookEndpointStore), (FakeWebhookDeliveryStore, WebhookDeliveryStore)],
)
def test_a_fake_has_the_methods_of_the_real_store(fake: type[object], real: type[object]) -> None:
    own = {"require_up", "ping", "close"}
    assert {name: text for name, text in signatures(fake).items() if name not in own} == signatures(real)


def signatures(store: type[object]) -> dict[str, str]:
    methods = inspect.getmembers(store, inspect.isfunction)
    return {name: str(inspect.signature(method)) for name, method in methods if not name.startswith("_")}
