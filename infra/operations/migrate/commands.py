"""The command ``vedette migrate``."""

import asyncio
from importlib.metadata import version

from rich.table import Table

from infra.cassandra.migrations import Migrated, migrate_tables
from infra.cassandra.model_records import ModelRecordStore
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import EventPublisher
from infra.kafka.groups.starts import begin_groups
from infra.kafka.topic_setup import create_topics
from infra.operations.audit.acts import command_recorder, recorded
from infra.operations.audit.models_added import models_added
from infra.operations.audit.store import AuditStore
from infra.operations.promotion.standard import TOLD_OF_MODELS, keep_promoted, told
from infra.recorded_acts import records
from infra.settings.servers import CassandraSettings
from infra.settings.settings import Settings
from infra.terminal import Console, styled
from schemas.activity import Action
from schemas.results import VersionedName
from schemas.topics import GROUP_TOPICS, TOPICS

MODEL_RECORDS = "0017_model_records.cql"
STANDARD_3 = "0019_standard_3.cql"
CALIBRATED_LABELS = "0022_calibrated_labels.cql"
CREATED, THERE = "created", "already there"
LOST = "was gone, and is there again, empty: `vedette backup restore` brings back what it held"

Line = tuple[str, str, str]
"""Where, what, and whether it is new."""


@records(Action.PLATFORM_MIGRATED, Action.PIPELINE_PROMOTED)
def migrate() -> None:
    """Create the topics, tables and indices that are missing. Running it again changes nothing."""
    settings = Settings()
    console = Console(highlight=False)
    table = Table("where", "what", "state")
    # Topics first: without them nothing can be recorded.
    lines = _migrate_kafka(settings)
    with recorded(settings, Action.PLATFORM_MIGRATED, settings.cassandra.keyspace, detail=version("vedette")):
        done, notes = asyncio.run(_migrate_tables(settings))
        lines += _told_of_tables(settings, done) + _migrate_elasticsearch(settings)
    for where, what, state in lines:
        table.add_row(where, what, styled((state, "green")) if state == CREATED else state)
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True, markup=False)


def _migrate_kafka(settings: Settings) -> list[Line]:
    created = create_topics(settings.kafka)
    begun = begin_groups(settings.kafka)
    return [
        *(("Kafka", f"topic {topic.name}", _state(topic.name in created)) for topic in TOPICS),
        *(("Kafka", f"group {group}", _state(group in begun)) for group in GROUP_TOPICS),
    ]


def _told_of_tables(settings: Settings, done: Migrated) -> list[Line]:
    files = sorted([*done.applied, *done.unchanged])
    return [
        ("Cassandra", f"keyspace {settings.cassandra.keyspace}", _state(done.created_keyspace)),
        *(("Cassandra", name, _state(name in done.applied)) for name in files),
        *(("Cassandra", f"table {name}", LOST) for name in done.lost_tables),
    ]


async def _migrate_tables(settings: Settings) -> tuple[Migrated, list[str]]:
    """Return what was done, and what an operator is told of it, once: nothing in a new installation."""
    notes: list[str] = []

    async def keep() -> None:
        notes.append(told(await _keep_promoted(settings)))

    async def record_models() -> None:
        await _record_models(settings.cassandra)

    done = await migrate_tables(settings.cassandra, follow_ups={MODEL_RECORDS: record_models, STANDARD_3: keep})
    if done.upgraded(CALIBRATED_LABELS) and STANDARD_3 in done.unchanged:
        notes.append(TOLD_OF_MODELS)
    return done, notes


async def _keep_promoted(settings: Settings) -> VersionedName:
    store = await PipelineStore.connect(settings.cassandra)
    try:
        async with EventPublisher(settings.kafka) as publisher:
            return await keep_promoted(store, command_recorder(publisher).act)
    finally:
        await store.close()


async def _record_models(settings: CassandraSettings) -> None:
    """Record the models that were added before there were records, by what the audit trail says of them."""
    session = await CassandraSession.connect(settings)
    try:
        records = ModelRecordStore(session)
        for record in await models_added(AuditStore(session)):
            await records.add(record)
    finally:
        await session.close()


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
