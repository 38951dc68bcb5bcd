"""Migrations on real servers: applied once, safe to repeat, clear when a file was changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest
from cassandra import InvalidRequest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.migrations import Migration, migrate_tables, read_migrations
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.errors import ConfigurationError
from infra.kafka.event_bus import client_configuration
from infra.kafka.topic_setup import create_topics
from infra.operations.migrate.commands import CALIBRATED_LABELS, STANDARD_3, migrate
from infra.operations.promotion.standard import TOLD_OF_MODELS, told
from infra.settings.servers import CassandraSettings
from schemas.records.pipelines import DEFAULT_PIPELINE
from schemas.topics import Topic
from tests.samples import promotion, workspace
from tests.stacks import RunningStack
from tests.typer_apps import app_of

NAMES = tuple(migration.name for migration in read_migrations())


@pytest.fixture
async def fresh(stack: RunningStack) -> AsyncIterator[CassandraSettings]:
    """Settings for a keyspace that nobody has made yet."""
    settings = stack.settings.cassandra.model_copy(update={"keyspace": f"k_{uuid4().hex[:8]}"})
    yield settings
    session = await CassandraSession.connect_without_keyspace(settings)
    await session.execute_unprepared(f"DROP KEYSPACE IF EXISTS {settings.keyspace}")
    await session.close()


async def test_files_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name in NAMES] == list(range(1, len(NAMES) + 1))


async def test_migrating_creates_everything_once(fresh: CassandraSettings) -> None:
    first = await migrate_tables(fresh)
    second = await migrate_tables(fresh)
    assert (first.created_keyspace, first.applied, first.unchanged) == (True, NAMES, ())
    assert (second.created_keyspace, second.applied, second.unchanged) == (False, (), NAMES)


async def test_a_table_that_was_taken_away_is_made_again_with_all_its_columns(fresh: CassandraSettings) -> None:
    await migrate_tables(fresh)
    session = await CassandraSession.connect(fresh)
    columns = "SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = ?"
    before = {tuple(row) for row in await session.execute(columns, (fresh.keyspace,))}
    tables = sorted({table for migration in read_migrations() for table in migration.tables})
    for table in tables:
        await session.execute_unprepared(f"DROP TABLE {{keyspace}}.{table}")
    again = await migrate_tables(fresh)
    assert again.lost_tables == tuple(tables)
    assert (again.applied, again.unchanged) == ((), NAMES)
    after = {tuple(row) for row in await session.execute(columns, (fresh.keyspace,))}
    assert after == before
    assert (await migrate_tables(fresh)).lost_tables == ()
    await session.close()


async def test_two_migrations_at_once_apply_each_file_once(fresh: CassandraSettings) -> None:
    outcomes = await asyncio.gather(migrate_tables(fresh), migrate_tables(fresh))
    assert sorted(name for outcome in outcomes for name in outcome.applied) == sorted(NAMES)
    accounts = await AccountStore.connect(fresh)
    await accounts.create_workspace(workspace("shop"))
    await accounts.close()


async def test_only_new_files_are_applied(fresh: CassandraSettings) -> None:
    await migrate_tables(fresh)
    later = Migration("9999_later.cql", "-- A note; with a semicolon.\nCREATE TABLE later (id text PRIMARY KEY);\n")
    outcome = await migrate_tables(fresh, [*read_migrations(), later])
    assert outcome.applied == ("9999_later.cql",)


async def test_a_file_that_was_changed_after_it_was_applied_is_refused(fresh: CassandraSettings) -> None:
    first, *others = read_migrations()
    await migrate_tables(fresh, [first])
    changed = Migration(first.name, first.text + "\n-- And one thing more.\n")
    with pytest.raises(ConfigurationError, match=rf"{first.name} was changed"):
        await migrate_tables(fresh, [changed, *others])
    # Nothing of the rest was applied, and the lock was given back.
    assert (await migrate_tables(fresh, [first])).unchanged == (first.name,)


async def test_a_migration_that_fails_is_not_recorded(fresh: CassandraSettings) -> None:
    broken = Migration("0001_broken.cql", "CREATE TABLE broken (id nonsense PRIMARY KEY);")
    with pytest.raises(InvalidRequest, match="nonsense"):
        await migrate_tables(fresh, [broken])
    mended = Migration("0001_broken.cql", "CREATE TABLE broken (id text PRIMARY KEY);")
    assert (await migrate_tables(fresh, [mended])).applied == ("0001_broken.cql",)


async def test_an_account_that_may_not_create_keyspaces_migrates_one_that_exists(fresh: CassandraSettings) -> None:
    role = f"r_{uuid4().hex[:8]}"
    admin = await CassandraSession.connect_without_keyspace(fresh)
    await admin.execute_unprepared(
        f"CREATE KEYSPACE {fresh.keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    await admin.execute_unprepared(f"CREATE ROLE {role} WITH LOGIN = true AND PASSWORD = 'only-for-this-test'")
    for right in ("CREATE", "SELECT", "MODIFY"):
        await admin.execute_unprepared(f"GRANT {right} ON KEYSPACE {fresh.keyspace} TO {role}")
    limited = CassandraSettings.model_validate(
        fresh.model_dump() | {"username": role, "password": "only-for-this-test"}
    )
    outcome = await migrate_tables(limited)
    assert (outcome.created_keyspace, outcome.applied) == (False, NAMES)
    with pytest.raises(ConfigurationError, match="lacks a permission"):
        await migrate_tables(limited.model_copy(update={"keyspace": f"k_{uuid4().hex[:8]}"}))
    await admin.execute_unprepared(f"DROP ROLE {role}")
    await admin.close()


def test_a_topic_that_somebody_else_made_is_refused_where_its_times_are_the_producers(stack: RunningStack) -> None:
    made = Topic(f"made-{uuid4().hex[:8]}", 1_048_576, 60_000)
    admin = AdminClient(client_configuration(stack.settings.kafka))
    configuration = {"message.timestamp.type": "CreateTime", "max.message.bytes": "1000"}
    admin.create_topics([NewTopic(made.name, 1, 1, config=configuration)])[made.name].result(30)
    mended = "message.timestamp.type=LogAppendTime,max.message.bytes=1048576"
    with pytest.raises(ConfigurationError, match=rf"--entity-name {made.name} --add-config {mended}"):
        create_topics(stack.settings.kafka, (made,))
    admin.delete_topics([made.name])[made.name].result(30)


def test_more_copies_than_there_are_brokers_is_the_operators_to_put_right(stack: RunningStack) -> None:
    made = Topic(f"made-{uuid4().hex[:8]}", 1_048_576, 60_000)
    with pytest.raises(ConfigurationError, match="Kafka does not create topic made-"):
        create_topics(stack.settings.kafka.model_copy(update={"replication_factor": 3}), (made,))


def test_the_command_sets_everything_up_and_changes_nothing_the_second_time(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch, remove_keyspace: Callable[[str], None]
) -> None:
    keyspace = f"k_{uuid4().hex[:8]}"
    monkeypatch.setenv("VEDETTE_HOME", str(stack.settings.home))
    monkeypatch.setenv("VEDETTE_CASSANDRA__KEYSPACE", keyspace)
    monkeypatch.setenv("VEDETTE_ELASTICSEARCH__INDEX", f"cli-{uuid4().hex[:8]}")
    monkeypatch.setenv("COLUMNS", "120")
    first = CliRunner().invoke(app_of(migrate), catch_exceptions=False)
    second = CliRunner().invoke(app_of(migrate), catch_exceptions=False)
    remove_keyspace(keyspace)
    first_rows, second_rows = ([line for line in run.output.splitlines() if "│" in line] for run in (first, second))
    for part in ("image-references", f"keyspace {keyspace}", "0001_images.cql", "index cli-"):
        assert any(part in row for row in first_rows)
    assert sum(row.endswith("│ created       │") or row.endswith("│ created │") for row in first_rows) >= 5
    assert len(second_rows) == len(first_rows)
    assert "note:" not in first.output + second.output, "a new installation has the newest pipeline"
    assert all(row.endswith("│ already there │") for row in second_rows)


@pytest.fixture
def migrate_twice(
    stack: RunningStack, fresh: CassandraSettings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Awaitable[list[str]]]:
    """Run the command twice on the fresh keyspace, and return what it printed."""
    monkeypatch.setenv("VEDETTE_HOME", str(stack.settings.home))
    monkeypatch.setenv("VEDETTE_CASSANDRA__KEYSPACE", fresh.keyspace)
    monkeypatch.setenv("VEDETTE_ELASTICSEARCH__INDEX", f"cli-{uuid4().hex[:8]}")

    async def run() -> str:
        return (await asyncio.to_thread(CliRunner().invoke, app_of(migrate), catch_exceptions=False)).output

    async def twice() -> list[str]:
        return [await run(), await run()]

    return twice


async def test_an_upgrade_keeps_the_pipeline_that_counted_and_tells_once_of_the_new_one(
    fresh: CassandraSettings, migrate_twice: Callable[[], Awaitable[list[str]]]
) -> None:
    await migrate_tables(fresh, [migration for migration in read_migrations() if migration.name < STANDARD_3])
    store = await PipelineStore.connect(fresh)
    outputs = await migrate_twice()
    assert told("standard@2") in outputs[0]
    assert "note:" not in outputs[1]
    assert await store.find_promoted() == "standard@2"
    assert len(await store.list_promotions()) == 1
    await store.close()


async def test_an_installation_that_had_the_default_pipeline_is_told_once_of_its_other_models(
    fresh: CassandraSettings, migrate_twice: Callable[[], Awaitable[list[str]]]
) -> None:
    await migrate_tables(fresh, [migration for migration in read_migrations() if migration.name < CALIBRATED_LABELS])
    store = await PipelineStore.connect(fresh)
    await store.add_promotion(promotion(1, "standard@3", replaced="standard@2"))
    outputs = await migrate_twice()
    assert TOLD_OF_MODELS in outputs[0]
    assert "note:" not in outputs[1]
    assert await store.find_promoted() == "standard@3"
    assert [one.pipeline for one in await store.list_promotions()] == ["standard@3"]
    await store.close()


def killed_before(number: int) -> list[Migration]:
    """Return the files of this release, with one among them at which a run ends."""
    files = read_migrations()
    killing = Migration(f"{files[number].name[:4]}_.cql", "CREATE TABLE broken (id nonsense PRIMARY KEY);")
    return [*files[:number], killing, *files[number:]]


@pytest.mark.parametrize("number", [1, 10, NAMES.index(STANDARD_3), NAMES.index(CALIBRATED_LABELS)])
async def test_a_first_migration_that_was_killed_is_no_upgrade(
    number: int, fresh: CassandraSettings, migrate_twice: Callable[[], Awaitable[list[str]]]
) -> None:
    with pytest.raises(InvalidRequest, match="nonsense"):
        await migrate_tables(fresh, killed_before(number))
    outputs = await migrate_twice()
    assert "note:" not in "".join(outputs)
    store = await PipelineStore.connect(fresh)
    assert await store.find_promoted() == DEFAULT_PIPELINE.id
    assert await store.list_promotions() == ()
    await store.close()


async def test_an_upgrade_that_was_killed_still_keeps_the_pipeline_that_counted(
    fresh: CassandraSettings, migrate_twice: Callable[[], Awaitable[list[str]]]
) -> None:
    await migrate_tables(fresh, [migration for migration in read_migrations() if migration.name < STANDARD_3])

    async def killed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await migrate_tables(fresh, follow_ups={STANDARD_3: killed})
    outputs = await migrate_twice()
    assert told("standard@2") in outputs[0]
    store = await PipelineStore.connect(fresh)
    assert await store.find_promoted() == "standard@2"
    await store.close()


@pytest.fixture
def remove_keyspace(stack: RunningStack) -> Callable[[str], None]:
    async def remove(keyspace: str) -> None:
        session = await CassandraSession.connect_without_keyspace(stack.settings.cassandra)
        await session.execute_unprepared(f"DROP KEYSPACE {keyspace}")
        await session.close()

    return lambda keyspace: asyncio.run(remove(keyspace))
