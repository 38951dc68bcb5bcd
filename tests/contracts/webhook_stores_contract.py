"""What every store of endpoints and of deliveries promises."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.cassandra.webhooks.deliveries import Due, WebhookDeliveryStore, due_of
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.cursors import encode_cursor
from infra.errors import AlreadyExists, ChangedMeanwhile, InvalidCursor
from schemas.webhooks.deliveries import Delivery, DeliveryState
from schemas.webhooks.endpoints import OutcomeFilters
from tests import samples

NOW = datetime.now(UTC).replace(microsecond=0)


def some_workspace() -> str:
    return f"w{samples.endpoint().id[3:20]}".replace("_", "")


class WebhookEndpointStoreContract:
    """Tests on the fixture ``endpoints``."""

    async def test_an_endpoint_is_found_as_it_was_kept(self, endpoints: WebhookEndpointStore) -> None:
        filters = OutcomeFilters(label="dog", metadata={"sku": "A-17"}, exclude_label=("cat",))
        made = samples.endpoint(some_workspace(), filters=filters, description="Lager Ü")
        await endpoints.create(made)
        assert await endpoints.find(made.owner, made.id) == made
        assert await endpoints.find("elsewhere", made.id) is None
        assert made in await endpoints.list_all()
        with pytest.raises(AlreadyExists):
            await endpoints.create(made)

    async def test_a_workspace_lists_its_own_the_oldest_first(self, endpoints: WebhookEndpointStore) -> None:
        owner = some_workspace()
        made = [samples.endpoint(owner, created_at=NOW - timedelta(days=day)) for day in range(3)]
        for endpoint in (*made, samples.endpoint(some_workspace())):
            await endpoints.create(endpoint)
        assert await endpoints.list(owner) == tuple(reversed(made))

    async def test_of_two_changes_to_one_version_the_second_is_refused(self, endpoints: WebhookEndpointStore) -> None:
        made = samples.endpoint(some_workspace())
        await endpoints.create(made)
        changed = await endpoints.change(made.model_copy(update={"description": "new"}))
        assert (changed.version, changed.description) == (2, "new")
        with pytest.raises(ChangedMeanwhile):
            await endpoints.change(made.model_copy(update={"description": "other"}))
        assert await endpoints.find(made.owner, made.id) == changed
        with pytest.raises(ChangedMeanwhile):
            await endpoints.change(samples.endpoint(made.owner))

    async def test_how_an_endpoint_is_stands_beside_what_is_decided(self, endpoints: WebhookEndpointStore) -> None:
        made = samples.endpoint(some_workspace())
        await endpoints.create(made)
        await endpoints.note_failing(made, NOW)
        assert await endpoints.disable(made, NOW, "it failed")
        assert not await endpoints.disable(made, NOW, "it failed again")
        found = await endpoints.find(made.owner, made.id)
        assert found is not None
        assert (found.failing_since, found.disabled_at, found.disabled_because) == (NOW, NOW, "it failed")
        assert not found.counts
        renamed = await endpoints.change(found.model_copy(update={"description": "new"}))
        assert renamed.disabled_at == NOW
        enabled = await endpoints.change(renamed, enable=True)
        assert enabled.counts
        assert await endpoints.find(made.owner, made.id) == enabled
        assert enabled.failing_since is None

    async def test_one_that_was_changed_is_not_disabled_for_what_it_was(self, endpoints: WebhookEndpointStore) -> None:
        made = samples.endpoint(some_workspace())
        await endpoints.create(made)
        await endpoints.change(made)
        assert not await endpoints.disable(made, NOW, "it failed")

    async def test_of_a_deleted_endpoint_nothing_is_left(self, endpoints: WebhookEndpointStore) -> None:
        made = samples.endpoint(some_workspace())
        await endpoints.create(made)
        assert await endpoints.delete(made.owner, made.id)
        assert not await endpoints.delete(made.owner, made.id)
        await endpoints.note_failing(made, NOW)
        assert not await endpoints.disable(made, NOW, "it failed")
        assert await endpoints.list(made.owner) == ()


class WebhookDeliveryStoreContract:
    """Tests on the fixture ``deliveries``."""

    async def test_a_delivery_is_found_with_what_it_sends(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        made = samples.delivery(endpoint)
        await deliveries.save([(made, '{"a": "Ü"}')])
        assert await deliveries.find(endpoint.id, made.id) == (made, '{"a": "Ü"}')
        assert await deliveries.find(samples.endpoint().id, made.id) is None
        for nothing in (samples.delivery(endpoint).id, "f" * 12 + "-" + "0" * 20):
            assert await deliveries.find(endpoint.id, nothing) is None

    async def test_the_log_is_listed_newest_first_over_days_and_pages(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        made = [samples.delivery(endpoint, created_at=NOW - timedelta(hours=5 * number)) for number in range(12)]
        await deliveries.save([(one, "{}") for one in made])
        await deliveries.save([(samples.delivery(samples.endpoint()), "{}")])
        found: list[Delivery] = []
        cursor = None
        for _ in range(20):
            page = await deliveries.page(endpoint.id, 5, cursor)
            found += page.items
            if (cursor := page.next_cursor) is None:
                break
        assert found == made

    async def test_the_log_is_listed_by_how_deliveries_stand(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        states = list(DeliveryState)
        made = [samples.delivery(endpoint, state=state, next_at=None) for state in states for _ in range(2)]
        await deliveries.save([(one, "{}") for one in made])
        for state in states:
            page = await deliveries.page(endpoint.id, 10, None, state)
            assert {one.id for one in page.items} == {one.id for one in made if one.state is state}
        first = await deliveries.page(endpoint.id, 1, None, DeliveryState.DUE)
        with pytest.raises(InvalidCursor):
            await deliveries.page(endpoint.id, 1, first.next_cursor, DeliveryState.FAILED)

    @pytest.mark.parametrize("position", [[2**62, "x"], [-(2**62), "x"]])
    async def test_a_cursor_to_no_moment_is_refused(
        self, deliveries: WebhookDeliveryStore, position: list[object]
    ) -> None:
        endpoint = samples.endpoint()
        cursor = encode_cursor(("webhook deliveries", endpoint.id, None), position)
        with pytest.raises(InvalidCursor):
            await deliveries.page(endpoint.id, 5, cursor)

    async def test_what_is_due_is_found_once_its_time_has_come(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        waits = [timedelta(minutes=minutes) for minutes in (-190, -25, -1, 1, 45)]
        made = [samples.delivery(endpoint, next_at=NOW + wait) for wait in waits]
        await deliveries.save([(one, "{}") for one in reversed(made)])
        due = [due_of(one) for one in made]
        assert await deliveries.due(endpoint.id, NOW, 10) == tuple(due[:3])
        assert await deliveries.due(endpoint.id, NOW, 2) == tuple(due[:2])
        assert await deliveries.due(samples.endpoint().id, NOW, 10) == ()
        assert await deliveries.due(endpoint.id, NOW + timedelta(hours=2), 10) == tuple(due)

    async def test_what_is_no_longer_due_is_not_found(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        made = samples.delivery(endpoint, next_at=NOW - timedelta(hours=3))
        await deliveries.save([(made, "{}")])
        [due] = await deliveries.due(endpoint.id, NOW, 10)
        later = made.model_copy(update={"next_at": NOW + timedelta(hours=1), "tries": 1})
        await deliveries.save([(later, "{}")])
        await deliveries.drop([due, due])
        assert await deliveries.due(endpoint.id, NOW, 10) == ()
        assert await deliveries.due(endpoint.id, NOW + timedelta(hours=2), 10) == (
            Due(endpoint.id, NOW + timedelta(hours=1), made.id),
        )
        assert await deliveries.find(endpoint.id, made.id) == (later, "{}")

    async def test_what_was_delivered_is_never_due(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        done = samples.delivery(endpoint, state=DeliveryState.DELIVERED, next_at=None)
        await deliveries.save([(done, "{}")])
        assert await deliveries.due(endpoint.id, NOW + timedelta(days=9), 10) == ()

    async def test_a_forgotten_endpoint_leaves_nothing(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint, other = samples.endpoint(), samples.endpoint()
        made = [samples.delivery(endpoint, created_at=NOW - timedelta(days=days)) for days in (0, 1, 20)]
        kept = samples.delivery(other)
        await deliveries.save([(one, "{}") for one in (*made, kept)])
        await deliveries.forget_endpoint(endpoint.id)
        assert (await deliveries.page(endpoint.id, 10)).items == ()
        assert await deliveries.due(endpoint.id, NOW + timedelta(days=9), 10) == ()
        assert (await deliveries.page(other.id, 10)).items == (kept,)

    async def test_what_was_about_some_images_is_forgotten(self, deliveries: WebhookDeliveryStore) -> None:
        endpoint = samples.endpoint()
        made = {name: samples.delivery(endpoint, subject=name) for name in ("a.jpg", "b.jpg", "c.jpg")}
        told = samples.delivery(endpoint, subject="a.jpg", type="image.deleted")
        await deliveries.save([(one, "{}") for one in (*made.values(), told)])
        gone = frozenset({"a.jpg", "c.jpg", "d.jpg"})
        assert await deliveries.forget_subjects(endpoint.id, gone, "image.deleted") == 2
        left = (await deliveries.page(endpoint.id, 10)).items
        assert {each.id for each in left} == {made["b.jpg"].id, told.id}
        due = await deliveries.due(endpoint.id, NOW + timedelta(days=9), 10)
        assert set(due) == {due_of(made["b.jpg"]), due_of(told)}
