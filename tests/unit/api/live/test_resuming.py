"""However clients come and go, and whichever process they come to: there is no gap, and nothing of others."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random

import pytest

from api.live.cursors import LiveCursors
from api.live.hub import LiveHub
from api.live.subscribers import Subscriber
from api.security.tokens.cursor_seal import CursorSeal
from infra.elasticsearch.matching.outcome_filters import OutcomeFilter
from infra.settings.live import LiveSettings
from schemas.messages.topic_owners import TopicOwners
from schemas.queries import ResultQuery
from tests import samples
from tests.fakes.live import FakeOutcomes
from tests.fakes.stores import FakeResultStore

ENOUGH_S = 60
OWNERS = ("shop", "rival")
CURSORS = LiveCursors(CursorSeal(lambda: [b"k" * 32]))


@dataclass
class Client:
    """One client over all of its streams: what it was told, in order, and every cursor that it ever had."""

    owner: str
    told: list[str] = field(default_factory=list)
    # How much had been told by then.
    cursors: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class World:
    """Some processes on one Kafka, and what was published for each workspace."""

    random: Random
    outcomes: FakeOutcomes
    settings: LiveSettings
    published: dict[str, list[str]] = field(default_factory=lambda: {owner: [] for owner in OWNERS})

    def hub(self) -> LiveHub:
        return LiveHub(self.outcomes, CURSORS, TopicOwners({}), self.settings, FakeResultStore())

    def publish(self, count: int) -> None:
        for _ in range(count):
            owner = self.random.choice(OWNERS)
            image = f"{self.random.randint(0, 9)}.jpg"
            told = samples.result(owner, image) if self.random.random() < 0.8 else samples.rejection(owner, image)
            self.outcomes.tell(told)
            self.published[owner].append(f"{image}:{told.origin.offset}")

    async def listen(self, hub: LiveHub, client: Client, count: int) -> None:
        """Let the client resume at some cursor that it had, and hear ``count`` outcomes more than it lacks."""
        cursor, length = self.random.choice(client.cursors[-5:]) if client.cursors else (None, 0)
        position = await hub.position_of(cursor)
        client.told = list(self.published[client.owner]) if cursor is None else client.told[:length]
        self.publish(count)
        missing = set(self.published[client.owner]) - set(client.told)
        subscriber = Subscriber(OutcomeFilter(ResultQuery(owners=frozenset({client.owner}))), self.settings)
        async with asyncio.timeout(ENOUGH_S), aclosing(hub.follow(subscriber, position)) as batches:
            async for batch in batches:
                if batch.cursor is not None:
                    client.cursors.append((batch.cursor, len(client.told)))
                for entry in batch.entries:
                    assert entry.outcome is not None
                    client.told.append(f"{entry.outcome.image_id}:{entry.outcome.id.split(':')[2]}")
                    client.cursors.append((hub.cursor_at(entry.position), len(client.told)))
                missing -= set(client.told)
                if not missing:
                    return


@pytest.mark.parametrize("seed", range(10))
async def test_clients_that_come_and_go_miss_nothing(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - the same course every time
    settings = LiveSettings(history_bytes=random.choice((65_536, 200_000, 10**7)), heartbeat_s=300)
    world = World(random, FakeOutcomes(), settings)
    world.outcomes.chunk = random.choice((1, 7, 500))
    hubs = [world.hub() for _ in range(3)]
    clients = [Client(owner) for owner in OWNERS for _ in range(2)]
    for _ in range(12):
        world.publish(random.randint(0, 60))
        hub = random.choice(hubs)
        for client in random.sample(clients, random.randint(1, 4)):
            await world.listen(hub, client, random.randint(1, 30))
        if random.random() < 0.2:
            await hub.close()
            hubs[hubs.index(hub)] = world.hub()
    for hub in hubs:
        await hub.close()
    for client in clients:
        # A gap would have been waited for in vain.
        assert set(client.told) <= set(world.published[client.owner])
