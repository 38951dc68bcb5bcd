"""The command ``vedette migrate``."""

import asyncio

from rich.table import Table

from infra.activity_index import ActivityIndex
from infra.group_starts import begin_groups
from infra.migrations import Migrated, migrate_tables
from infra.result_index import ResultIndex
from infra.settings import Settings
from infra.terminal import Console, styled
from infra.topic_setup import create_topics
from schemas.topics import GROUP_TOPICS, TOPICS

CREATED, THERE = "created", "already there"
LOST = "was gone, and is there again, empty: `vedette backup restore` brings back what it held"

Line = tuple[str, str, str]
"""Where, what, and whether it is new."""


def migrate() -> None:
    """Create what is missing in Kafka, Cassandra and Elasticsearch; running it again changes nothing."""
    settings = Settings()
    console = Console(highlight=False)
    table = Table("where", "what", "state")
    for step in (_migrate_kafka, _migrate_cassandra, _migrate_elasticsearch):
        for where, what, state in step(settings):
            table.add_row(where, what, styled((state, "green")) if state == CREATED else state)
    console.print(table)


def _migrate_kafka(settings: Settings) -> list[Line]:
    created = create_topics(settings.kafka)
    begun = begin_groups(settings.kafka)
    return [
        *(("Kafka", f"topic {topic.name}", _state(topic.name in created)) for topic in TOPICS),
        *(("Kafka", f"group {group}", _state(group in begun)) for group in GROUP_TOPICS),
    ]


def _migrate_cassandra(settings: Settings) -> list[Line]:
    done: Migrated = asyncio.run(migrate_tables(settings.cassandra))
    files = sorted([*done.applied, *done.unchanged])
    return [
        ("Cassandra", f"keyspace {settings.cassandra.keyspace}", _state(done.created_keyspace)),
        *(("Cassandra", name, _state(name in done.applied)) for name in files),
        *(("Cassandra", f"table {name}", LOST) for name in done.lost_tables),
    ]


def _migrate_elasticsearch(settings: Settings) -> list[Line]:
    names = (settings.elasticsearch.index, settings.activity.index)
    changed = asyncio.run(_migrate_indices(settings))
    return [("Elasticsearch", f"index {name}", _state(one)) for name, one in zip(names, changed, strict=True)]


async def _migrate_indices(settings: Settings) -> list[bool]:
    results, activity = ResultIndex.connect(settings.elasticsearch), ActivityIndex.connect(settings)
    try:
        return [await results.migrate(), await activity.migrate()]
    finally:
        await results.close()
        await activity.close()


def _state(is_new: bool) -> str:
    return CREATED if is_new else THERE
