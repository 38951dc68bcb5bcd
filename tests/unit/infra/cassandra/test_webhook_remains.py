"""What the logs of webhooks keep of an image goes when that is erased, and nothing of others does."""

from infra.cassandra.webhooks.remains import WebhookRemains
from tests import samples
from tests.fakes.webhooks import FakeWebhookDeliveryStore, FakeWebhookEndpointStore


async def test_of_an_image_no_delivery_is_left_but_that_it_was_deleted() -> None:
    endpoints, logs = FakeWebhookEndpointStore(), FakeWebhookDeliveryStore()
    remains = WebhookRemains(endpoints, logs)
    for owner in ("shop", "shop", "rival"):
        endpoint = samples.endpoint(owner)
        await endpoints.create(endpoint)
        made = [samples.delivery(endpoint, subject=name) for name in ("a.jpg", "b.jpg")]
        told = samples.delivery(endpoint, subject="a.jpg", type="image.deleted")
        await logs.save([(one, "{}") for one in (*made, told)])
    assert await remains.forget_images("shop", frozenset({"a.jpg", "c.jpg"})) == 2
    left = sorted((one.owner, one.subject, one.type.removeprefix("image.")) for one, _ in logs.kept.values())
    of_shop = [("shop", "a.jpg", "deleted"), ("shop", "b.jpg", "recognised")]
    rivals = [("rival", "a.jpg", "deleted"), ("rival", "a.jpg", "recognised"), ("rival", "b.jpg", "recognised")]
    assert left == sorted([*of_shop, *of_shop, *rivals])
    assert len(logs.dues) == len(left)
    assert [await remains.are_there(owner) for owner in ("shop", "another")] == [True, False]
