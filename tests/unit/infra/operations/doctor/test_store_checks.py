"""What is told of both stores: each check with the fault that it is for, and without it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cassandra.migrations import Migration, read_migrations
from infra.operations.doctor.checks.servers.cassandra_checks import CassandraFacts, cassandra_findings, copies_of
from infra.operations.doctor.checks.servers.clocks import ClockReading
from infra.operations.doctor.checks.servers.elasticsearch_checks import (
    AliasState,
    ElasticsearchFacts,
    Health,
    IndexState,
    blocks_of,
    elasticsearch_findings,
)
from infra.operations.doctor.checks.servers.watermarks import DiskLimits, NodeDisk, fullness
from infra.operations.doctor.findings import Finding, Refused, Severity, Telling, Unseen
from infra.settings.servers import CassandraSettings

TODAY = date(2026, 11, 30)
GIB = 2**30
FILES = read_migrations()
NETWORK = "org.apache.cassandra.locator.NetworkTopologyStrategy"
SETTINGS = CassandraSettings(local_datacenter="dc1", username="vedette")
CASSANDRA = CassandraFacts(
    nodes=3,
    releases=("5.0.4",) * 3,
    replication={"class": NETWORK, "dc1": "3"},
    login_replication={"class": NETWORK, "dc1": "3"},
    applied={one.name: one.checksum for one in FILES},
    tables=frozenset().union(*(one.tables for one in FILES)),
    commitlog_sync="group",
    clock=ClockReading("Cassandra", 100.0, 99.9, 100.1),
)
INDEX = IndexState("vedette-results-000001", 1, 5)
ALIAS = AliasState("vedette-results", 5, "vedette rebuild index", (INDEX,))
ELASTIC = ElasticsearchFacts(
    health=Health("green", 3),
    releases=("8.19.21", "9.1.0"),
    disks=(NodeDisk("es-1", 100 * GIB, 50 * GIB),),
    aliases=(ALIAS,),
    clocks=(ClockReading("es-1", 100.0, 99.9, 100.1),),
    username="vedette",
)


def cassandra(facts: CassandraFacts, settings: CassandraSettings = SETTINGS) -> list[Telling]:
    return known(cassandra_findings(facts, settings, FILES, TODAY))


def elastic(facts: ElasticsearchFacts) -> list[Telling]:
    return known(elasticsearch_findings(facts, TODAY))


def known(told: object) -> list[Telling]:
    return [one for one in told if not (isinstance(one, Unseen) and one.never)]  # type: ignore[attr-defined]


def indexed(**changed: object) -> ElasticsearchFacts:
    return replace(ELASTIC, aliases=(replace(ALIAS, indices=(replace(INDEX, **changed),)),))  # type: ignore[arg-type]


def test_of_healthy_stores_nothing_is_told() -> None:
    assert cassandra(CASSANDRA) == []
    assert elastic(ELASTIC) == []


OLDER = {name: checksum for name, checksum in CASSANDRA.applied.items() if name != FILES[-1].name}
CASSANDRA_FAULTS: list[tuple[str, Severity, CassandraFacts]] = [
    ("cassandra.tables", Severity.ERROR, replace(CASSANDRA, applied=OLDER)),
    ("cassandra.tables", Severity.ERROR, replace(CASSANDRA, applied={**CASSANDRA.applied, FILES[0].name: "other"})),
    ("cassandra.tables", Severity.ERROR, replace(CASSANDRA, applied={**CASSANDRA.applied, "9999_new.cql": "x"})),
    ("cassandra.tables", Severity.ERROR, replace(CASSANDRA, tables=CASSANDRA.tables - {"results"})),
    ("cassandra.tables", Severity.ERROR, replace(CASSANDRA, replication=None)),
    ("cassandra.replication", Severity.WARNING, replace(CASSANDRA, replication={"class": NETWORK, "dc1": "1"})),
    ("cassandra.replication", Severity.ADVICE, replace(CASSANDRA, replication={"class": NETWORK, "dc1": "2"})),
    ("cassandra.replication", Severity.ERROR, replace(CASSANDRA, nodes=2)),
    (
        "cassandra.replication",
        Severity.WARNING,
        replace(CASSANDRA, replication={"class": "SimpleStrategy", "replication_factor": "3"}),
    ),
    (
        "cassandra.login_replication",
        Severity.WARNING,
        replace(CASSANDRA, login_replication={"class": "SimpleStrategy", "replication_factor": "1"}),
    ),
    ("cassandra.commitlog", Severity.WARNING, replace(CASSANDRA, commitlog_sync="periodic")),
    ("cassandra.schema_agreement", Severity.ERROR, replace(CASSANDRA, schema_versions=2)),
    ("cassandra.release", Severity.WARNING, replace(CASSANDRA, releases=("3.11.19", "5.0.4"))),
    ("clocks.skew", Severity.WARNING, replace(CASSANDRA, clock=ClockReading("Cassandra", 90.0, 99.9, 100.1))),
]


@pytest.mark.parametrize(("check", "severity", "facts"), CASSANDRA_FAULTS)
def test_a_fault_of_cassandra_is_told(check: str, severity: Severity, facts: CassandraFacts) -> None:
    found = [one for one in cassandra(facts) if isinstance(one, Finding)]
    assert [(one.check, one.severity) for one in found] == [(check, severity)]
    assert all((found[0].subject, found[0].problem, found[0].risk, found[0].remedy))


def test_the_default_administrator_is_told() -> None:
    [one] = cassandra(CASSANDRA, SETTINGS.model_copy(update={"username": "cassandra"}))
    assert one.check == "cassandra.default_user"


def test_a_setting_that_cassandra_does_not_tell_is_not_taken_for_well() -> None:
    [one] = cassandra(replace(CASSANDRA, commitlog_sync=Refused("no right")))
    assert isinstance(one, Unseen)


def test_one_node_may_keep_the_accounts_of_one_node() -> None:
    one_node = replace(CASSANDRA, nodes=1, replication={"class": NETWORK, "dc1": "1"}, login_replication={"dc1": "1"})
    assert [one.check for one in cassandra(one_node)] == ["cassandra.replication"]


@given(st.integers(1, 99), st.booleans())
def test_copies_are_read_in_every_form(count: int, transient: bool) -> None:
    text = f"{count}/1" if transient else str(count)
    assert copies_of({"class": NETWORK, "dc1": text}, "dc1") == count
    assert copies_of({"class": "SimpleStrategy", "replication_factor": text}, "dc1") == count
    assert copies_of({"class": NETWORK, "dc2": text}, "dc1") == 0


@given(st.sets(st.sampled_from([one.name for one in FILES])))
def test_tables_are_told_if_and_only_if_a_file_was_not_applied(applied: set[str]) -> None:
    facts = replace(CASSANDRA, applied={one.name: one.checksum for one in FILES if one.name in applied})
    found = [one for one in cassandra(facts) if one.check == "cassandra.tables"]
    assert bool(found) == (len(applied) < len(FILES))


ELASTIC_FAULTS: list[tuple[str, Severity, ElasticsearchFacts]] = [
    ("elasticsearch.health", Severity.ERROR, replace(ELASTIC, health=Health("red", 3, 2))),
    ("elasticsearch.health", Severity.WARNING, replace(ELASTIC, health=Health("yellow", 3, 2))),
    ("elasticsearch.mapping", Severity.ERROR, indexed(version=4)),
    ("elasticsearch.mapping", Severity.ERROR, indexed(version=6)),
    ("elasticsearch.mapping", Severity.ERROR, replace(ELASTIC, aliases=(replace(ALIAS, indices=()),))),
    ("elasticsearch.mapping", Severity.ERROR, replace(ELASTIC, aliases=(replace(ALIAS, is_an_index=True),))),
    ("elasticsearch.replication", Severity.WARNING, indexed(replicas=0)),
    ("elasticsearch.replication", Severity.ADVICE, replace(indexed(replicas=0), health=Health("green", 1))),
    ("elasticsearch.read_only", Severity.ERROR, indexed(blocks=("read_only_allow_delete",))),
    ("elasticsearch.disk", Severity.WARNING, replace(ELASTIC, disks=(NodeDisk("es-1", 100 * GIB, 14 * GIB),))),
    ("elasticsearch.disk", Severity.ERROR, replace(ELASTIC, disks=(NodeDisk("es-1", 100 * GIB, 9 * GIB),))),
    ("elasticsearch.disk", Severity.ERROR, replace(ELASTIC, disks=(NodeDisk("es-1", 100 * GIB, 4 * GIB),))),
    ("elasticsearch.rebuild", Severity.ADVICE, replace(ELASTIC, unfinished_rebuild="vedette-results-000002")),
    ("elasticsearch.superuser", Severity.WARNING, replace(ELASTIC, username="elastic")),
    ("elasticsearch.release", Severity.WARNING, replace(ELASTIC, releases=("7.17.9",))),
    ("clocks.skew", Severity.ERROR, replace(ELASTIC, clocks=(ClockReading("es-1", 1000.0, 99.9, 100.1),))),
]


@pytest.mark.parametrize(("check", "severity", "facts"), ELASTIC_FAULTS)
def test_a_fault_of_elasticsearch_is_told(check: str, severity: Severity, facts: ElasticsearchFacts) -> None:
    found = [one for one in elastic(facts) if isinstance(one, Finding)]
    assert [(one.check, one.severity) for one in found] == [(check, severity)]
    assert all((found[0].subject, found[0].problem, found[0].risk, found[0].remedy))


@pytest.mark.parametrize(
    ("check", "facts"),
    [
        ("elasticsearch.health", replace(ELASTIC, health=Refused("no right"))),
        ("elasticsearch.disk", replace(ELASTIC, disks=Refused("no right"))),
        ("elasticsearch.release", replace(ELASTIC, releases=Refused("no right"))),
        ("elasticsearch.mapping", replace(ELASTIC, aliases=(replace(ALIAS, indices=Refused("no right")),))),
    ],
)
def test_what_elasticsearch_does_not_tell_is_never_taken_for_healthy(check: str, facts: ElasticsearchFacts) -> None:
    [one] = elastic(facts)
    assert isinstance(one, Unseen)
    assert one.check == check


def test_limits_that_are_not_told_are_the_usual_ones() -> None:
    full = replace(ELASTIC, limits=Refused("no right"), disks=(NodeDisk("es-1", 100 * GIB, GIB),))
    assert [one.check for one in elastic(full)] == ["elasticsearch.disk"]


@given(st.integers(0, 100 * GIB), st.integers(0, 100 * GIB))
def test_a_fuller_disk_is_never_told_as_less_urgent(free: int, less: int) -> None:
    def urgency(free_bytes: int) -> int:
        told = list(fullness(NodeDisk("es-1", 100 * GIB, free_bytes), DiskLimits()))
        return max((len(Severity) - list(Severity).index(one.severity) for one in told), default=0)

    assert urgency(min(free, less)) >= urgency(max(free, less))
    assert bool(urgency(free)) == (1 - free / (100 * GIB) >= 0.85)


@pytest.mark.parametrize(
    ("settings", "total", "free", "is_told"),
    [
        ({}, 10_000 * GIB, 1000 * GIB, False),
        ({}, 10_000 * GIB, 150 * GIB, True),
        ({"cluster.routing.allocation.disk.watermark.low": "30gb"}, 100 * GIB, 29 * GIB, True),
        ({"cluster.routing.allocation.disk.watermark.low": "0.5"}, 10_000 * GIB, 4000 * GIB, True),
        ({"cluster.routing.allocation.disk.watermark.low": "99%"}, 100 * GIB, 12 * GIB, False),
    ],
)
def test_watermarks_are_read_in_every_form(settings: dict[str, str], total: int, free: int, is_told: bool) -> None:
    assert bool(list(fullness(NodeDisk("es-1", total, free), DiskLimits.of(settings)))) is is_told


def test_only_blocks_of_writes_are_told() -> None:
    settings = {"index.blocks.write": "true", "index.blocks.read_only": "false", "index.blocks.metadata": "true"}
    assert blocks_of(settings) == ("write",)


@given(st.integers(0, 10**9), st.integers(0, 10), st.integers(-100, 100))
def test_a_clock_is_called_wrong_only_where_no_moment_of_the_question_fits(at: int, took: int, off: int) -> None:
    reading = ClockReading("es-1", at + off, at, at + took)
    if 0 <= off <= took:
        assert reading.skew_s == 0
    else:
        assert abs(reading.skew_s) == min(abs(off), abs(off - took))
        assert (reading.skew_s > 0) == (off > 0)


def test_every_file_of_tables_names_the_tables_that_are_looked_for() -> None:
    assert Migration("1.cql", "CREATE TABLE IF NOT EXISTS one (id int PRIMARY KEY);").tables == {"one"}
