"""``vedette reconcile`` on the running platform: what is whole is found whole, and what is missing is found missing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from infra.cassandra.session import CassandraSession, Write
from infra.elasticsearch.session import ElasticsearchSession
from infra.kafka.event_bus import client_configuration
from infra.operations.reconcile.window import Window
from schemas.records.reconciliation import CASSANDRA, ELASTICSEARCH, TOPICS, Finding, Reconciliation
from schemas.topics import DEAD_LETTERS, RECOGNITION_RESULTS
from tests.platforms import ANSWER_TIMEOUT_S, RunningPlatform, create_workspace, key_of
from tests.reconciliations import counted, reconciled

PICTURES = 6


class Shop:
    """A workspace with pictures of its own."""

    def __init__(self, platform: RunningPlatform) -> None:
        self.platform = platform
        self.owner = f"shop-{uuid4().hex[:12]}"

    def publish(self, image_id: str, picture: str = "chelsea.jpg", **fields: object) -> None:
        uri = (self.platform.pictures / picture).as_uri()
        self.platform.publish(owner=self.owner, uri=uri, image_id=image_id, **fields)

    def publish_many(self) -> None:
        for number in range(PICTURES):
            self.publish(f"cat-{number}")

    async def reconcile(self) -> Reconciliation:
        return await counted(self.platform.settings, Window(owner=self.owner))

    async def reconcile_until(self, arrived: Callable[[Reconciliation], bool]) -> Reconciliation:
        """Return what is counted once that is so; at any time before nothing must seem lost or doubled."""

        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while True:
            found = await self.reconcile()
            assert found.is_clean, found
            if arrived(found):
                return found
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.5)

    async def settle(self) -> Reconciliation:
        """Return what is counted once everything has its outcome and both sinks have acknowledged it."""
        await self.reconcile_until(lambda found: found.accepted > 0 and found.pending == 0)
        await asyncio.sleep(2.0)  # sinks acknowledge twice a second
        return await self.reconcile()

    def finding(self, found: Reconciliation) -> Finding:
        (finding,) = found.lost_references
        assert finding.owner == self.owner
        assert finding.origin.startswith("image-references:")
        return finding


@pytest.fixture
async def shop(platform: RunningPlatform) -> Shop:
    shop = Shop(platform)
    await create_workspace(platform.settings, shop.owner, f"{platform.pictures.as_uri()}/")
    return shop


@pytest.fixture
async def cassandra(platform: RunningPlatform) -> AsyncIterator[CassandraSession]:
    session = await CassandraSession.connect(platform.settings.cassandra)
    yield session
    await session.close()


@pytest.fixture
async def elasticsearch(platform: RunningPlatform) -> AsyncIterator[ElasticsearchSession]:
    session = ElasticsearchSession.open(platform.settings.elasticsearch)
    yield session
    await session.close()


async def test_every_reference_is_counted_by_what_became_of_it(shop: Shop) -> None:
    shop.publish_many()
    shop.publish("cat-0", "coffee.jpg")
    shop.publish("nowhere", "missing.jpg")
    shop.publish("late", deadline="2020-01-01T00:00:00Z")
    shop.publish("wrong", features=["telepathy"])
    shop.publish("gone")
    await shop.reconcile_until(lambda found: found.accepted == PICTURES + 5 and found.pending == 0)
    delete(shop, "gone")
    found = await shop.reconcile_until(lambda found: found.deleted == 1)
    assert (found.recognised, found.rejected, found.discarded) == (PICTURES + 1, 2, 1)
    assert (found.lost, found.doubled, found.redelivered) == (0, 0, 0)


async def test_a_message_that_names_no_image_is_counted_with_the_rejected(platform: RunningPlatform) -> None:
    since = datetime.now(UTC)
    platform.publish_raw(b"{ this is no JSON")
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while (found := await counted(platform.settings, Window(since=since))).rejected == 0:
        assert time.monotonic() < deadline, found
    # Not whether all is clean: tests that ran minutes ago have published deletions that no store was to read.
    assert (found.accepted, found.rejected, found.lost, found.doubled, found.outdated) == (1, 1, 0, 0, 0)


async def test_a_row_missing_from_cassandra_is_found(shop: Shop, cassandra: CassandraSession) -> None:
    shop.publish_many()
    await shop.settle()
    key = key_of(shop.owner, "cat-3")
    await cassandra.write([[Write("DELETE FROM {keyspace}.results WHERE image_key = ?", (key,))]])
    found = await shop.reconcile()
    assert (found.lost, found.recognised) == (1, PICTURES - 1)
    assert shop.finding(found).missing_from == (CASSANDRA,)
    assert shop.finding(found).image_id == "cat-3"


async def test_a_status_missing_from_cassandra_is_found(shop: Shop, cassandra: CassandraSession) -> None:
    shop.publish("nowhere", "missing.jpg")
    await shop.settle()
    key = key_of(shop.owner, "nowhere")
    await cassandra.write([[Write("DELETE FROM {keyspace}.images WHERE image_key = ?", (key,))]])
    assert shop.finding(await shop.reconcile()).missing_from == (CASSANDRA,)


async def test_a_document_missing_from_elasticsearch_is_found(shop: Shop, elasticsearch: ElasticsearchSession) -> None:
    shop.publish_many()
    await shop.settle()
    key, alias = key_of(shop.owner, "cat-1"), shop.platform.settings.elasticsearch.index
    await elasticsearch.request("DELETE", f"/{alias}/_doc/{key}")
    found = await shop.reconcile()
    assert (found.lost, found.recognised) == (1, PICTURES - 1)
    assert shop.finding(found).missing_from == (ELASTICSEARCH,)
    assert shop.finding(found).image_id == "cat-1"


async def test_a_result_missing_from_its_topic_is_found(shop: Shop) -> None:
    shop.publish("cat-0")
    await shop.settle()
    forget(shop.platform, RECOGNITION_RESULTS)
    found = await asyncio.to_thread(reconciled, shop.platform.settings, "--owner", shop.owner)
    assert (found.lost, found.recognised) == (1, 0)
    assert shop.finding(found).missing_from == (TOPICS,)


async def test_a_dead_letter_missing_from_its_topic_is_found(shop: Shop) -> None:
    shop.publish("nowhere", "missing.jpg")
    await shop.settle()
    forget(shop.platform, DEAD_LETTERS)
    found = await shop.reconcile()
    assert (found.lost, found.rejected) == (1, 0)
    assert shop.finding(found).missing_from == (TOPICS,)


async def test_a_second_document_of_one_image_is_found(shop: Shop, elasticsearch: ElasticsearchSession) -> None:
    shop.publish_many()
    await shop.settle()
    key, alias = key_of(shop.owner, "cat-2"), shop.platform.settings.elasticsearch.index
    document = (await elasticsearch.request("GET", f"/{alias}/_doc/{key}"))["_source"]
    await elasticsearch.request("PUT", f"/{alias}/_doc/another-id", document)
    try:
        found = await shop.reconcile()
    finally:
        await elasticsearch.request("DELETE", f"/{alias}/_doc/another-id")
    assert (found.doubled, found.recognised) == (1, PICTURES)
    assert [finding.image_id for finding in found.doubled_references] == ["cat-2"]


async def test_what_no_worker_has_taken_is_pending_and_not_lost(shop: Shop) -> None:
    await asyncio.to_thread(shop.platform.platform.kill, "recognise")
    try:
        shop.publish_many()
        found = await shop.reconcile()
        assert (found.accepted, found.pending, found.is_clean) == (PICTURES, PICTURES, True)
    finally:
        await asyncio.to_thread(shop.platform.restart, "recognise")
    await shop.reconcile_until(lambda found: found.recognised == PICTURES)


async def test_only_what_was_appended_within_the_window_is_counted(shop: Shop) -> None:
    before = datetime.now(UTC)
    shop.publish_many()
    await shop.settle()
    settings, owner = shop.platform.settings, shop.owner
    assert (await counted(settings, Window(until=before, owner=owner))).accepted == 0
    assert (await counted(settings, Window(since=before, owner=owner))).accepted == PICTURES
    assert (await counted(settings, Window(since=datetime.now(UTC), owner=owner))).accepted == 0
    assert (await counted(settings, Window(owner=f"{owner}-of-nobody"))).accepted == 0


def delete(shop: Shop, image_id: str) -> None:
    """Announce a deletion as the platform does."""
    key = key_of(shop.owner, image_id)
    event = {"event": "deleted", "owner": shop.owner, "image_id": image_id, "image_key": key}
    value = json.dumps({**event, "deleted_at": "2026-01-01T00:00:00Z"}).encode()
    shop.platform.publish_raw(value, topic=RECOGNITION_RESULTS)


def forget(platform: RunningPlatform, topic: str) -> None:
    """Delete everything that a topic holds now, long before it is too old to be kept."""
    admin = AdminClient(client_configuration(platform.settings.kafka))
    partitions = admin.list_topics(topic, timeout=20).topics[topic].partitions
    to_the_end = [TopicPartition(topic, number, -1) for number in partitions]
    for deleted in admin.delete_records(to_the_end).values():
        deleted.result(timeout=20)
