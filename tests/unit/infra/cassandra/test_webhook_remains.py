"""What webhooks keep of a workspace or an image goes when that is erased, and nothing of others does."""

from infra.cassandra.webhooks.remains import WebhookRemains
from tests import samples
from tests.fakes.webhooks import FakeWebhookDeliveryStore, FakeWebhookEndpointStore


class Kept:
    """Two endpoints of ``shop`` and one of ``rival``, each with deliveries about two images."""

    def __init__(self) -> None:
        self.endpoints, self.logs = FakeWebhookEndpointStore(), FakeWebhookDeliveryStore()
        self.remains = WebhookRemains(self.endpoints, self.logs)

    async def fill(self) -> None:
        for owner in ("shop", "shop", "rival"):
            endpoint = samples.endpoint(owner)
            await self.endpoints.create(endpoint)
            made = [samples.delivery(endpoint, subject=name) for name in ("a.jpg", "b.jpg")]
            await self.logs.save([(one, "{}") for one in made])

    def left(self) -> list[tuple[str, str]]:
        return sorted((one.owner, one.subject) for one, _ in self.logs.kept.values())


async def test_of_a_workspace_no_endpoint_and_no_delivery_is_left() -> None:
    kept = Kept()
    await kept.fill()
    assert await kept.remains.forget_workspace("shop") == 2
    assert await kept.remains.forget_workspace("shop") == 0
    assert {owner for owner, _ in kept.endpoints.endpoints} == {"rival"}
    assert kept.left() == [("rival", "a.jpg"), ("rival", "b.jpg")]
    assert len(kept.logs.dues) == 2


async def test_of_an_image_no_delivery_is_left() -> None:
    kept = Kept()
    await kept.fill()
    assert await kept.remains.forget_images("shop", frozenset({"a.jpg", "c.jpg"})) == 2
    assert kept.left() == [("rival", "a.jpg"), ("rival", "b.jpg"), ("shop", "b.jpg"), ("shop", "b.jpg")]
    assert len(kept.logs.dues) == 4
