"""How Cassandra is: its copies, its tables, and whether an acknowledged write survives a crash."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from infra.cassandra.migrations import Migration
from infra.operations.doctor.checks.servers.clocks import ClockReading, clock_findings
from infra.operations.doctor.checks.servers.releases import release
from infra.operations.doctor.findings import Finding, Refused, Severity, Telling, Unseen, counted, listed
from infra.settings.servers import CassandraSettings

ENOUGH_COPIES = 3
NOT_ASKED = Refused("nobody asked")
SIMPLE = "SimpleStrategy"
DEFAULT_USER = "cassandra"


@dataclass(frozen=True)
class CassandraFacts:
    """What the nodes tell; ``replication`` is that of the keyspace, None where there is none."""

    nodes: int
    releases: tuple[str, ...]
    schema_versions: int = 1
    replication: Mapping[str, str] | None = field(default_factory=dict)
    login_replication: Mapping[str, str] | None = None
    applied: Mapping[str, str] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    commitlog_sync: str | Refused = NOT_ASKED
    clock: ClockReading | None = None
    is_local: bool = False


def cassandra_findings(
    facts: CassandraFacts, settings: CassandraSettings, migrations: Sequence[Migration], today: date
) -> Iterator[Telling]:
    """Tell what is wrong with Cassandra."""
    yield from tables(facts, migrations)
    yield from copies(facts, settings)
    yield from login_copies(facts, settings)
    yield from durability(facts.commitlog_sync)
    yield from one_schema(facts.schema_versions)
    yield from default_user(settings)
    for text in sorted(set(facts.releases)):
        yield from release("Cassandra", text, today)
    yield from clock_findings([facts.clock] if facts.clock else [])
    if not facts.is_local:
        yield Unseen(
            check="cassandra.disk",
            subject="the free disk of Cassandra's nodes",
            why="Cassandra does not tell clients.",
            remedy="Run `df` and `nodetool status` on each node. Compaction needs half of the disk free.",
            never=True,
        )


def tables(facts: CassandraFacts, migrations: Sequence[Migration]) -> Iterator[Finding]:
    """Tell whether the tables are those of this release."""
    if facts.replication is None:
        yield _tables("keyspace", "The keyspace does not exist.", "Run `vedette migrate`.")
        return
    if missing := [one.name for one in migrations if one.name not in facts.applied]:
        yield _tables(listed(missing), "The tables are older than this release.", "Run `vedette migrate`.")
    changed = [one.name for one in migrations if facts.applied.get(one.name, one.checksum) != one.checksum]
    if changed:
        told = "These files were changed after they had been applied."
        yield _tables(listed(changed), told, "Install the release of Vedette that the tables were made by.")
    known = {one.name for one in migrations}
    if newer := [name for name in facts.applied if name.endswith(".cql") and name not in known]:
        told = "The tables were made by a newer release than the one that runs here."
        yield _tables(listed(newer), told, "Install the newer release on this machine too.")
    made = frozenset().union(*(one.tables for one in migrations if one.name in facts.applied))
    if lost := made - facts.tables:
        told = "Tables are gone that were there."
        yield _tables(listed(lost), told, "Run `vedette migrate`, then `vedette backup restore`.")


def copies(facts: CassandraFacts, settings: CassandraSettings) -> Iterator[Finding]:
    """Tell how many nodes keep each row."""
    if facts.replication is None:
        return
    count = copies_of(facts.replication, settings.local_datacenter)
    alter = f"ALTER KEYSPACE {settings.keyspace} WITH replication = {{'class': 'NetworkTopologyStrategy', "
    alter += f"'{settings.local_datacenter}': 3}}"
    if facts.replication.get("class", "").endswith(SIMPLE):
        told = "Copies are laid without regard to racks and data centres (SimpleStrategy)."
        yield _copies(Severity.WARNING, told, "One rack may hold all copies of a row, and be lost.", alter)
    if count > facts.nodes:
        told = f"{count} copies are wanted of each row, and the data centre has {counted(facts.nodes, 'node')}."
        risk = "A quorum cannot be reached, or every node is needed for it."
        yield _copies(Severity.ERROR, told, risk, f"more nodes, or fewer copies: {alter.replace(': 3}', ': N}')}")
    elif count < 2:
        told = f"Each row has one copy, on {counted(facts.nodes, 'node')} in all."
        yield _copies(Severity.WARNING, told, "If that node's disk is lost, the results and accounts are lost.", alter)
    elif count < ENOUGH_COPIES:
        told = "Each row has two copies, and a quorum needs both."
        yield _copies(Severity.ADVICE, told, "While one node is down, neither reads nor writes work.", alter)


def login_copies(facts: CassandraFacts, settings: CassandraSettings) -> Iterator[Finding]:
    """Tell whether log-ins hang on one node of several."""
    if facts.login_replication is None or facts.nodes < 2:
        return
    if copies_of(facts.login_replication, settings.local_datacenter) < 2:
        yield Finding(
            check="cassandra.login_replication",
            severity=Severity.WARNING,
            subject="keyspace system_auth",
            problem="One node alone keeps the accounts.",
            risk="While it is down nobody can log in, the platform included.",
            remedy="Run `ALTER KEYSPACE system_auth WITH replication = {'class': 'NetworkTopologyStrategy', "
            f"'{settings.local_datacenter}': 3}}`, then `nodetool repair system_auth` on each node.",
        )


def durability(commitlog_sync: str | Refused) -> Iterator[Telling]:
    """Tell whether acknowledged writes survive a crash of all nodes."""
    if isinstance(commitlog_sync, Refused):
        yield Unseen(
            check="cassandra.commitlog",
            subject="commitlog_sync",
            why=commitlog_sync.why,
            remedy="Grant the account SELECT on system_views.settings, or look into cassandra.yaml.",
        )
    elif commitlog_sync == "periodic":
        yield Finding(
            check="cassandra.commitlog",
            severity=Severity.WARNING,
            subject="commitlog_sync: periodic",
            problem="Writes are acknowledged before they are on disk.",
            risk="A crash of the nodes that hold them loses up to ten seconds of acknowledged results.",
            remedy="Set commitlog_sync: group (or batch) in cassandra.yaml, and restart the nodes one by one.",
        )


def one_schema(versions: int) -> Iterator[Finding]:
    """Tell where nodes do not agree on the tables."""
    if versions > 1:
        yield Finding(
            check="cassandra.schema_agreement",
            severity=Severity.ERROR,
            subject="the nodes' schema versions",
            problem=f"The nodes hold {versions} different versions of the schema.",
            risk="Some of them refuse what others accept.",
            remedy="Run `nodetool describecluster`, and restart the nodes that stay behind.",
        )


def default_user(settings: CassandraSettings) -> Iterator[Finding]:
    """Tell where the platform logs in as the account that every Cassandra is born with."""
    if settings.username == DEFAULT_USER:
        yield Finding(
            check="cassandra.default_user",
            severity=Severity.WARNING,
            subject="VEDETTE_CASSANDRA__USERNAME",
            problem="The platform uses Cassandra's default administrator.",
            risk="Its name is what everybody tries first, and its rights are far more than the platform needs.",
            remedy="Create a role with rights on the keyspace alone, and forbid the default one to log in.",
        )


def copies_of(replication: Mapping[str, str], datacenter: str) -> int:
    """Return how many copies the data centre keeps of each row; ``3/1`` has one transient among its three."""
    text = replication.get(datacenter) or replication.get("replication_factor") or "0"
    return int(text.partition("/")[0])


def _tables(subject: str, problem: str, remedy: str) -> Finding:
    return Finding(
        check="cassandra.tables",
        severity=Severity.ERROR,
        subject=subject,
        problem=problem,
        risk="Workers and the API fail or wait where they need them.",
        remedy=remedy,
    )


def _copies(severity: Severity, problem: str, risk: str, remedy: str) -> Finding:
    return Finding(
        check="cassandra.replication",
        severity=severity,
        subject="replication of the keyspace",
        problem=problem,
        risk=risk,
        remedy=f"Run at least three nodes, then `{remedy}` and `nodetool repair` on each node."
        if remedy.startswith("ALTER")
        else f"Have {remedy}.",
    )
