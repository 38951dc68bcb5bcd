"""`vedette doctor` on real servers: real faults are found, their correction is seen, and a dead server is unseen."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from infra.cassandra.migrations import migrate_tables, read_migrations
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.activity import ActivityIndex
from infra.elasticsearch.results import ResultIndex
from infra.elasticsearch.session import ElasticsearchSession
from infra.kafka.event_bus import client_configuration
from infra.kafka.topic_setup import create_topics
from infra.operations.doctor.areas import PlatformAreas
from infra.operations.doctor.examination import examine
from infra.operations.doctor.findings import Report
from infra.settings.settings import Settings
from tests.stacks import RunningStack

SERVERS = ("kafka", "cassandra", "elasticsearch")


@pytest.fixture
async def own(stack: RunningStack) -> AsyncIterator[Settings]:
    """Settings for a keyspace and indices of this test alone, which exist and are up to date."""
    name = uuid4().hex[:8]
    base = stack.settings
    settings = base.model_copy(
        update={
            "cassandra": base.cassandra.model_copy(update={"keyspace": f"k_{name}"}),
            "elasticsearch": base.elasticsearch.model_copy(update={"index": f"doctor-{name}"}),
            "activity": base.activity.model_copy(update={"index": f"doctored-{name}"}),
        }
    )
    await asyncio.to_thread(create_topics, settings.kafka)
    await migrate_tables(settings.cassandra)
    for index in (ResultIndex.connect(settings.elasticsearch), ActivityIndex.connect(settings)):
        await index.migrate()
        await index.close()
    yield settings
    session = await CassandraSession.connect_without_keyspace(settings.cassandra)
    await session.execute_unprepared(f"DROP KEYSPACE {settings.cassandra.keyspace}")
    await session.close()
    # Names alone: a cluster need not delete by a pattern.
    made = await change(settings, "GET", f"/doctor-{name}-*,doctored-{name}-*/_alias")
    await change(settings, "DELETE", f"/{','.join(made)}")


async def change(
    settings: Settings, method: str, path: str, body: dict[str, object] | None = None
) -> dict[str, object]:
    session = ElasticsearchSession.open(settings.elasticsearch)
    try:
        answer: dict[str, object] = await session.request(method, path, body)
    finally:
        await session.close()
    return answer


async def told(settings: Settings, *areas: str) -> Report:
    wanted = [area for area in PlatformAreas(settings, settings.home).all() if area.name in (areas or SERVERS)]
    return await examine(wanted, settings.home)


def checks(report: Report) -> set[str]:
    return {one.check for one in report.findings}


async def test_servers_of_one_machine_lack_copies_and_nothing_that_vedette_sets_up(own: Settings) -> None:
    report = await told(own)
    # Nobody runs workers here, and other tests leave messages behind.
    found = checks(report) - {"kafka.groups", "kafka.lag"}
    assert found == {"kafka.replication", "cassandra.replication", "elasticsearch.replication", "kafka.acls"}
    # Until a first group is there, the brokers do not know who looks after groups.
    assert {one.check for one in report.unseen} - {"kafka.groups", "kafka.lag"} == {"kafka.release"}


async def test_tables_of_an_earlier_release_are_told_until_they_are_migrated(own: Settings) -> None:
    older = own.cassandra.model_copy(update={"keyspace": f"k_{uuid4().hex[:8]}"})
    earlier = own.model_copy(update={"cassandra": older})
    assert "cassandra.tables" in checks(await told(earlier, "cassandra"))
    await migrate_tables(older, read_migrations()[:-1])
    [one] = [one for one in (await told(earlier, "cassandra")).findings if one.check == "cassandra.tables"]
    assert one.subject == read_migrations()[-1].name
    await migrate_tables(older)
    assert "cassandra.tables" not in checks(await told(earlier, "cassandra"))
    session = await CassandraSession.connect_without_keyspace(older)
    await session.execute_unprepared(f"DROP TABLE {older.keyspace}.results")
    assert "cassandra.tables" in checks(await told(earlier, "cassandra"))
    await session.execute_unprepared(f"DROP KEYSPACE {older.keyspace}")
    await session.close()


async def test_an_index_that_takes_no_writes_is_told_until_it_does(own: Settings) -> None:
    path = f"/{own.elasticsearch.index}/_settings"
    await change(own, "PUT", path, {"index.blocks.read_only_allow_delete": True})
    assert "elasticsearch.read_only" in checks(await told(own, "elasticsearch"))
    await change(own, "PUT", path, {"index.blocks.read_only_allow_delete": None})
    assert "elasticsearch.read_only" not in checks(await told(own, "elasticsearch"))


async def test_an_index_of_an_earlier_mapping_or_none_at_all_is_told(own: Settings) -> None:
    older = {"mappings": {"_meta": {"version": 1}}, "aliases": {own.elasticsearch.index: {}}}
    await change(own, "PUT", f"/{own.elasticsearch.index}-000009", older)
    [one] = [one for one in (await told(own, "elasticsearch")).findings if one.check == "elasticsearch.mapping"]
    assert (one.subject, one.remedy) == (f"{own.elasticsearch.index}-000009", "Run `vedette migrate`.")
    gone = own.model_copy(update={"elasticsearch": own.elasticsearch.model_copy(update={"index": "doctor-none"})})
    [missing] = [one for one in (await told(gone, "elasticsearch")).findings if one.check == "elasticsearch.mapping"]
    assert missing.remedy == "Run `vedette rebuild index`."


async def test_a_misspelt_topic_is_told(own: Settings) -> None:
    with topic(own, "image_references"):
        told_of = {one.subject: one.check for one in (await told(own, "kafka")).findings}
        assert told_of["image_references"] == "kafka.unknown_topics"
    assert "kafka.unknown_topics" not in checks(await told(own, "kafka"))


async def test_a_server_that_is_down_is_unseen_and_the_others_are_looked_at(own: Settings) -> None:
    nowhere = own.elasticsearch.model_copy(update={"urls": ["http://127.0.0.1:9"]})
    report = await told(own.model_copy(update={"elasticsearch": nowhere}))
    assert "elasticsearch" in {one.check for one in report.unseen}
    assert {"kafka.replication", "cassandra.replication"} <= checks(report)


async def test_a_refused_login_is_unseen(own: Settings) -> None:
    stranger = own.cassandra.model_copy(update={"username": "nobody"})
    report = await told(own.model_copy(update={"cassandra": stranger}), "cassandra")
    [one] = report.unseen
    assert "refuses the login" in one.why
    assert report.exit_code == 2


@contextmanager
def topic(settings: Settings, name: str) -> Iterator[None]:
    admin = AdminClient(client_configuration(settings.kafka))
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(30)
    try:
        yield
    finally:
        admin.delete_topics([name])[name].result(30)
